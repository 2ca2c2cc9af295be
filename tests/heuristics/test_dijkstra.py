"""dijkstra: exact on tiny pools, and says so; large ones it refuses."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from heuristics import Deadline, Dijkstra
from heuristics.parameters import DijkstraParameters
from models import PlannerError, TooLargeError
from models.problem import OFF, Problem
from planner import find
from tests.builders import host, pool, vm
from tests.heuristics.finding import LONG_S, found_by, safe
from tests.oracle import optimum, within_reach
from tests.planner.small_pools import deadlock
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))


def agrees(data, objective):
    """Hold cost and proof against the oracle."""
    with within_reach():
        best = optimum(data, objective, limit=4_000)
    problem = Problem(parsed(data), objective)
    found = found_by(Dijkstra(), problem.pool, objective)
    assert found.proven
    event(f"plan: {best is not None}")
    if best is None:
        assert found.moves is None
    else:
        assert problem.moves_cost(safe(problem, found.moves)) == best.cost


@given(planted_pools(max_hosts=4, max_vms=8), OBJECTIVES)
def test_a_planted_pool_costs_what_the_oracle_says(planted, objective):
    """Under all rules, by every objective."""
    agrees(planted.pool, objective)


@given(st.one_of(random_pools(), knotted_pools()), OBJECTIVES)
def test_a_pool_without_a_plan_is_proven_so_exactly_when_the_oracle_agrees(data, objective):
    """Under all rules, by every objective."""
    agrees(data, objective)


def crowd(num_hosts, num_vms):
    """Give a pool of so many hosts and VMs, one of them to be moved."""
    hosts = [host(f"h{number}", 100) for number in range(num_hosts)]
    vms = [vm(f"v{number}") for number in range(num_vms)]
    where = {it.name: "h0" for it in vms}
    return pool(hosts, vms, where, where | {"v0": "h1"})


@pytest.mark.parametrize(("num_hosts", "num_vms"), [(13, 2), (2, 33)])
def test_a_large_pool_is_refused_in_words(num_hosts, num_vms):
    """The error names the size, the limit and the way out."""
    with pytest.raises(TooLargeError, match=rf"{num_hosts} hosts and {num_vms} VMs.*at most 12 and 32.*auto"):
        found_by(Dijkstra(), crowd(num_hosts, num_vms))


def test_the_largest_pool_is_taken():
    """12 hosts and 32 VMs are not too many where the plan is near."""
    assert found_by(Dijkstra(), crowd(12, 32)).moves == [(0, 1)]


def test_too_many_placements_are_refused_in_words():
    """A swap without a plan, while seven small VMs may be anywhere: it gives up after so many placements."""
    vms = [vm("a", 7), vm("b", 7), *(vm(f"v{number}", cost=number) for number in range(7))]
    here = "h1: a v0, h2: b v1, h3: v2 v3 v4 v5 v6"
    of = pool(
        [host("h1"), host("h2"), host("h3", 6)],
        vms,
        here,
        here.replace("a", "c").replace("b", "a").replace("c", "b"),
    )
    with pytest.raises(TooLargeError, match=r"more than 200 placements; use --method auto"):
        found_by(Dijkstra(DijkstraParameters(most_placements=200)), of, "custom")


def test_too_large_is_bad_input_to_who_asks_for_it_by_name():
    """``TooLargeError`` is a ``PlannerError``, and so a ``ValueError``."""
    of = crowd(13, 2)
    assert issubclass(TooLargeError, PlannerError)
    with pytest.raises(ValueError, match="dijkstra"):
        find(of.current, of.target, method="dijkstra")


def test_without_time_nothing_is_proven(tiny):
    """A search that was not finished is no proof."""
    found = Dijkstra().find(Problem(tiny), Deadline(0.0))
    assert (found.moves, found.proven) == (None, False)


def test_a_deadlock_is_proven():
    """Every placement was seen."""
    found = found_by(Dijkstra(), deadlock())
    assert (found.moves, found.proven) == (None, True)


def test_the_stop_is_weighed_against_detours():
    """A stop at the price of three migrations is dearer than a detour, one at the price of one is not."""
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("a", 7, offline=True), vm("b", 6)]

    def swap(factor):
        return pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a", offline_cost_factor=factor)

    assert OFF not in [place for _, place in found_by(Dijkstra(), swap(3)).moves]
    assert found_by(Dijkstra(), swap(1)).moves == [(0, OFF), (1, 0), (0, 1)]


def test_twins_are_searched_once():
    """Six equal VMs that change places with six others: far fewer placements than without the symmetry."""
    hosts = [host("h1", 7), host("h2", 7)]
    vms = [vm(f"v{number}") for number in range(12)]
    one = {it.name: "h1" if number < 6 else "h2" for number, it in enumerate(vms)}
    other = {it.name: "h2" if number < 6 else "h1" for number, it in enumerate(vms)}
    of = pool(hosts, vms, one, other)
    found = found_by(Dijkstra(DijkstraParameters(most_placements=60)), of)
    assert len(safe(Problem(of), found.moves)) == 12


@pytest.mark.parametrize(("below", "cost"), [(None, 3), (99, 3), (4, 3), (3, None), (0, None)])
def test_asked_for_cheaper_plans_only_it_proves_that_there_is_none(tiny, below, cost):
    """The swap over a third host costs 3: below that there is nothing."""
    found = found_by(Dijkstra(below=below), tiny)
    assert found.proven
    assert (found.moves and len(found.moves)) == cost


@given(st.one_of(random_pools(), knotted_pools()), OBJECTIVES)
def test_below_the_optimum_there_is_nothing_and_just_above_it_there_is_the_optimum(data, objective):
    """A search that is cut off at a cost still tells the truth."""
    problem = Problem(parsed(data), objective)
    try:
        best = Dijkstra(DijkstraParameters(most_placements=4_000)).find(problem, Deadline(LONG_S))
    except TooLargeError:
        assume(False)
    assume(best.moves is not None)
    cost = problem.moves_cost(best.moves)
    under = Dijkstra(below=cost).find(problem, Deadline(LONG_S))
    above = Dijkstra(below=cost + 1).find(problem, Deadline(LONG_S))
    assert (under.moves, under.proven, above.proven) == (None, True, True)
    assert problem.moves_cost(safe(problem, above.moves)) == cost
