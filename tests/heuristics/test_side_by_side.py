"""Shifts by several processes: a plan in parts stays a plan, and a process that fails is done without."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.other_process import OtherProcess, Others
from heuristics.parameters import ShiftParameters
from heuristics.side_by_side import parts, shift_part, shifted_side_by_side
from heuristics.squeaky import passes
from heuristics.tracker import is_safe
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.in_time import LIMIT_S, POOLS, in_the_way
from tests.strategies import parsed

AT_ONCE = ShiftParameters(
    patience=30, patience_a_vm=3, detours_each=1, worth_s=0, round_s=0.01, round_a_move_s=0, least_gain=0
)
"""Several processes however little there is to do."""


class Here(OtherProcess):
    """Answers here and at once; None where it is told to."""

    def __init__(self, problem: Problem, *, fails: bool) -> None:
        super().__init__(problem)
        self.fails = fails

    def ask(self, function, *arguments):
        answer: Future[object] = Future()
        answer.set_result(None if self.fails else function(self._problem, *arguments))
        return answer


def others_here(problem: Problem, count: int, *, fails: bool) -> Others:
    others = Others(problem, count)
    others._hired = [Here(problem, fails=fails) for _ in range(count)]
    return others


def two_detours() -> tuple[Problem, list[tuple[int, int]]]:
    """The same twice, one after the other: each detour is in a part of its own."""
    hosts = [host(name, 6) for name in ("h1", "h2", "h3", "h4", "h5", "g1", "g2", "g3", "g4", "g5")]
    vms = [vm("a", 4), vm("b", 4), vm("c", 4), vm("d", 4), vm("e", 4), vm("f", 4)]
    of = pool(
        hosts, vms, "h1: a, h2: b, h5: c, g1: d, g2: e, g5: f", "h1: c, h2: a, h3: b, g1: f, g2: d, g3: e"
    )
    moves = [(0, 3), (2, 0), (1, 2), (0, 1), (3, 8), (5, 5), (4, 7), (3, 6)]
    return Problem(of), moves


@given(POOLS, st.data())
def test_a_part_leads_from_where_it_begins_to_where_it_ends(data, draw):
    """Whatever each part becomes, together they are a safe plan that costs no more."""
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if moves is None or any(to == OFF for _, to in moves):
        return
    places = sorted(draw.draw(st.lists(st.integers(0, len(moves)), max_size=3)))
    cut = parts(problem, moves, places)
    assert [move for part in cut for move in part.moves] == moves
    shorter = [move for part in cut for move in shift_part(problem, part, time() + 0.005, 0, AT_ONCE)]
    assert is_safe(problem, shorter)
    assert problem.moves_cost(shorter) <= problem.moves_cost(moves)


@pytest.mark.parametrize("fails", [False, True])
def test_processes_that_fail_are_done_without(fails):
    problem, moves = two_detours()
    assert is_safe(problem, moves)
    others = others_here(problem, 1, fails=fails)
    shorter = shifted_side_by_side(problem, moves, Deadline(LIMIT_S), others, parameters=AT_ONCE)
    assert is_safe(problem, shorter)
    assert len(shorter) == 6


def test_another_process_answers_without_a_solver():
    problem, moves = two_detours()
    with Others(problem, 1) as others:
        [one] = others.hired()
        part = parts(problem, moves, [])[0]
        found = one.ask(shift_part, part, time() + LIMIT_S, 0, ShiftParameters()).result(LIMIT_S)
        assert is_safe(problem, found)
        assert len(found) == 6
        assert one.ask(loaded_there).result(LIMIT_S) is False
        process = one._process
    assert process is not None
    assert process.returncode is not None, "it ends with who hired it"


def loaded_there(_: Problem) -> bool:
    """Tell whether the solver is loaded; called in another process."""
    return "ortools" in sys.modules


def test_what_cannot_be_sent_is_no_answer():
    problem, _ = in_the_way()
    with Others(problem, 1) as others:
        [one] = others.hired()
        assert one.ask(lambda _: 1).result(LIMIT_S) is None
        assert one.is_closed
        assert not others.hired()


def test_a_process_in_the_midst_of_something_is_ended():
    problem, _ = two_detours()
    with Others(problem, 1) as others:
        [one] = others.hired()
        answer = one.ask(wait_there)
    assert answer.result(LIMIT_S) is None


def wait_there(_: Problem) -> None:
    """Never end; called in another process."""
    while True:
        pass
