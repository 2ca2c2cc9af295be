from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from heuristics.deadline import Deadline
from heuristics.trace import Trace
from models.problem import Problem
from planner.views.debug import run_debug
from planner.views.diary import Diary
from planner.views.scene import Scene
from planner.views.screen import paper
from tests.builders import host, pool, vm

if TYPE_CHECKING:
    from heuristics.protocol import Found
    from models import Pool


def told(of: Pool, **options: object) -> tuple[Found | None, list[str]]:
    stream = io.StringIO()
    found = run_debug(of, paper(stream, width=60), Deadline(60.0), **options)  # type: ignore[arg-type]
    return found, stream.getvalue().splitlines()


def test_decisions_are_indented_by_depth_with_bars_where_the_state_changes(tiny: Pool) -> None:
    found, lines = told(tiny)
    assert found is not None
    assert found.moves is not None
    start = lines.index("The decisions of aspiers:")
    assert lines[start + 1] == "a to h2?"
    assert lines[start + 2] == "  make way on h2 for a: b leaves?"
    assert "  b moves: h2 -> h3" in lines
    at = lines.index("  b moves: h2 -> h3")
    assert lines[at + 1].startswith("   h1 [")
    assert "#a (7)" in lines[at + 1]  # who the room is made for is locked
    assert lines[at + 3].startswith("  *h3 [")
    assert lines[-1] == "aspiers: 3 migrations, 1 of them a detour. Cost 3."


def test_exact_search_tells_what_it_came_back_with(tiny: Pool) -> None:
    _, lines = told(tiny, method="dijkstra")
    assert sum(" moves: " in line for line in lines) == 3
    assert "No plan is cheaper, it has proven." in " ".join(lines[-2:])


def test_one_vm_is_shut_down_first() -> None:
    _, lines = told(pool([host("h1"), host("h2")], [vm("a"), vm("b")], "h1: a b", "h2: b"))
    assert lines[0] == "1 VM is shut down first; the search begins after that."


def test_debug_stops_after_as_many_decisions_as_wanted(tiny: Pool) -> None:
    found, lines = told(tiny, most=2)
    assert found is None
    assert lines[-1] == "... stopped after 2 decisions (--decisions)"


def test_failure_is_told_and_is_no_proof() -> None:
    stuck = pool([host("h1"), host("h2")], [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")
    found, lines = told(stuck)
    assert found is not None
    assert found.moves is None
    assert any(line.strip().startswith("no: ") for line in lines)
    assert lines[-1] == "aspiers: it found no plan, which proves nothing."
    _, lines = told(stuck, method="dijkstra")
    assert lines[-1] == "dijkstra: no plan exists, it has proven."


def test_undone_moves_are_taken_back_at_their_own_depth(tiny: Pool) -> None:
    stream = io.StringIO()
    problem = Problem(tiny)
    diary: Trace = Diary(problem, Scene(tiny), paper(stream, width=60))
    diary.moves(3, 1, 1, 2)
    diary.undoes(0, 1, 1)
    diary.note(0, "so much for that")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "      b moves: h2 -> h3"
    assert lines[4] == "      taken back: b is on h2 again"
    assert ">b (6)" in lines[6]
    assert lines[-1] == "so much for that"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("tries", (0, 0, 0)),
        ("displaces", (0, 0, 0, 0)),
        ("moves", (0, 0, 0, 0)),
        ("undoes", (0, 0, 0)),
        ("fails", (0, "")),
        ("note", (0, "")),
    ],
)
def test_base_trace_hears_nothing(call: str, told: tuple[object, ...]) -> None:
    assert getattr(Trace(), call)(*told) is None


def test_hosts_whose_long_names_differ_at_the_end_are_told_apart() -> None:
    hosts = [host(f"compute-node-of-rack-07-unit-{number}-of-the-cluster-{number}") for number in (1, 2)]
    a, b = (one.name for one in hosts)
    _, lines = told(pool(hosts, [vm("v")], {"v": a}, {"v": b}))
    at = lines.index("v moves: compute-node-of-…f-the-cluster-1 ->")
    assert lines[at + 1] == "compute-node-of-…f-the-cluster-2"
