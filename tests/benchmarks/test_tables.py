from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from benchmarks.lines import failed
from benchmarks.scores import over, score, slope
from benchmarks.tables import HIS_S, NONE, STAGES, tables
from planner.search.portfolio import PORTFOLIO
from tests.benchmarks.made import job, line, plain_line, rules_line, times_line

if TYPE_CHECKING:
    from rich.table import Table

    from benchmarks.lines import AnyLine


def rows(table: Table) -> list[list[str]]:
    """Give the cells of a table as it is printed."""
    stream = io.StringIO()
    Console(file=stream, width=300).print(table)
    lines = stream.getvalue().splitlines()
    return [[cell.strip() for cell in text.strip("│").split("│")] for text in lines if text.startswith("│")]


def printed(*lines: AnyLine) -> dict[str, list[list[str]]]:
    """Give each table by the first words of its title."""
    return {str(table.title).split(",")[0]: rows(table) for table in tables(lines)}


def test_score_adds_up_pools_of_every_outcome() -> None:
    total = score(
        [
            line("a"),
            line("b", status="optimal", cost=10, gap=0.0, plan_s=4.0),
            line(
                "c", status="infeasible", cost=None, bound=None, heuristic_cost=None, gap=None, ram_mib=None
            ),
            line("d", status="feasible", bound=None, gap=None),
            failed(job("e"), "no"),
        ]
    )
    assert (total.pools, total.solved, total.optimal, total.impossible, total.failed) == (5, 3, 1, 1, 1)
    # d has no bound, so its cost is compared with none.
    assert (total.cost, total.bound, total.heuristic_cost, total.heuristic_bound) == (22, 20, 28, 20)
    assert total.over == pytest.approx(0.1)
    assert total.heuristic_over == pytest.approx(0.4)
    assert total.worst_gap == pytest.approx(2 / 12)
    assert total.ram_mib == 3 * 2048


def test_over_is_known_only_with_a_bound() -> None:
    assert over(0, 0) == 0.0
    assert over(3, 0) is None
    assert over(3, 2) == 0.5


def test_table_has_a_row_per_kind_a_total_per_family_and_one_of_all() -> None:
    (table,) = [
        found
        for title, found in printed(
            line("a", kind="small"),
            line("b", kind="large"),
            line("c", kind="large", status="optimal", cost=10),
            line("d", family="other"),
        ).items()
        if title.startswith("first plan")
    ]
    assert [row[:8] for row in table] == [
        ["family", "small", "1", "1", "0", "0", "14", "12"],
        ["family", "large", "2", "2", "1", "0", "28", "22"],
        ["family", "all", "3", "3", "1", "0", "42", "34"],
        ["other", "kind", "1", "1", "0", "0", "14", "12"],
        ["all", "", "4", "4", "1", "0", "56", "46"],
    ]
    assert table[-1][8:12] == ["40", "40.00", "15.00", "16.67"]


def test_objectives_and_methods_are_not_added_up_together() -> None:
    titles = [
        str(table.title)
        for table in tables([line("a"), line("a", objective="ram"), line("a", method="squeaky")])
    ]
    assert titles[::2] == [
        "first plan against optimised plan, objective moves",
        "first plan against optimised plan, objective ram",
        "squeaky alone, objective moves",
    ]


def test_what_ends_as_early_as_can_be_is_judged_by_its_end() -> None:
    """5 migrations end after 30 s, 20 is the bound; 7 after 50, proven."""
    late = line("a", objective="time", moves=5, makespan_s=30, makespan_bound_s=20)
    proven = line("b", objective="time", moves=7, makespan_s=50, makespan_bound_s=50, status="optimal")
    lost = line("c", objective="time", status="no_plan_found", cost=None)
    assert printed(late, proven, lost)["plans that end as early as can be"] == [
        ["family", "kind", "3", "2", "1", "12", "80", "70", "14.29", "50.00"]
    ]


def test_aspiers_is_held_against_the_published_times() -> None:
    fast = [
        line(f"{n}", family="aspiers", kind=kind, method="aspiers", heuristic_s=s)
        for n, (kind, s) in enumerate((("50 hosts", 0.001), ("50 hosts", 0.005), ("100 hosts", 0.01)))
    ]
    table = printed(*fast)["aspiers alone on the origin's random pools"]
    assert table[0][-2:] == ["2.5 - 7", "500 (his best, our worst) to 2,333"]
    assert table[1][-2:] == ["6 of 10 > 60", "> 6,000 (medians)"]
    assert HIS_S["50 hosts"] == (2.5, 7.0)


def test_slope_of_the_plain_things_is_that_of_their_logarithms() -> None:
    lines = [plain_line(500, 0.1), plain_line(1000, 0.2), plain_line(2000, 0.4)]
    table = printed(*lines)["plain things"]
    assert table[-1][0] == "slope"
    assert set(table[-1][3:6]) == {"1.00"}
    assert table[0][6] == "0.300"
    assert slope([1, 2, 4], [1, 4, 16]) == pytest.approx(2.0)
    assert slope([1, 1], [1, 2]) is None


def test_ratio_of_slack_rules_is_that_of_the_medians() -> None:
    table = printed(rules_line([1.0, 9.0, 2.0], [3.0, 1.0, 2.5]))["all rules declared but slack"]
    assert table[0][3:6] == ["2.000", "2.500", "1.25"]


def test_stages_are_summed_per_family() -> None:
    lines = line("a"), line("b", heuristic_s=1.5, plan_s=3.0, seconds={"bound": 2.0, "own": 0.25})
    found = printed(*lines, line("c", family="other", process_s=9.0, peak_mib=100.0))
    assert found["seconds: medians"] == [
        ["family", "kind", "1.000", "2.50", "3.00", "–", "–", "3.00", "0.25"],
        ["other", "kind", "0.500", "2.00", "2.00", "9.00", "100", "1.00", "0.00"],
        ["all", "", "0.500", "2.00", "3.00", "9.00", "100", "4.00", "0.25"],
    ]


def test_gap_of_a_makespan_is_over_its_bound() -> None:
    title = "makespans of full shuffles"
    assert printed(times_line(50, 0.8))[title] == [
        ["cost", "80%", "50", "9", "300", "100", "80", "60", "50", "20.00", NONE]
    ]
    assert printed(times_line(50, 0.8, bound_s=None))[title][0][-2] == NONE


def test_every_stage_of_the_search_has_its_place_among_the_columns() -> None:
    assert {stage.name for stage in PORTFOLIO} <= set(STAGES)
