"""Small pools, exactly: what the K-slot model calls optimal is the optimum, what it calls impossible is."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline, SqueakyWheel
from models.problem import OFF, Problem
from planner.cp.solve import Effort
from planner.parameters import DEFAULT
from planner.search.bounds import mandatory
from planner.search.detour_bound import raise_bound
from planner.search.exact import (
    cheapest_detour,
    horizon_for,
    is_small,
    slots_for,
    solve_exactly,
)
from planner.search.incumbent import Incumbent
from planner.search.stage import Search
from tests.builders import host, pool, vm, with_vm
from tests.heuristics.finding import safe
from tests.oracle import optimum, within_reach
from tests.planner.small_pools import deadlock, making_way
from tests.planner.solving import LIMIT_S, half
from tests.strategies import RULES, knotted_pools, parsed, planted_pools, random_pools

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))
EFFORT = Effort(workers=1, seed=0, deterministic_s=0.1)


def solved(of, objective="moves", *, start=None):
    """Run the bound and the exact stage alone, without exhaustive search; give what is known then."""
    incumbent = Incumbent(Problem(of, objective), Deadline(LIMIT_S))
    incumbent.prove(mandatory(incumbent.problem))
    incumbent.offer(start, "given")
    if not incumbent.done:
        raise_bound(Search(incumbent, EFFORT), incumbent.deadline)
    if not incumbent.done:
        solve_exactly(Search(incumbent, EFFORT), incumbent.deadline)
    return incumbent


def agrees(data, objective, *, helped):
    """Hold what the exact stage claims against exhaustive search."""
    with within_reach():
        best = optimum(data, objective, limit=3_000)
    of = parsed(data)
    start = None
    if helped:
        start = SqueakyWheel(patience=4).find(Problem(of, objective), Deadline(LIMIT_S)).moves
    known = solved(of, objective, start=start)
    if known.moves is not None:
        safe(known.problem, known.moves)
    if best is None:
        assert known.moves is None
        event(f"impossible: {known.impossible is not None}")
        return
    assert known.impossible is None
    assert known.bound is None or known.bound <= best.cost
    assert known.cost is None or known.cost >= best.cost
    event(f"settled: {known.settled}")
    if known.settled:
        assert known.cost == best.cost


@given(
    st.one_of(planted_pools(max_hosts=4, max_vms=7).map(lambda it: it.pool), random_pools()),
    OBJECTIVES,
    st.booleans(),
)
def test_what_is_called_optimal_or_impossible_is(data, objective, helped):
    """Under all rules, from the plan of a path finder or from nothing."""
    agrees(data, objective, helped=helped)


@half
@given(knotted_pools(), OBJECTIVES, st.booleans())
def test_a_knot_that_is_called_optimal_is(data, objective, helped):
    """Where several VMs step aside, and some more than once."""
    agrees(data, objective, helped=helped)


@given(
    planted_pools(RULES - {"arch", "traits"}, max_hosts=4, max_vms=6),
    st.sampled_from((0, 1, 3)),
    st.sampled_from(("moves", "custom")),
)
def test_with_cheap_stops_what_is_called_optimal_is(planted, factor, objective):
    """Stops that cost nothing, as much as a move, or more than a detour."""
    for number, one in enumerate(planted.pool["vms"]):
        one["offline"] = number % 2 == 0
        one["cost"] = number % 3
    planted.pool.setdefault("rules", {})["offline_cost_factor"] = factor
    agrees(planted.pool, objective, helped=False)


def test_it_finds_a_plan_where_it_is_given_none(tiny):
    """CP-SAT looks alone."""
    known = solved(tiny)
    assert (known.cost, known.bound, known.first) == (3, 3, None)


def test_it_proves_a_deadlock():
    """Only where nobody may step aside is it a proof; else exhaustive search has the last word."""
    known = solved(deadlock())
    assert known.impossible is None
    assert known.moves is None
    straight = with_vm(with_vm(deadlock(), "vm1", detours=False), "vm2", detours=False)
    assert solved(straight).impossible is not None


def test_it_takes_back_a_settled_vm_that_made_way():
    """4 moves, two of them of the settled one."""
    known = solved(making_way())
    assert (known.cost, known.bound) == (4, 4)


def unlike():
    """Swap a (10) and b (8) past c and d, which leave too little room anywhere for either."""
    hosts = [host("h1"), host("h2"), host("h3"), host("h4", 3)]
    vms = [vm("a", 10), vm("b", 8), vm("c", 7), vm("d", 3)]
    return pool(hosts, vms, "h1: a, h2: b, h3: c d", "h1: b, h2: a, h3: c d")


def test_where_evicting_helps_nobody_nothing_is_found():
    """Even with d on h4, h3 has 3 free beside c: the pool has no plan."""
    assert solved(unlike()).moves is None


def test_the_size_of_a_small_pool_is_counted_in_pairs():
    """VMs times hosts."""
    few = Problem(pool([host("h1"), host("h2")], [vm("a")], "h1: a", "h2: a"))
    assert is_small(Search(Incumbent(few, Deadline(LIMIT_S))))
    hosts = [host(f"h{number}", 99) for number in range(60)]
    vms = [vm(f"v{number}") for number in range(51)]
    here = {it.name: "h0" for it in vms}
    large = Problem(pool(hosts, vms, here, here))
    assert large.num_hosts * large.num_vms > DEFAULT.exact.most_pairs
    assert not is_small(Search(Incumbent(large, Deadline(LIMIT_S))))


@pytest.mark.parametrize(("objective", "cheapest"), [("moves", 1), ("ram", 6), ("custom", 6)])
def test_the_cheapest_detour_is_of_who_may_step_aside(objective, cheapest, tiny):
    """b, and where b takes none, a; where nobody does, None."""
    assert cheapest_detour(Problem(tiny, objective)) == cheapest
    straight = with_vm(tiny, "b", detours=False)
    assert cheapest_detour(Problem(straight, objective)) == {1: 1, 6: 7}[cheapest]
    assert cheapest_detour(Problem(with_vm(straight, "a", movable=False), objective)) is None


def test_slots_are_as_many_as_a_known_plan_needs():
    """Three detours of b in the plan, and a stop that is none."""
    of = with_vm(making_way(), "a", offline=True)
    plan = [(1, 0), (1, 2), (1, 0), (1, 1), (0, OFF), (0, 1)]
    assert slots_for(Problem(of), plan, 1) == [1, 3, 1]


@given(planted_pools(), OBJECTIVES)
def test_instants_are_enough_for_the_known_plan_and_all_mandatory_moves(planted, objective):
    """The horizon is never shorter than a plan that is worth finding."""
    problem = Problem(parsed(planted.pool), objective)
    known = Incumbent(problem, Deadline(LIMIT_S))
    known.offer(SqueakyWheel(patience=2).find(problem, Deadline(LIMIT_S)).moves, "squeaky")
    slots = slots_for(problem, known.moves or [], 1)
    least = len(problem.displaced) if known.moves is None else len(known.moves)
    assert horizon_for(known, slots) > least
