"""The detour bound: additive over components, never above the optimum, exact where everyone may stop."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from heuristics import Deadline, Dijkstra
from models.problem import Problem
from planner.cp.solve import Effort
from planner.search.bounds import mandatory
from planner.search.detour_bound import each_limbo, raise_bound
from planner.search.incumbent import Incumbent
from planner.search.kernel import kernel
from planner.search.limbo import LimboModels, whole
from planner.search.stage import Search
from tests.builders import host, pool, vm, with_vm
from tests.oracle import optimum, within_reach
from tests.planner.small_pools import deadlock, making_way, rivals, two_deadlocks
from tests.planner.solving import LIMIT_S
from tests.strategies import RULES, knotted_pools, parsed, planted_pools, random_pools

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))
POOLS = st.one_of(
    planted_pools(max_hosts=4, max_vms=7).map(lambda it: it.pool), random_pools(), knotted_pools()
)
EVERYONE = st.one_of(
    planted_pools(RULES - {"cordoned"}, max_hosts=4, max_vms=6).map(lambda it: it.pool), knotted_pools()
)
EFFORT = Effort(workers=1, seed=0)


def decomposed(problem):
    """Bound the detours component by component; None where one of them has no plan even in limbo."""
    components = kernel(problem).components
    found = dict(each_limbo(problem, components, Deadline(LIMIT_S), EFFORT))
    assert found.keys() == set(components)
    assert all(limbo.exact for limbo in found.values())
    extra = [limbo.extra for limbo in found.values()]
    return None if None in extra else sum(extra)


def bound_of(problem):
    """Give mandatory moves and detours together."""
    extra = decomposed(problem)
    return None if extra is None else (mandatory(problem) or 0) + extra


@pytest.mark.parametrize(
    ("make", "extra"),
    [
        pytest.param(deadlock, 1, id="a swap without room: one steps aside"),
        pytest.param(two_deadlocks, 2, id="two swaps: one in each"),
        pytest.param(rivals, 1, id="rivals: one steps aside"),
        pytest.param(making_way, 1, id="in limbo one of the swap does, though it cannot"),
    ],
)
def test_small_pools_worked_by_hand(make, extra):
    """A displaced VM in limbo costs one move more."""
    assert decomposed(Problem(make())) == extra


def test_a_settled_vm_in_limbo_costs_two_moves():
    """Neither of the swap takes detours: settled (4) must make way on h1, there and back."""
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("a", 5, detours=False), vm("b", 4, detours=False), vm("settled", 4)]
    of = pool(hosts, vms, "h1: a settled, h2: b", "h1: b settled, h2: a")
    assert decomposed(Problem(of)) == 0  # h2 takes a beside b
    tight = pool([host("h1"), host("h2", 8), host("h3")], vms, "h1: a settled, h2: b", "h1: b settled, h2: a")
    assert decomposed(Problem(tight)) == 2
    assert decomposed(Problem(tight, "ram")) == 8


def test_where_nobody_may_step_aside_there_is_no_plan_even_in_limbo():
    """Both of the swap go straight or not at all."""
    of = with_vm(with_vm(deadlock(), "vm1", detours=False), "vm2", detours=False)
    assert decomposed(Problem(of)) is None
    assert decomposed(Problem(with_vm(of, "vm1", offline=True))) == 9


def test_the_cheapest_of_a_ring_steps_aside():
    """By RAM the VM of 6 of a ring of 6, 7, 8."""
    hosts = [host(name) for name in ("h1", "h2", "h3")]
    vms = [vm("a", 6), vm("b", 7), vm("c", 8)]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h1: c")
    assert decomposed(Problem(of, "ram")) == 6
    (component,) = kernel(Problem(of)).components
    limbo = LimboModels(Problem(of, "ram")).bound(component, Deadline(LIMIT_S), EFFORT)
    assert limbo.in_limbo == {0}


@given(POOLS, OBJECTIVES)
def test_the_decomposed_bound_is_the_undecomposed_one(data, objective):
    """Roomy hosts and moves between components add nothing: the detours are all inside components."""
    problem = Problem(parsed(data), objective)
    assume(mandatory(problem) is not None)
    undecomposed = LimboModels(problem).bound(whole(problem), Deadline(LIMIT_S), EFFORT)
    assert undecomposed.exact
    event(f"extra: {undecomposed.extra}")
    assert decomposed(problem) == undecomposed.extra


@given(POOLS, OBJECTIVES)
def test_the_bound_never_exceeds_the_optimum(data, objective):
    """Held against exhaustive search, on all rules; and no plan in limbo means no plan."""
    with within_reach():
        best = optimum(data, objective, limit=4_000)
    bound = bound_of(Problem(parsed(data), objective))
    if best is not None:
        assert bound is not None
        assert bound <= best.cost
        event(f"tight: {bound == best.cost}")


@given(EVERYONE, st.sampled_from((0, 1)), OBJECTIVES)
def test_where_everyone_may_stop_for_the_price_of_a_move_the_bound_is_exact(data, factor, objective):
    """A stopped VM is in limbo for real, and no detour is cheaper."""
    for one in data["vms"]:
        one["offline"] = True
    data.setdefault("rules", {})["offline_cost_factor"] = factor
    with within_reach():
        best = optimum(data, objective, limit=4_000)
    assert bound_of(Problem(parsed(data), objective)) == best.cost


@given(st.one_of(random_pools(max_vms=6), knotted_pools()), OBJECTIVES, st.integers(0, 2))
def test_plans_beyond_some_slots_cost_at_least_what_is_claimed(data, objective, slots):
    """A plan of the cheapest kind in which a VM steps aside more often than that is no counterexample.

    Any plan may be made one by sending a VM to and fro, so the claim is held against the best plan there
    is when that one itself steps aside so often.
    """
    problem = Problem(parsed(data), objective)
    with within_reach():
        best = optimum(data, objective, limit=4_000)
    assume(best is not None)
    found = Dijkstra().find(problem, Deadline(LIMIT_S))
    aside = {}
    for one, place in found.moves:
        if place != problem.dst[one]:
            aside[one] = aside.get(one, 0) + 1
    beyond = LimboModels(problem).beyond(slots, Deadline(LIMIT_S), EFFORT)
    if max(aside.values(), default=0) > slots:
        event("steps aside more often")
        assert beyond is not None
        assert beyond <= best.cost


def test_plans_beyond_need_someone_who_may_step_aside():
    """Where nobody may, there are none."""
    of = with_vm(with_vm(deadlock(), "vm1", detours=False), "vm2", detours=False)
    assert LimboModels(Problem(of)).beyond(1, Deadline(LIMIT_S), EFFORT) is None


def test_a_deadline_that_is_over_gives_no_bound_but_no_false_one():
    """Components that were not looked at add nothing."""
    known = Incumbent(Problem(two_deadlocks()), Deadline(0.0))
    raise_bound(Search(known, EFFORT), known.deadline)
    assert (known.bound, known.impossible, known.relaxation.limbo_of) == (4, None, {})
