"""What holds of every plan, on pools drawn at random; on tiny ones exhaustive search has the last word."""

from __future__ import annotations

import copy
from random import Random

from hypothesis import assume, event, given
from hypothesis import strategies as st

from planner import Status
from tests import slow_replay
from tests.oracle import TooManyStates, optimum, within_reach
from tests.planner.solving import entries_of, half, solve, solve_checked
from tests.strategies import (
    PLAIN,
    REVERSIBLE,
    RULES,
    knotted_pools,
    parsed,
    planted_pools,
    random_pools,
    writing_pools,
)

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))
PATIENCE_S = 120.0
"""Time for a proof where there surely is one, however busy the machine."""

MOST_STATES = 4_000
"""Placements that the oracle may see; larger pools are left to the other properties."""


def best_of(data, objective):
    """Ask the oracle; a pool that is too large for it is no example."""
    with within_reach():
        return optimum(data, objective, limit=MOST_STATES)


def agrees_with_the_oracle(data, objective):
    """Hold status and cost against exhaustive search."""
    best = best_of(data, objective)
    result = solve_checked(data, objective, time_limit_s=PATIENCE_S)
    if best is None:
        event("no plan exists")
        assert result.status is Status.INFEASIBLE, result.reason
    else:
        event(f"extra actions: {len(best.actions) - len(parsed(data).displaced) > 0}")
        assert result.status is Status.OPTIMAL, (result.cost, result.bound, best.cost)
        assert result.cost == result.bound == best.cost


@given(planted_pools(), OBJECTIVES)
def test_a_planted_pool_is_planned(planted, objective):
    result = solve_checked(planted.pool, objective)
    walk = slow_replay.cost(planted.pool, planted.walk, objective)
    assert result.status in (Status.OPTIMAL, Status.FEASIBLE), result.reason
    assert result.bound is None or result.bound <= walk
    assert result.status is Status.FEASIBLE or result.cost <= walk


@given(planted_pools(RULES, max_hosts=4, max_vms=7), OBJECTIVES)
def test_a_tiny_planted_pool_is_planned_at_the_cost_of_the_oracle(planted, objective):
    agrees_with_the_oracle(planted.pool, objective)


@given(planted_pools(PLAIN, max_hosts=4, max_vms=7), OBJECTIVES)
def test_a_tiny_pool_of_resources_alone_is_planned_at_the_cost_of_the_oracle(planted, objective):
    agrees_with_the_oracle(planted.pool, objective)


@given(random_pools(), OBJECTIVES)
def test_a_tiny_random_pool_is_infeasible_exactly_when_the_oracle_says_so(data, objective):
    agrees_with_the_oracle(data, objective)


@half
@given(writing_pools(knotted_pools()), OBJECTIVES)
def test_a_tiny_knot_whose_vms_write_is_untied_at_the_cost_of_the_oracle(data, objective):
    """In one pool of six the rule on what NICs and links carry makes a plan dearer, or impossible."""
    agrees_with_the_oracle(data, objective)


@half
@given(knotted_pools(), st.sampled_from(("moves", "ram")))
def test_a_tiny_knot_is_untied_at_the_cost_of_the_oracle(data, objective):
    agrees_with_the_oracle(data, objective)


@half
@given(knotted_pools(), st.integers(0, 3))
def test_with_every_vm_offline_a_knot_always_has_a_plan(data, factor):
    for vm in data["vms"]:
        vm["offline"] = True
    data["rules"] = {"offline_cost_factor": factor}
    result = solve_checked(data, "ram")
    assert result.status is Status.OPTIMAL
    try:
        best = optimum(data, "ram", limit=MOST_STATES)
    except TooManyStates:
        return
    assert best.cost == result.cost


def renamed(data, seed):
    """Give the same pool under other names and in another order."""
    rng = Random(seed)
    hosts = dict(
        zip((h["name"] for h in data["hosts"]), rng.sample(range(100), len(data["hosts"])), strict=True)
    )
    vms = dict(zip((v["name"] for v in data["vms"]), rng.sample(range(100), len(data["vms"])), strict=True))

    def host(name):
        return f"host-{hosts[name]}"

    def vm(name):
        return f"{vms[name]}-vm"

    other = copy.deepcopy(data)
    other["hosts"] = [h | {"name": host(h["name"])} for h in rng.sample(other["hosts"], len(hosts))]
    other["vms"] = [v | {"name": vm(v["name"])} for v in rng.sample(other["vms"], len(vms))]
    for key in ("current", "target"):
        names = rng.sample(sorted(other[key]), len(other[key]))
        other[key] = {vm(name): host(other[key][name]) for name in names}
    if groups := other.get("rules", {}).get("anti_affinity"):
        other["rules"]["anti_affinity"] = [rng.sample([vm(n) for n in group], len(group)) for group in groups]
    return other


def outcome(data, objective):
    """Give status and cost; of a plan that is not proven its cost says little."""
    result = solve_checked(data, objective)
    assume(result.status in (Status.OPTIMAL, Status.INFEASIBLE))
    return result.status, result.cost


@half
@given(st.one_of(random_pools(), knotted_pools()), OBJECTIVES, st.integers(0, 99))
def test_names_and_order_change_no_optimum(data, objective, seed):
    assert outcome(data, objective) == outcome(renamed(data, seed), objective)


@half
@given(st.one_of(random_pools(REVERSIBLE), knotted_pools()), OBJECTIVES)
def test_the_way_back_costs_what_the_way_there_costs(data, objective):
    back = data | {"current": data["target"], "target": data["current"]}
    assert outcome(data, objective) == outcome(back, objective)


@half
@given(knotted_pools(), st.integers(1, 6))
def test_more_room_never_costs_more(data, more):
    before = outcome(data, "moves")
    data["hosts"][-1]["capacity"]["ram_mib"] += more
    after = outcome(data, "moves")
    assert before[1] is None or (after[1] is not None and after[1] <= before[1])


@half
@given(random_pools(), OBJECTIVES)
def test_a_stop_as_a_last_resort_never_costs_more(data, objective):
    before = outcome(data, objective)
    for vm in data["vms"]:
        vm["offline"] = True
    after = outcome(data, objective)
    assert before[1] is None or after[1] <= before[1]


@given(planted_pools(), OBJECTIVES)
def test_the_same_seed_and_one_worker_give_the_same_plan(planted, objective):
    of = parsed(planted.pool)
    one, two = solve(of, objective, seed=7), solve(of, objective, seed=7)
    assert entries_of(one) == entries_of(two)
    assert (one.status, one.bound, one.reason) == (two.status, two.bound, two.reason)


@given(planted_pools(max_hosts=4, max_vms=6))
def test_shutdowns_first_and_provisions_last_is_best(planted):
    """The oracle without phases, which may shut down and provision at any time, finds nothing better."""
    try:
        phased = optimum(planted.pool, limit=1_000)
        free = optimum(planted.pool, phases=False, limit=MOST_STATES)
    except TooManyStates:
        return
    assert phased.cost == free.cost
    assert slow_replay.judge(planted.pool, free.actions) == []
