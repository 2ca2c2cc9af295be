"""Objectives: named ones, callables, costs of nothing, and what is no objective."""

from __future__ import annotations

import pytest
from hypothesis import given

from models import PlannerError, replay
from planner import Status
from tests.builders import host, pool, vm, with_vm
from tests.oracle import optimum, within_reach
from tests.planner.small_pools import making_way
from tests.planner.solving import solve as solve_slowly
from tests.strategies import RULES, parsed, planted_pools


def solve(of, objective="moves"):
    """Plan with the time that pools of this size need."""
    return solve_slowly(of, objective, time_limit_s=20.0)


@pytest.mark.parametrize(("objective", "cost"), [("moves", 3), ("ram", 19), ("custom", 19)])
def test_an_objective_by_name(tiny, objective, cost):
    """One a move, the RAM of the VM, its cost; without one its RAM."""
    result = solve(tiny, objective)
    assert (result.status, result.cost, result.objective) == (Status.OPTIMAL, cost, objective)


def test_a_callable_prices_each_vm(tiny):
    """B costs 1 and a 100: b steps aside, 102 in all."""
    result = solve(tiny, lambda one: 100 if one.name == "a" else 1)
    assert (result.cost, result.bound, result.objective) == (102, 102, "callable")
    other = solve(tiny, lambda one: 100 if one.name == "b" else 1)
    assert other.cost == 102
    assert [action.vm for action in other.plan.actions] == ["a", "b", "a"]


@pytest.mark.parametrize("cost", [-1, 1.0, True, None, "1"])
def test_a_callable_that_gives_no_amount_is_an_error(tiny, cost):
    """An integer of at least 0 it must be."""
    with pytest.raises(PlannerError, match=r"objective: cost of 'a' is .*, must be an integer >= 0"):
        solve(tiny, lambda _: cost)


def test_an_unknown_name_is_an_error(tiny):
    """It lists the known ones."""
    with pytest.raises(PlannerError, match=r"'hosts', must be one of moves, ram, custom, time, or a call"):
        solve(tiny, "hosts")


def test_ram_on_a_pool_that_names_none_is_an_error():
    """Every migration would be free."""
    hosts = [host(name, capacity={"vcpus": 4}) for name in ("h1", "h2")]
    of = pool(hosts, [vm("a", demand={"vcpus": 1})], "h1: a", "h2: a")
    with pytest.raises(PlannerError, match=r"'ram' needs demand.ram_mib, which no VM of the pool names"):
        solve(of, "ram")
    assert solve(of, "custom").cost == 1


def test_where_everything_is_free_any_plan_is_optimal(tiny):
    """Cost 0, bound 0, gap 0: proven."""
    result = solve(tiny, lambda _: 0)
    assert (result.status, result.cost, result.bound, result.gap) == (Status.OPTIMAL, 0, 0, 0.0)
    assert replay(tiny, result.plan) == []


def test_a_free_vm_steps_aside_rather_than_a_dear_one():
    """The settled one costs nothing: it goes there and back, and the swap pays for its two moves."""
    of = with_vm(making_way(), "settled", cost=0)
    result = solve(of, "custom")
    assert (result.status, result.cost) == (Status.OPTIMAL, 12)
    assert len(result.plan.migrations) == 4


def test_a_free_stop_is_taken(tiny):
    """With a factor of 0 a swap costs one move."""
    of = with_vm(tiny, "a", offline=True)
    here = type(of.current)(of.hosts, of.vms, of.current.placement, offline_cost_factor=0)
    result = solve(type(of)(here, here.placed(of.target.placement)))
    assert (result.status, result.cost) == (Status.OPTIMAL, 1)


@given(planted_pools(RULES, max_hosts=4, max_vms=6))
def test_where_half_of_the_vms_are_free_the_cost_is_that_of_the_oracle(planted):
    """Every other VM costs nothing; what is called optimal is, and no bound is above it."""
    for one in planted.pool["vms"][::2]:
        one["cost"] = 0
    with within_reach():
        best = optimum(planted.pool, "custom", limit=3_000)
    result = solve(parsed(planted.pool), "custom")
    assert result.bound is None or result.bound <= best.cost
    assert result.cost == best.cost
    assert result.status is Status.OPTIMAL
