"""The origin's fixed cases: each planned at its true optimum, with the proof."""

from __future__ import annotations

import pytest

from models import replay
from planner import Status, find
from tests.oracle import TooManyStates, optimum
from tests.planner.solving import LIMIT_S, solve, solve_checked
from tests.seed_cases import SEED_CASES, SOLVABLE

OBJECTIVES = ("moves", "ram")
BY_NAME = {case.name: case for case in SEED_CASES}


def name(case):
    """Name a case in the output."""
    return case.name


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("case", SOLVABLE, ids=name)
def test_a_case_is_planned_at_its_optimum_with_the_proof(case, objective):
    result = solve_checked(case.data(), objective)
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, *[case.best(objective)] * 2)
    assert result.gap == 0


@pytest.mark.parametrize("name", ["swap_with_one_temp", "complex_swap", "tricky", "chain4", "circles"])
def test_a_case_with_steps_aside_is_planned_at_its_optimum_with_a_schedule_too(name):
    result = solve(BY_NAME[name].pool(), schedule=True, time_limit_s=5.0)
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, *[BY_NAME[name].best_moves] * 2)
    assert result.schedule is not None


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_deadlock_is_proven_impossible(objective):
    result = solve_checked(BY_NAME["simple_deadlock"].data(), objective)
    assert (result.status, result.plan, result.bound) == (Status.INFEASIBLE, None, None)
    assert result.reason.startswith("no plan exists: ")


@pytest.mark.parametrize("case", SOLVABLE, ids=name)
def test_aspiers_alone_is_never_longer_than_his(case):
    pool = case.pool()
    result = find(pool.current, pool.target, method="aspiers", time_limit_s=LIMIT_S)
    assert result.plan is not None
    assert replay(pool, result.plan) == []
    assert len(result.plan.migrations) <= case.his_moves
    ram = sum(pool.current.vm(it.vm).demand["ram_mib"] for it in result.plan.migrations)
    assert case.his_ram is None or ram <= case.his_ram


def test_aspiers_alone_proves_nothing_about_the_deadlock():
    pool = BY_NAME["simple_deadlock"].pool()
    result = find(pool.current, pool.target, method="aspiers", time_limit_s=LIMIT_S)
    assert result.status is Status.NO_PLAN_FOUND


@pytest.mark.parametrize("method", ["aspiers", "squeaky"])
@pytest.mark.parametrize("case", SOLVABLE, ids=name)
def test_a_path_finder_alone_is_never_below_the_optimum(case, method):
    pool = case.pool()
    result = find(pool.current, pool.target, method=method, time_limit_s=LIMIT_S)
    assert result.plan is None or result.cost >= case.best_moves
    assert result.plan is None or replay(pool, result.plan) == []


@pytest.mark.parametrize("case", [c for c in SEED_CASES if c.name not in ("chain6", "slow")], ids=name)
def test_dijkstra_alone_is_exact(case):
    pool = case.pool()
    result = find(pool.current, pool.target, method="dijkstra", time_limit_s=LIMIT_S)
    assert result.cost == case.best_moves
    assert result.status is (Status.INFEASIBLE if case.best_moves is None else Status.OPTIMAL)


@pytest.mark.parametrize("case", SEED_CASES, ids=name)
def test_the_table_of_optima_is_that_of_the_oracle(case):
    try:
        best = optimum(case.data(), "moves", limit=200_000)
    except TooManyStates:
        pytest.fail("the oracle should manage every case by moves")
    assert (best and best.cost) == case.best_moves


@pytest.mark.parametrize("case", SEED_CASES, ids=name)
def test_with_offline_vms_every_case_has_a_plan_at_no_higher_cost(case):
    data = case.data()
    for vm in data["vms"]:
        vm["offline"] = True
    result = solve_checked(data)
    assert result.status is Status.OPTIMAL
    assert result.cost == (11 if case.best_moves is None else case.best_moves)


def test_three_vms_in_a_cycle_stop_the_smallest():
    """Hosts of 10, VMs of 6, 7, 8 in a cycle: ten times 6 for the stop, 7 and 8 for the moves."""
    data = {
        "format": "vm-pool/1",
        "hosts": [{"name": f"h{n}", "capacity": {"ram_mib": 10}} for n in (1, 2, 3)],
        "vms": [
            {"name": name, "demand": {"ram_mib": ram}, "offline": True}
            for name, ram in (("a", 6), ("b", 7), ("c", 8))
        ],
        "current": {"a": "h1", "b": "h2", "c": "h3"},
        "target": {"a": "h2", "b": "h3", "c": "h1"},
    }
    result = solve_checked(data, "ram")
    assert (result.status, result.cost) == (Status.OPTIMAL, 75)


def test_the_tiny_pool_costs_what_its_docstring_says(tiny):
    assert (solve(tiny).cost, solve(tiny, "ram").cost) == (3, 19)


def test_the_full_pool_costs_what_its_docstring_says(full):
    result = solve(full)
    assert (result.status, result.cost, result.plan.detours) == (Status.OPTIMAL, 3, 0)
    assert solve(full, "custom").cost == 12 + 12 + 9
