"""Shifts are compiled where that is at hand, and go on without where it is not."""

from __future__ import annotations

import pytest

from heuristics import Deadline, quick_shifts
from heuristics.compiled import at_hand
from heuristics.other_process import Others
from heuristics.quick_shifts import shifted_quickly
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.in_time import LIMIT_S, in_the_way


def test_while_it_is_being_compiled_python_goes_on(monkeypatch):
    problem, moves = in_the_way()
    monkeypatch.setattr(quick_shifts, "is_kept", lambda _: False)
    monkeypatch.setattr(quick_shifts, "is_being_compiled", lambda _: True)
    with Others(problem, 0) as nobody:
        assert len(shifted_quickly(problem, moves, Deadline(LIMIT_S), nobody)) == 3


def test_what_was_compiled_meanwhile_is_used(monkeypatch):
    problem, moves = in_the_way()
    asked: list[list[tuple[int, int]]] = []

    def nothing(_, moves, until, *__):
        asked.append(moves)
        until.stop()
        return moves

    monkeypatch.setattr(quick_shifts, "is_kept", lambda _: len(asked) == 3)
    monkeypatch.setattr(quick_shifts, "is_being_compiled", lambda _: True)
    monkeypatch.setattr(quick_shifts, "shifted", nothing)
    with Others(problem, 0) as nobody:
        assert len(shifted_quickly(problem, moves, Deadline(LIMIT_S), nobody)) == 3
    assert asked == [moves] * 3


@pytest.mark.parametrize("kept", [True, False])
def test_a_plan_that_stops_vms_is_left_alone(kept, monkeypatch):
    monkeypatch.setattr(quick_shifts, "is_kept", lambda _: kept)
    hosts = [host("h1", 4), host("h2", 4)]
    problem = Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))
    moves = [(0, OFF), (1, 0), (0, 1)]
    with Others(problem, 0) as nobody:
        assert shifted_quickly(problem, moves, Deadline(LIMIT_S), nobody) == moves


def test_without_numba_all_goes_on(monkeypatch):
    monkeypatch.setattr(at_hand, "find_spec", lambda _: None)
    problem, moves = in_the_way()
    assert not any(at_hand.is_kept(part) for part in at_hand.CompiledPart)
    assert not at_hand.compile_all()
    with Others(problem, 0) as nobody:
        assert len(shifted_quickly(problem, moves, Deadline(LIMIT_S), nobody)) == 3
