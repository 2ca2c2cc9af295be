"""Who can never move and who blocks it; who waits for whom."""

from __future__ import annotations

from models.problem import Problem
from planner.verdict.obstacles import obstacles_of
from planner.verdict.waits import ring
from tests.builders import host, pool, vm
from tests.planner.small_pools import deadlock
from tests.planner.solving import solve


def test_the_reason_of_a_plan_names_its_detours(tiny):
    assert solve(tiny).reason == (
        "proven that no plan costs less than 3; b steps aside to h3: h2 must take a (7 MiB RAM, 4 free), "
        "and b's target h1 is full until a leaves"
    )


def test_the_reason_of_an_impossible_pool_names_who_blocks_whom():
    reason = solve(deadlock()).reason
    assert reason.startswith("no plan exists: ")
    assert "vm1 can never leave h1: no other host can ever take it, its target h2 keeps vm2" in reason
    assert "(3256 MiB RAM, 584 free)" in reason


def test_who_can_never_move_and_who_blocks_it_is_data_too():
    of = pool([host("h1"), host("h2")], [vm("a", 9), vm("b", 9)], "h1: a, h2: b", "h1: b, h2: a")
    (first, second) = obstacles_of(Problem(of))
    assert (first.kind, first.vm, first.host, first.target) == ("stuck", "a", "h1", "h2")
    assert (first.blocked_by, first.what, first.need, first.free) == (("b",), "ram_mib", 9, 1)
    assert second.vm == "b"


def test_what_is_too_large_for_the_whole_pool_is_called_so():
    """A (8) swaps with s and t (3 each), which could each wait on h3, but not both: 5 are free in all."""
    hosts = [host("h1", 8), host("h2", 8), host("h3", 3)]
    vms = [vm("a", 8), vm("s", 3), vm("t", 3)]
    obstacle = obstacles_of(Problem(pool(hosts, vms, "h1: a, h2: s t", "h2: a, h1: s t")))[0]
    assert obstacle.text == (
        "a can never leave h1: no other host can ever take it, in flight it counts twice, "
        "and that is more than the whole pool has free (8 MiB RAM, 5 free)"
    )


def test_who_may_not_go_straight_is_not_said_to_wait_for_room():
    """A may go back to the older h2 by way of h3 alone, which names no version, and has no room."""
    hosts = [host("h1", version=2), host("h2", version=1), host("h3", 0)]
    (obstacle,) = obstacles_of(Problem(pool(hosts, [vm("a", 2)], "h1: a", "h2: a")))
    assert obstacle.text == (
        "a can never leave h1: no other host can ever take it, "
        "the rules forbid it to go straight to its target h2"
    )


def test_who_waits_in_a_ring_is_found(tiny):
    waits = ring(Problem(tiny))
    assert [(wait.vm, wait.for_vm) for wait in waits] == [(0, 1), (1, 0)]
    sentences = [obstacle.text for obstacle in obstacles_of(Problem(tiny))]
    assert sentences == [
        "a waits for room on h2 (7 MiB RAM, 4 free) until b leaves",
        "b waits for room on h1 (6 MiB RAM, 3 free) until a leaves",
    ]
