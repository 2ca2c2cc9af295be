from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.case import Case
from benchmarks.child import Order, carry_out
from benchmarks.families import CASES
from benchmarks.jobs import FormulaJob, LuckJob, PlainJob, RulesJob, TimesJob
from benchmarks.lines import FormulaLine, LuckLine
from benchmarks.running import in_process, run
from models import read_plan, read_pool, replay
from tests.benchmarks.made import folder_of_pools, job
from tests.places import ROOT
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


def test_chain6_shows_first_and_optimised_plan() -> None:
    line = run(Case(job("chain6"), CASES / "chain6.json"), fresh_process=False)
    assert line.error is None
    assert (line.status, line.cost, line.bound, line.gap) == ("optimal", 11, 11, 0.0)
    assert (line.heuristic, line.heuristic_cost) == ("aspiers", 13)
    assert (line.moves, line.detours, line.ram_mib, line.stops) == (11, 2, 3030, 0)
    assert (line.num_hosts, line.num_vms, line.displaced) == (7, 17, 9)
    assert {"read", "load", "heuristic", "check", "write"} <= set(line.seconds)
    assert line.process_s is None


def test_what_loads_the_planner_loads_the_solver_so_that_no_stage_pays_for_it() -> None:
    code = """
import sys
from benchmarks.measuring.plans import load_planner
assert "ortools" not in sys.modules
load_planner()
sys.exit("ortools" not in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=PATIENCE_S)


def test_a_first_plan_is_looked_for_where_loading_has_used_up_the_time() -> None:
    line = run(Case(job("chain6", time_limit_s=1e-9), CASES / "chain6.json"), fresh_process=False)
    assert line.cost is not None


def test_impossible_pool_has_no_figures_of_a_plan() -> None:
    line = run(Case(job("deadlock"), CASES / "simple_deadlock.json"), fresh_process=False)
    assert (line.status, line.cost, line.moves, line.heuristic_cost) == ("infeasible", None, None, None)


def test_path_finder_alone_is_measured_by_its_own_plan() -> None:
    line = run(Case(job("chain6", method="aspiers"), CASES / "chain6.json"), fresh_process=False)
    assert line.cost == line.heuristic_cost == 13
    assert line.heuristic_s == pytest.approx(line.seconds["heuristic"], abs=1e-4)


def test_fresh_process_tells_its_time_and_memory_and_keeps_the_plan(tmp_path: Path) -> None:
    folder = folder_of_pools(tmp_path / "pools")
    case = Case(job("a b/c", time_limit_s=60.0), lambda: read_pool(folder / "swap.json"))
    line = run(case, plans=tmp_path)
    assert (line.status, line.cost) == ("optimal", 3)
    assert line.process_s > line.plan_s
    assert line.peak_mib is None or line.peak_mib > 10
    (path,) = tmp_path.glob("*.plan.json")
    assert replay(read_pool(folder / "swap.json"), read_plan(path).steps()) == []


def test_bad_pool_gives_a_line_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"format": "vm-pool/1"}')
    line = carry_out(Order(job("bad"), str(path)))
    assert "hosts" in line.error
    assert line.status is None
    assert "absent.json" in carry_out(Order(job("bad"), str(tmp_path / "absent.json"))).error


def test_crash_of_a_process_gives_a_line_with_its_last_words() -> None:
    line = in_process(Order(job("none"), None))
    assert "no pool file was given" in line.error


def test_plain_things_are_all_timed() -> None:
    line = run(PlainJob(num_hosts=20, repeats=1), fresh_process=False)
    assert line.num_vms == 100
    assert {
        "read pool",
        "check pool",
        "write pool",
        "kernel",
        "squeaky pass",
        "safe intervals",
        "replay plan",
        "list schedule",
        "precedences, waves",
        "replay schedule",
    } <= set(line.seconds)


def test_rules_are_timed_in_turn_and_cost_no_moves() -> None:
    line = run(RulesJob(num_hosts=10, load=0.6, rounds=2, workers=1), fresh_process=False)
    assert len(line.without_s) == len(line.with_s) == 2
    assert line.without_cost == line.with_cost
    assert all(line.with_cost)


def test_luck_is_measured_in_every_way_and_nobody_beats_the_oracle():
    """He has no time but to begin in the best run: without it his lists end later than some of these runs."""
    job = LuckJob(num_hosts=20, load=0.8, seed=1, draws=6, time_limit_s=2, oracle_s=0.001, workers=1)
    line = run(job, fresh_process=False)
    assert isinstance(line, LuckLine)
    assert line.error is None
    assert set(line.late_s) == {"after", "times", "waves"}
    for late in line.late_s.values():
        assert len(late) == len(line.oracle_s) == job.draws
        assert all(end >= best > 0 for end, best in zip(late, line.oracle_s, strict=True))
    assert all(0 < bound <= best for bound, best in zip(line.proven_s, line.oracle_s, strict=True))


def test_the_formula_is_held_against_what_was_measured(tmp_path):
    """1000 MiB at 93 Mb/s and 0.9 take 100.22 s, so 101; measured were 100 and 202."""
    path = tmp_path / "measured.csv"
    path.write_text("copied_mib,hot_mib,dirty_mib_s,rate_mbps,seconds\n1000,0,0,93,100\n1000,0,0,93,202\n")
    line = run(FormulaJob(path=str(path), digest="x"), fresh_process=False)
    assert isinstance(line, FormulaLine)
    assert (line.count, round(line.mean_error, 3), round(line.bias, 3)) == (2, 0.255, -0.245)
    assert round(line.unrounded_error, 3) == 0.253
    path.write_text("seconds\n3\n")
    assert "the columns copied_mib" in (
        run(FormulaJob(path=str(path), digest="y"), fresh_process=False).error or ""
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1000,0,0,93,nan", "column 'seconds': 'nan', must be a number above 0"),
        ("1000,0,0,93,0", "column 'seconds': '0', must be a number above 0"),
        ("1000,x,0,93,100", "column 'hot_mib': 'x', must be a number >= 0"),
        ("1000,0,0", "column 'rate_mbps': None, must be a number above 0"),
    ],
)
def test_what_cannot_have_been_measured_is_named_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    path = tmp_path / "measured.csv"
    path.write_text(f"copied_mib,hot_mib,dirty_mib_s,rate_mbps,seconds\n1000,0,0,93,100\n{row}\n")
    line = run(FormulaJob(path=str(path), digest="x"), fresh_process=False)
    assert line.error == f"{path} line 3, {told}"


def test_a_schedule_is_held_against_simpler_ones() -> None:
    line = run(TimesJob(num_hosts=10, load=0.6, time_limit_s=2.0, workers=1), fresh_process=False)
    assert line.error is None
    assert line.bound_s <= line.makespan_s <= line.waves_s <= line.serial_s
    assert line.makespan_s <= line.list_s
