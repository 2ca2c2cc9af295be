"""Re-routing: VMs that migrate more often than they must take fewer migrations, and the plan stays safe."""

from __future__ import annotations

from itertools import islice

from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.reroute import rerouted
from heuristics.squeaky import passes
from heuristics.tracker import is_safe
from models.problem import Problem
from tests.builders import host, pool, vm
from tests.strategies import knotted_pools, parsed, planted_pools

LIMIT_S = 60.0
"""Far more than any of these takes."""


def test_idle_ways_are_spared():
    """Guest leaves home twice so that a may pass through h1; but a could have gone at once."""
    hosts = [host("h1", 6), host("h2", 10), host("h3", 10)]
    of = pool(hosts, [vm("a", 4), vm("guest", 4)], "h1: guest, h2: a", "h1: guest, h3: a")
    problem = Problem(of)
    a, guest = 0, 1
    moves = [(guest, 2), (guest, 0), (guest, 2), (a, 0), (a, 2), (guest, 0)]
    assert is_safe(problem, moves)
    assert rerouted(problem, moves, Deadline(LIMIT_S)) == [(a, 2)]


def test_a_vm_that_must_make_way_still_does():
    """A swap over h3: nobody can do with fewer, so the plan stays as it is."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    problem = Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))
    moves = [(0, 2), (1, 0), (0, 1)]
    assert rerouted(problem, moves, Deadline(LIMIT_S)) == moves


def test_nothing_is_done_without_time():
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    problem = Problem(pool(hosts, [vm("a", 4)], "h1: a", "h2: a"))
    moves = [(0, 2), (0, 1)]
    assert rerouted(problem, moves, Deadline(0.0)) == moves
    assert rerouted(problem, moves, Deadline(LIMIT_S)) == [(0, 1)]


@given(st.one_of(planted_pools(max_hosts=5, max_vms=10).map(lambda it: it.pool), knotted_pools()))
def test_plans_stay_safe_and_cost_no_more(data):
    problem = Problem(parsed(data))
    for moves in islice(passes(problem, Deadline(LIMIT_S), 0), 4):
        if moves is not None:
            fewer = rerouted(problem, moves, Deadline(LIMIT_S))
            assert problem.moves_cost(fewer) <= problem.moves_cost(moves)
            assert is_safe(problem, fewer)
            event(f"shorter: {len(fewer) < len(moves)}")
