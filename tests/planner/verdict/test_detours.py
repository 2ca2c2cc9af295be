"""Why a VM steps aside or is stopped: each detour has its sentence."""

from __future__ import annotations

import pytest
from hypothesis import given

from models import Plan, Start, Stop, replay
from planner import detour_reasons, plan
from planner.explaining.changes import with_offline
from tests.builders import host, moves, pool, vm
from tests.planner.small_pools import deadlock, making_way
from tests.planner.solving import solve
from tests.strategies import parsed, planted_pools


def test_a_detour_names_who_needs_the_room_and_who_is_in_the_way(tiny):
    plan = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    assert detour_reasons(tiny, plan) == {
        1: "b steps aside to h3: h2 must take a (7 MiB RAM, 4 free), and b's target h1 is full until a leaves"
    }


def test_a_settled_vm_makes_way_and_comes_back():
    plan = moves("settled: h1 -> h3", "b: h2 -> h1", "a: h1 -> h2", "settled: h3 -> h1")
    assert not replay(making_way(), plan)
    assert detour_reasons(making_way(), plan) == {
        1: "settled steps aside to h3: h1 must take b (6 MiB RAM, 3 free), "
        "and settled, at home there, comes back in step 4"
    }


def test_a_group_is_a_reason_too():
    three = [host("h1"), host("h2"), host("h3")]
    of = pool(three, [vm("a"), vm("b")], "h1: a, h2: b", "h1: b, h2: a", anti_affinity=[("a", "b")])
    sentence = detour_reasons(of, moves("a: h1 -> h3", "b: h2 -> h1", "a: h3 -> h2"))[1]
    assert sentence == (
        "a steps aside to h3: h1 must take b (rules.anti_affinity[0] allows none more there), "
        "and a's target h2 is full until b leaves"
    )


def test_a_stop_is_explained_like_a_detour():
    of = with_offline(deadlock(), ["vm1"])
    result = solve(of)
    assert isinstance(result.plan.actions[0], Stop)
    assert detour_reasons(of, result.plan) == {
        1: "vm1 is stopped: h1 must take vm2 (3256 MiB RAM, 584 free), "
        "and vm1's target h2 is full until vm2 leaves"
    }


def test_of_more_stops_than_are_told_none_is_said_to_step_aside():
    """Three VMs that may be stopped and not migrated change places."""
    vms = [vm(name, 7, movable=False, offline=True) for name in "abc"]
    of = pool([host(name) for name in ("h1", "h2", "h3")], vms, "h1: a, h2: b, h3: c", "h1: b, h2: c, h3: a")
    reason = solve(of).reason
    assert reason.count(" is stopped: ") == 2
    assert reason.endswith("; and 1 more")
    assert "aside" not in reason


def test_a_detour_that_nobody_needs_is_called_so(tiny):
    plan = moves("b: h2 -> h3", "b: h3 -> h2", "b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    first = detour_reasons(tiny, plan)[1]
    assert "nobody needs its room on h2, so it could have waited there" in first


def test_in_a_plan_that_shall_end_early_such_a_detour_is_there_for_that(tiny):
    plan = moves("b: h2 -> h3", "b: h3 -> h2", "b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    early = Plan.of(tiny, plan, "time")
    assert "nobody needs its room on h2, so it does so to end sooner" in detour_reasons(tiny, early)[1]


def test_a_target_with_room_is_told():
    of = pool([host("h1"), host("h2"), host("h3")], [vm("a", 1)], "h1: a", "h2: a")
    sentence = detour_reasons(of, moves("a: h1 -> h3", "a: h3 -> h2"))[1]
    assert "a's target h2 has room, so it could have gone there" in sentence


def test_a_forbidden_direct_way_is_told():
    """From version 3 to 2 there is no direct way; through a host without a version there is."""
    of = pool([host("h1", version=3), host("h2", version=2), host("h3")], [vm("a")], "h1: a", "h2: a")
    plan = moves("a: h1 -> h3", "a: h3 -> h2")
    assert not replay(of, plan)
    sentence = "a steps aside to h3: the rules forbid a to go straight to its target h2"
    assert detour_reasons(of, plan)[1] == sentence


def test_who_is_stopped_since_that_costs_nothing_is_so_for_that():
    """To wait and go straight would cost a migration more."""
    of = pool([host("h1"), host("h2")], [vm("a", offline=True)], "h1: a", "h2: a", offline_cost_factor=0)
    result = solve(of)
    assert result.cost == 0
    reason = "a's target h2 has room, so it could have gone there, and a stop costs nothing in this pool"
    assert detour_reasons(of, result.plan) == {1: f"a is stopped: {reason}"}


@pytest.mark.parametrize("objective", ["moves", "time"])
def test_who_may_not_be_migrated_is_stopped_for_that_alone(objective):
    """Neither does it end sooner, nor could it have waited."""
    of = pool([host("h1"), host("h2")], [vm("a", movable=False, offline=True)], "h1: a", "h2: a")
    result = plan(of.current, of.target, objective=objective, workers=1)
    assert detour_reasons(of, result.plan) == {1: "a is stopped: it may not be migrated (movable=false)"}


def test_whoever_may_not_be_migrated_and_makes_way_comes_back():
    pinned = vm("p", 6, movable=False, offline=True)
    of = pool([host("h1", 8), host("h2", 8)], [pinned, vm("a", 8)], "h1: p, h2: a", "h1: p, h2: a")
    steps = [Stop("p", "h1"), *moves("a: h2 -> h1", "a: h1 -> h2"), Start("p", "h1")]
    sentence = "p is stopped: h1 must take a (8 MiB RAM, 2 free), and p, at home there, comes back in step 4"
    assert detour_reasons(of, steps)[1] == sentence


def test_a_plan_that_names_nobody_known_is_no_error(tiny):
    plan = moves("ghost: h1 -> h2", "a: h1 -> nowhere", "b: h2 -> h3")
    assert list(detour_reasons(tiny, plan)) == [3]


@given(planted_pools())
def test_every_detour_of_a_plan_has_its_sentence(planted):
    of = parsed(planted.pool)
    result = solve(of)
    if result.plan is None:
        return
    out = {n for n, a in enumerate(result.plan.actions, 1) if result.plan.is_detour(a) or isinstance(a, Stop)}
    sentences = detour_reasons(of, result.plan)
    assert set(sentences) == out
    assert all(sentence.count(": ") == 1 for sentence in sentences.values())
