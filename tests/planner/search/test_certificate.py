"""Certificates: all that are given hold before the verifier, and nearly every verdict has one."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline
from models import Proof, flaw_of, proof_check
from models.problem import Problem
from models.proof_check import MOST_PLACEMENTS
from planner import Status, plan
from planner.search.bounds import mandatory
from planner.search.certificate import certificate
from planner.search.conflicts import find_conflicts
from planner.search.kernel import kernel
from planner.search.placements import all_seen
from planner.search.straight import ask, shrink
from planner.search.straight_ways import StraightWays
from tests.builders import host, pool, vm
from tests.oracle import TooManyStates, optimum
from tests.planner.small_pools import deadlock, making_way, rivals, swaps, two_deadlocks
from tests.planner.solving import LIMIT_S, solve
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))
POOLS = st.one_of(
    planted_pools(max_hosts=4, max_vms=6).map(lambda it: it.pool), random_pools(), knotted_pools()
)


def conflicts_of(problem):
    return find_conflicts(problem, kernel(problem).components, Deadline(LIMIT_S))


def never():
    return False


def test_two_swaps_are_two_conflicts_of_two():
    problem = Problem(swaps(2))
    found = conflicts_of(problem)
    assert found.bound == 2
    assert sorted(tuple(problem.vms[vm].name for vm in one.vms) for one in found.found) == [
        ("v0", "v1"),
        ("v2", "v3"),
    ]


def test_a_conflict_is_made_as_small_as_can_be():
    """Of both swaps, all four in conflict, one is enough."""
    problem = Problem(swaps(2))
    ways = StraightWays(problem)
    assert ask(ways, range(4)).possible is False
    assert len(shrink(ways, range(4), never)) == 2


def test_a_settled_vm_is_part_of_a_conflict_where_it_is_in_the_way():
    problem = Problem(making_way())
    (only,) = conflicts_of(problem).found
    assert [problem.vms[vm].name for vm in only.vms] == ["a", "b", "settled"]


@pytest.mark.parametrize(
    ("make", "by"),
    [
        pytest.param(deadlock, "stuck", id="a deadlock"),
        pytest.param(two_deadlocks, "stuck", id="two deadlocks"),
        pytest.param(rivals, "stuck", id="two that may not meet"),
    ],
)
def test_an_impossible_pool_has_a_certificate(make, by):
    of = make()
    proof = solve(of, proof=True).proof
    assert proof.claim == "impossible"
    assert proof.by == by
    assert flaw_of(of, proof) is None


def test_one_of_two_deadlocks_is_enough():
    assert len(solve(two_deadlocks(), proof=True).proof.stuck) == 2


def test_a_plan_without_detours_is_certified_by_the_mandatory_moves():
    of = pool([host("h1"), host("h2")], [vm("a")], "h1: a", "h2: a")
    proof = solve(of, proof=True).proof
    assert (proof.by, proof.bound) == ("mandatory", 1)


def test_no_proof_is_made_unless_it_is_asked_for():
    assert solve(deadlock()).proof is None


def test_a_callable_objective_has_no_proof_that_a_file_can_name():
    of = swaps(2)
    result = plan(of.current, of.target, objective=lambda _: 3, workers=1, proof=True)
    assert result.status is Status.OPTIMAL
    assert result.proof is None


def test_a_proof_of_less_is_none_where_it_must_be_whole():
    """The two swaps cost 6; of a bound of 7, which is false, conflicts prove 6 of it."""
    problem = Problem(swaps(2))

    def proof(*, whole):
        return certificate(problem, 7, impossible=False, whole=whole, deadline=Deadline(LIMIT_S))

    assert (proof(whole=False).by, proof(whole=False).bound) == ("conflicts", 6)
    assert (proof(whole=True).by, proof(whole=True).bound) == ("none", 7)


@given(POOLS, OBJECTIVES)
def test_every_certificate_holds_and_none_exceeds_the_verdict(data, objective):
    of = parsed(data)
    result = solve(of, objective, proof=True)
    proof = result.proof
    if result.status is Status.NO_PLAN_FOUND:
        return
    assert proof is not None
    event(f"{result.status}: {proof.by}")
    assert (proof.claim == "impossible") == (result.status is Status.INFEASIBLE)
    if proof.by != "none":
        assert flaw_of(of, proof) is None
        assert proof.bound is None or proof.bound <= result.bound
        assert result.status is not Status.OPTIMAL or proof.bound == result.bound


@given(POOLS, OBJECTIVES)
def test_conflicts_never_bound_above_the_optimum(data, objective):
    problem = Problem(parsed(data), objective)
    found = conflicts_of(problem)
    try:
        best = optimum(data, objective, limit=4_000)
    except TooManyStates:
        return
    if found.hopeless:
        assert best is None
    elif best is not None:
        assert (mandatory(problem) or 0) + found.bound <= best.cost


@given(POOLS)
def test_all_placements_are_seen_below_the_optimum_and_not_beyond(data):
    problem = Problem(parsed(data))
    few = problem.num_hosts**problem.num_vms <= MOST_PLACEMENTS
    if not few or any(cost is not None for cost in problem.stop_cost):
        return
    try:
        best = optimum(data, "moves", limit=4_000)
    except TooManyStates:
        return
    deadline = Deadline(LIMIT_S)
    assert all_seen(problem, None, MOST_PLACEMENTS, deadline) == (best is None)
    if best is not None:
        assert all_seen(problem, best.cost, MOST_PLACEMENTS, deadline)
        assert not all_seen(problem, best.cost + 1, MOST_PLACEMENTS, deadline)


@pytest.mark.parametrize(("most", "flaw"), [(4, None), (3, "too many placements to look at")])
def test_the_search_looks_at_no_more_placements_than_who_checks_the_proof(monkeypatch, most, flaw):
    """While a and b can never swap, c and d may be on either of two hosts: four placements in all."""
    hosts = [*(host(name, 10) for name in ("h1", "h2")), *(host(name, 6) for name in ("h3", "h4"))]
    vms = [vm("a", 8), vm("b", 8), vm("c", 3), vm("d", 3)]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c d", "h1: b, h2: a, h3: c d")
    monkeypatch.setattr(proof_check, "MOST_PLACEMENTS", most)
    assert flaw_of(of, Proof(claim="impossible", by="exhaustive")) == flaw
    assert all_seen(Problem(of), None, most, Deadline(LIMIT_S)) == (flaw is None)
