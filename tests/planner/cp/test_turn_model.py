"""The model of a placement at the turn of a VM: who is elsewhere, what is lacking and what that costs."""

from __future__ import annotations

import pytest

from heuristics import Deadline
from heuristics.tracker import Tracker
from models.problem import Problem
from planner.cp.solve import Effort
from planner.cp.turn_model import TurnModel, lacking
from tests.builders import host, pool, vm
from tests.planner.small_pools import scattered

A, B, C, D = range(4)
H1, H2, H3, H4 = range(4)


def solved(tracker, vm, hosts, price, free=(A, B, C, D)):
    """Give who is where else, in order."""
    moves, answer = TurnModel(tracker, vm, hosts, free, [10] * 4, price).solve(Deadline(5.0), Effort())
    assert answer.proven
    return sorted(moves)


def test_what_lacks_is_counted_in_parts_of_what_the_vm_needs():
    """Of 9 needed of each of two resources 1 is free: 8 ninths of a thousand twice, each rounded down."""
    assert lacking(Tracker(Problem(scattered())), B) == 2 * 8 * 111


@pytest.mark.parametrize("unit", [1, 10**6, 8 * 10**14])
def test_the_largest_amounts_are_counted_too(unit):
    """Hosts of up to 2^53 - 1: a model has no number that is too large for the solver."""
    hosts = [host(f"h{n}", 10 * unit) for n in (1, 2, 3)]
    vms = [vm("a", 9 * unit), vm("b", 9 * unit)]
    tracker = Tracker(Problem(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a")))
    assert 880 <= lacking(tracker, 1) <= 889
    moves, _ = TurnModel(tracker, 1, [0, 1, 2], [0, 1], [10, 10], 2).solve(Deadline(5.0), Effort())
    assert moves == [(0, 2)]


def test_a_place_that_is_taken_lacks_as_a_whole():
    rivals = pool(
        [host("h1", 100), host("h2", 100), host("h3", 100)],
        [vm("a"), vm("b")],
        "h1: a, h2: b",
        "h1: b, h2: a",
        anti_affinity=[("a", "b")],
    )
    tracker = Tracker(Problem(rivals))
    assert lacking(tracker, 0) == 1000
    moves, _ = TurnModel(tracker, 0, [0, 1, 2], [0, 1], [10, 10], 2).solve(Deadline(5.0), Effort())
    assert moves == [(1, 2)]


def test_all_others_make_room_and_the_vm_stays_where_it_is():
    """Room for b on h1: a must be on a host of its own, so c and d share one."""
    moves = solved(Tracker(Problem(scattered())), B, [H1, H2, H3, H4], price=2)
    assert moves in ([(A, H3), (C, H4)], [(A, H4), (D, H3)])


def test_where_room_is_cheaper_than_detours_it_stays_lacking():
    assert solved(Tracker(Problem(scattered())), B, [H1, H2, H3, H4], price=0) == []


def test_what_was_had_once_is_not_given_up():
    """Nothing lacks: b's room on h1 is kept at any price."""
    tracker = Tracker(Problem(scattered()))
    tracker.go(C, H4)
    tracker.go(A, H3)
    assert lacking(tracker, B) == 0
    for guest, target in solved(tracker, B, [H1, H2, H3, H4], price=0):
        tracker.go(guest, target)
    assert lacking(tracker, B) == 0


def test_who_is_not_free_stays():
    tracker = Tracker(Problem(scattered()))
    assert solved(tracker, B, [H1, H2, H3, H4], 2, free=(A,)) == []
    assert solved(tracker, B, [H1, H2, H3, H4], 2, free=(A, D)) == [(A, H4), (D, H3)]


def test_who_may_not_step_aside_is_at_one_of_its_ends():
    hosts = [host("h1", 10), host("h2", 10), host("h3", 10)]
    vms = [vm("a", 6, detours=False), vm("b", 6)]
    tracker = Tracker(Problem(pool(hosts, vms, "h1: a, h2: b", "h1: b, h3: a")))
    moves, _ = TurnModel(tracker, 1, [0, 1, 2], [0, 1], [10, 10], 2).solve(Deadline(5.0), Effort())
    assert moves == [(0, 2)]
    there_and_back = Tracker(Problem(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a")))
    moves, _ = TurnModel(there_and_back, 1, [0, 1, 2], [0, 1], [10, 10], 2).solve(Deadline(5.0), Effort())
    assert moves == []
