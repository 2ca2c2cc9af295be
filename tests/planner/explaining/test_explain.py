"""What is said about a pool: who waits for whom, how tight it is, and what would unlock it."""

from __future__ import annotations

import sys

import msgspec
import pytest
from hypothesis import event, given, settings

from models import VM, Host, PlannerError, Pool, PoolState, Stop, replay
from models.problem import Problem
from planner import Explanation, Status, detour_reasons, explain, plan
from planner.explaining.changes import with_offline, with_room
from planner.explaining.explain import explanation_schema
from planner.verdict.obstacles import obstacles_of
from planner.verdict.waits import ring
from planner.views.explained import explained
from tests.builders import host, moves, pool, vm
from tests.planner.small_pools import deadlock, making_way, rivals, two_deadlocks
from tests.planner.solving import LIMIT_S, solve
from tests.strategies import knotted_pools, parsed, planted_pools


def told(of: Pool, **options) -> Explanation:
    """Explain with one worker and a seed."""
    return explain(of.current, of.target, **({"seed": 0, "workers": 1, "time_limit_s": LIMIT_S} | options))


# --- detours ----------------------------------------------------------------------------------------


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
    of = with_offline(deadlock(), "vm1")
    result = solve(of)
    assert isinstance(result.plan.actions[0], Stop)
    assert detour_reasons(of, result.plan) == {
        1: "vm1 is stopped: h1 must take vm2 (3256 MiB RAM, 584 free), "
        "and vm1's target h2 is full until vm2 leaves"
    }


def test_a_detour_that_nobody_needs_is_called_so(tiny):
    plan = moves("b: h2 -> h3", "b: h3 -> h2", "b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    first = detour_reasons(tiny, plan)[1]
    assert "nobody needs its room on h2, so it could have waited there" in first


def test_a_target_with_room_is_told():
    of = pool([host("h1"), host("h2"), host("h3")], [vm("a", 1)], "h1: a", "h2: a")
    sentence = detour_reasons(of, moves("a: h1 -> h3", "a: h3 -> h2"))[1]
    assert "a's target h2 has room, so it could have gone there" in sentence


def test_a_forbidden_direct_way_is_told():
    """From version 3 to 2 there is no direct way; through a host without a version there is."""
    of = pool([host("h1", version=3), host("h2", version=2), host("h3")], [vm("a")], "h1: a", "h2: a")
    plan = moves("a: h1 -> h3", "a: h3 -> h2")
    assert not replay(of, plan)
    assert "the rules forbid a to go straight to its target h2" in detour_reasons(of, plan)[1]


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


# --- reasons in results -----------------------------------------------------------------------------


def test_the_reason_of_a_plan_names_its_detours(tiny):
    assert solve(tiny).reason == (
        "proven that no plan costs less than 3; b steps aside to h3: h2 must take a (7 MiB RAM, 4 free), "
        "and b's target h1 is full until a leaves"
    )


def test_the_reason_of_an_impossible_pool_names_who_blocks_whom():
    reason = solve(deadlock()).reason
    assert reason.startswith("no plan exists: ")
    assert "vm1 can never leave h1: no other host can ever take it, its target h2 keeps vm2" in reason
    assert "(3256 MiB RAM, 584 free)" in reason


def test_who_can_never_move_and_who_blocks_it_is_data_too():
    of = pool([host("h1"), host("h2")], [vm("a", 9), vm("b", 9)], "h1: a, h2: b", "h1: b, h2: a")
    (first, second) = obstacles_of(Problem(of))
    assert (first.kind, first.vm, first.host, first.target) == ("stuck", "a", "h1", "h2")
    assert (first.blocked_by, first.what, first.need, first.free) == (("b",), "ram_mib", 9, 1)
    assert second.vm == "b"


def test_what_is_too_large_for_the_whole_pool_is_called_so():
    """A (8) swaps with s and t (3 each), which could each wait on h3, but not both: 5 are free in all."""
    hosts = [host("h1", 8), host("h2", 8), host("h3", 3)]
    vms = [vm("a", 8), vm("s", 3), vm("t", 3)]
    obstacle = obstacles_of(Problem(pool(hosts, vms, "h1: a, h2: s t", "h2: a, h1: s t")))[0]
    assert obstacle.text == (
        "a can never leave h1: no other host can ever take it, in flight it counts twice, "
        "and that is more than the whole pool has free (8 MiB RAM, 5 free)"
    )


def test_who_waits_in_a_ring_is_found(tiny):
    waits = ring(Problem(tiny))
    assert [(wait.vm, wait.for_vm) for wait in waits] == [(0, 1), (1, 0)]
    sentences = [obstacle.text for obstacle in obstacles_of(Problem(tiny))]
    assert sentences == [
        "a waits for room on h2 (7 MiB RAM, 4 free) until b leaves",
        "b waits for room on h1 (6 MiB RAM, 3 free) until a leaves",
    ]


# --- the whole explanation --------------------------------------------------------------------------


def test_roomy_hosts_and_components_are_told(tiny):
    of = told(tiny)
    assert (of.status, of.cost, of.bound) == ("optimal", 3, 3)
    assert [(move.vm, move.source, move.destination) for move in of.moves] == [
        ("a", "h1", "h2"),
        ("b", "h2", "h1"),
    ]
    assert of.roomy == ("h3",)
    (component,) = of.components
    assert (component.vms, component.fits_now) == (("a", "b"), 0)
    rooms = {tight.host: tight.room[0] for tight in component.hosts}
    assert [(room.resource, room.free, room.need, room.leaving) for room in rooms.values()] == [
        ("ram_mib", 3, 6, 7),
        ("ram_mib", 4, 7, 6),
    ]
    (detour,) = of.detours
    assert (detour.step, detour.vm, detour.source, detour.shelter) == (1, "b", "h2", "h3")
    assert (detour.waits_for, detour.makes_way_for.vm, detour.arrives) == ("a", "a", 3)
    assert of.unlock is None


def test_a_group_is_room_too():
    (component,) = told(rivals()).components
    assert {room.resource for tight in component.hosts for room in tight.room[:1]} == {
        "rules.anti_affinity[0]"
    }


def test_a_pool_that_is_done_needs_no_explanation():
    of = told(pool([host("h1")], [vm("a")], "h1: a", "h1: a"))
    assert (of.moves, of.components, of.detours, of.obstacles, of.unlock) == ((), (), (), (), None)
    assert "Can deadlock: no hosts wait for each other, so an order without detours exists." in explained(of)


def test_an_explanation_is_plain_json():
    for of in (told(deadlock()), told(making_way())):
        data = msgspec.json.encode(of)
        assert msgspec.json.decode(data, type=Explanation) == of
        assert msgspec.json.decode(data)["format"] == "vm-explanation/1"


def test_the_schema_names_every_field():
    schema = explanation_schema()
    fields = schema["$defs"]["Explanation"]["properties"]
    assert set(fields) == set(msgspec.json.decode(msgspec.json.encode(told(making_way()))))


# --- what would unlock it ---------------------------------------------------------------------------


def test_the_least_extra_room_is_found_and_less_does_not_do():
    (room,) = told(deadlock()).unlock.more_room
    assert (room.amount, room.resource, room.least_proven, room.cost) == (2672, "ram_mib", True, 2)
    assert solve(with_room(deadlock(), room.host, "ram_mib", 2672)).status is Status.OPTIMAL
    assert solve(with_room(deadlock(), room.host, "ram_mib", 2671)).status is Status.INFEASIBLE


def test_extra_room_is_counted_in_capacity():
    """Usable is twice the capacity: 6 more usable (8 + 8 of 10) are 3 more of capacity."""
    hosts = [host(name, 5, overcommit={"ram_mib": 2.0}) for name in ("h1", "h2")]
    of = pool(hosts, [vm("a", 8), vm("b", 8)], "h1: a, h2: b", "h1: b, h2: a")
    (room,) = told(of).unlock.more_room
    assert (room.amount, room.least_proven) == (3, True)


def test_each_resource_is_asked_for_room():
    """Vcpus alone block the swap; more RAM is of no use."""
    hosts = [host(name, capacity={"ram_mib": 100, "vcpus": 4}) for name in ("h1", "h2")]
    vms = [vm(name, demand={"ram_mib": 1, "vcpus": 3}) for name in ("a", "b")]
    found = told(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a")).unlock
    assert [(room.resource, room.amount) for room in found.more_room] == [("vcpus", 2)]
    assert found.complete


def test_a_vm_to_stop_is_confirmed_by_a_plan():
    found = told(deadlock()).unlock
    assert [(stop.vm, stop.host, stop.cost) for stop in found.stop] == [("vm1", "h1", 11), ("vm2", "h2", 11)]
    assert solve(with_offline(deadlock(), "vm1")).cost == 11


@settings(max_examples=10)
@given(knotted_pools())
def test_what_is_said_to_unlock_a_knot_unlocks_it(data):
    of = parsed(data)
    # Some knots with nearly enough room take long to prove impossible: those are left unsettled.
    found = told(of, time_limit_s=8.0).unlock
    event("a plan exists" if found is None else f"{len(found.more_room)} rooms, {len(found.stop)} stops")
    if found is None:
        return
    for room in found.more_room:
        assert solve(with_room(of, room.host, room.resource, room.amount)).plan is not None
        if room.least_proven:
            less = with_room(of, room.host, room.resource, room.amount - 1)
            assert solve(less).status is Status.INFEASIBLE
    for stop in found.stop:
        assert solve(with_offline(of, stop.vm)).plan is not None


def test_an_interrupt_while_unlocking_keeps_the_rest(monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["planner.explaining.explain"], "unlock", interrupted)
    of = told(deadlock())
    assert (of.interrupted, of.unlock, of.status) == (True, None, "infeasible")


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_limit_of_nothing_is_refused(tiny, seconds):
    with pytest.raises(PlannerError, match="time_limit_s"):
        explain(tiny.current, tiny.target, time_limit_s=seconds)


def test_where_room_is_of_no_use_a_stop_is():
    found = told(rivals()).unlock
    assert found.more_room == ()
    assert [stop.vm for stop in found.stop] == ["a", "b"]


def test_where_nothing_single_helps_that_is_said():
    found = told(two_deadlocks()).unlock
    assert (found.more_room, found.stop, found.complete) == ((), (), True)
    assert found.text.startswith("nothing single unlocks it")


def test_a_search_cut_short_says_so():
    found = told(two_deadlocks(), time_limit_s=1e-9)
    assert found.unlock is None or not found.unlock.complete


@pytest.mark.parametrize("make", [deadlock, rivals, two_deadlocks, making_way])
def test_people_read_all_of_it(make):
    of = told(make())
    text = "\n".join(explained(of))
    for part in (*of.detours, *of.obstacles):
        assert part.text in text
    if of.unlock is not None:
        assert of.unlock.text in text
        assert all(way.text in text for way in (*of.unlock.more_room, *of.unlock.stop))


def test_a_group_as_large_as_the_pool_is_named_so():
    """Where every host holds one of a group, no member can ever move, and the reason says why."""
    hosts = [Host(f"h{n}", {"ram_mib": 10}) for n in range(3)]
    vms = [VM(f"v{n}", {"ram_mib": 1}) for n in range(3)]
    group = [[vm.name for vm in vms]]
    current = PoolState(hosts, vms, {"v0": "h0", "v1": "h1", "v2": "h2"}, anti_affinity=group)
    result = plan(current, current.placed({"v0": "h1", "v1": "h2", "v2": "h0"}), workers=1)
    assert result.status == "infeasible"
    assert "the group is as large as the pool, 3 members for 3 places" in result.reason
