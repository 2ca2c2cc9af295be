"""aspiers: the origin's path finder, with its faults mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Aspiers, Deadline
from heuristics.parameters import AspiersParameters
from models.problem import Problem
from tests.builders import host, pool, vm, with_vm
from tests.heuristics.finding import Follower, found_by, safe
from tests.planner.small_pools import deadlock, making_way
from tests.seed_cases import SEED_CASES, SOLVABLE
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools


def two_make_way(**of_c):
    """A (8) on h2 shall go to h1, where b (4) and c (4) are; they shall go to h2. h3 and h4 have 4 each.

    a fits nowhere but on h1, so both b and c must leave it first, each to a host of its own: 5 moves.
    """
    hosts = [host("h1"), host("h2"), host("h3", 4), host("h4", 4)]
    vms = [vm("a", 8), vm("b", 4), vm("c", 4, **of_c)]
    return pool(hosts, vms, "h1: b c, h2: a", "h1: a, h2: b c")


@pytest.mark.parametrize("case", SOLVABLE, ids=lambda case: case.name)
def test_a_case_is_planned_with_no_more_moves_than_his(case):
    """He finds a plan for each solvable case; so do we, and never a longer one."""
    problem = Problem(case.pool())
    found = found_by(Aspiers(), problem.pool)
    assert len(safe(problem, found.moves)) <= case.his_moves
    assert not found.proven


def test_two_vms_make_way_where_one_is_not_enough():
    """His search gave up here: the branch that displaces further was never reached."""
    problem = Problem(two_make_way())
    assert len(safe(problem, found_by(Aspiers(), problem.pool).moves)) == 5


def test_a_vm_that_takes_no_detours_does_not_make_way():
    """With c going straight home or nowhere, b alone makes too little room."""
    assert found_by(Aspiers(), two_make_way(detours=False)).moves is None


def test_a_pinned_vm_does_not_make_way():
    """Settled and pinned, the small VM stays, and the swap has no other way."""
    assert found_by(Aspiers(), making_way()).moves is not None
    assert found_by(Aspiers(), with_vm(making_way(), "settled", movable=False)).moves is None


def test_a_shelter_is_cleared_of_a_vm_at_home_there():
    """Once more with shelters: u leaves h3 for h4, so that a can wait there."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 8), host("h4", 3)]
    vms = [vm("a", 6), vm("b", 6), vm("u", 3)]
    of = pool(hosts, vms, "h1: a, h2: b, h3: u", "h1: b, h2: a, h3: u")
    moves = safe(Problem(of), found_by(Aspiers(), of).moves)
    assert (2, 3) in moves
    assert moves[-1] == (2, 2) or (2, 2) in moves
    assert len(moves) == 5


@pytest.mark.parametrize("case", SEED_CASES, ids=lambda case: case.name)
def test_it_is_deterministic_and_the_seed_changes_nothing(case):
    """The order is that of the pool, not of a dictionary or a die."""
    of = case.pool()
    assert found_by(Aspiers(), of).moves == found_by(Aspiers(), of, seed=99).moves


def test_without_time_it_comes_back_with_nothing(tiny):
    """A deadline of 0 is over before the first decision."""
    assert Aspiers().find(Problem(tiny), Deadline(0.0)).moves is None


def test_where_nothing_is_displaced_the_plan_is_empty_even_without_time(tiny):
    """Nothing to do takes no time."""
    still = tiny.current
    problem = Problem(type(tiny)(still, still))
    assert Aspiers().find(problem, Deadline(0.0)).moves == []


def test_a_deadlock_ends_without_a_plan_or_a_proof():
    """It gives up, and does not claim that there is none."""
    found = found_by(Aspiers(), deadlock())
    assert (found.moves, found.proven) == (None, False)


def holds(of, finder=None):
    """Follow the trace of one search; hold it against what was found."""
    problem = Problem(of)
    follower = Follower(problem)
    found = found_by(finder or Aspiers(), of, trace=follower)
    if found.moves is None:
        assert (follower.plan, follower.at) == ([], problem.src)
    else:
        assert (follower.plan, follower.at) == (safe(problem, found.moves), problem.dst)
    return follower


@pytest.mark.parametrize("case", SEED_CASES, ids=lambda case: case.name)
def test_who_follows_moves_and_undoes_knows_the_plan(case):
    """The trace of a case ends at the plan found, or, without one, where it began."""
    holds(case.pool())


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools()))
def test_whatever_it_finds_is_safe_and_was_told(data):
    """On any pool, under all rules."""
    holds(parsed(data))


def test_the_trace_tells_who_makes_way():
    """B and c are displaced from h1 for a."""
    of = two_make_way()
    assert {(1, 0), (2, 0)} <= set(holds(of).displaced_from)


def test_what_a_listener_raises_ends_the_search(tiny):
    """That is how a listener stops a finder."""

    class Stop(Follower):
        def moves(self, depth, vm, source, host):
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        found_by(Aspiers(), tiny, trace=Stop(Problem(tiny)))


@pytest.mark.parametrize(
    "case", [case for case in SOLVABLE if case.best_moves > 3], ids=lambda case: case.name
)
def test_out_of_choices_it_takes_its_moves_back(case):
    """Who listens must not think the VMs elsewhere when the next search begins."""
    holds(case.pool(), Aspiers(AspiersParameters(backtracks=2, backtracks_a_vm=0)))
