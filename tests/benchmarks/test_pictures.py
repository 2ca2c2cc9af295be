from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.options import Options
from benchmarks.pictures import command, draw_pictures, draw_studies, footer
from benchmarks.plots.moves_over_bound import series_of
from tests.benchmarks.made import line, plain_line, rules_line, times_line

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    line("a", displaced=5, plan_s=0.5, family="fixed"),
    line("b", displaced=50, plan_s=5.0, family="shuffle80", kind="50 hosts"),
    line("c", displaced=60, plan_s=9.0, family="shuffle90", kind="50 hosts", status="optimal"),
    line("d", status="infeasible", cost=None, bound=None, heuristic_cost=None, heuristic_s=None),
    line("e", bound=0, cost=0, heuristic_cost=0, displaced=0),
]


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000


def test_the_three_pictures_of_the_manual_are_written(tmp_path: Path) -> None:
    paths = draw_pictures([*LINES, times_line(50, 0.8)], tmp_path / "new", "python -m benchmarks")
    names = ["moves_over_bound.png", "time_against_size.png", "makespan_over_bound.png"]
    assert [path.name for path in paths] == names
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths)
    assert all(map(is_picture, paths))


def test_picture_of_the_plain_things_is_written(tmp_path: Path) -> None:
    (path,) = draw_studies([plain_line(500, 0.1), plain_line(1000, 0.3)], tmp_path, "", "quick-")
    assert path.name == "quick-plain.png"
    assert is_picture(path)


def test_nothing_is_drawn_of_nothing(tmp_path: Path) -> None:
    assert draw_pictures([plain_line(500, 0.1), line(error="no")], tmp_path, "") == []
    assert draw_studies([line(), rules_line([1.0], [1.0])], tmp_path, "") == []
    assert draw_pictures([line("a", displaced=1)], tmp_path, "") != []


@pytest.mark.parametrize(
    ("family", "kind", "series"),
    [
        ("shuffle95", "200 hosts", ("shuffle, 200 hosts", 95)),
        ("rival", "70% load, 25% walk", ("rival, 6 hosts, 25% walk", 70)),
        ("fixed", "chain6", None),
        ("my-shuffle90", "x", None),
        ("shuffled", "x", None),
    ],
)
def test_families_of_several_loads_make_series(family: str, kind: str, series: object) -> None:
    assert series_of(line(family=family, kind=kind)) == series


def test_footer_names_command_dates_and_commit(tmp_path: Path) -> None:
    options = Options(quick=True, seeds=2, time_limit_s=7.5, workers=2)
    made_by = command([tmp_path / "my pools"], options, "shuffle*")
    assert made_by == (
        "python -m benchmarks 'my pools' --quick --families 'shuffle*' --time-limit 7.5 --seeds 2"
    )
    lines = [line(date="2031-01-02T03:04:05"), line(date="2031-01-03T00:00:00", commit="abc")]
    assert footer("x", lines, 2) == "x   (2031-01-02 to 2031-01-03, 2 workers, commit abc)"
    assert footer("x", [line()], 1) == "x   (no date, 1 workers)"


def test_makespans_are_drawn_by_load(tmp_path: Path) -> None:
    lines = [
        times_line(50, 0.8),
        times_line(200, 0.8),
        times_line(50, 0.9),
        times_line(50, 0.7, bound_s=None),
    ]
    assert [path.name for path in draw_pictures(lines, tmp_path, "note")] == ["makespan_over_bound.png"]
    assert (tmp_path / "makespan_over_bound.png").stat().st_size > 1000
