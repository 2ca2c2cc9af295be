"""The replay: every violation of a plan, action by action."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Plan, Provision, Replay, Shutdown, Start, Stop, replay
from models.plan_file import PlanFile
from models.reading import parse_plan, parse_pool, plan_bytes
from tests import slow_replay
from tests.builders import action_of, broken_by, host, move, moves, pool, vm
from tests.conftest import FULL
from tests.models.mutations import mutated
from tests.seed_cases import SOLVABLE
from tests.strategies import encoded, knotted_pools, parsed, planted_pools, random_pools

SWAP = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
FULL_PLAN = [
    Shutdown("gone", "old1"),
    *moves("legacy: old1 -> new1", "db2: old2 -> new1", "db1: old1 -> new2"),
    Provision("fresh", "old1"),
]


def test_a_good_plan_breaks_nothing(tiny, full):
    assert replay(tiny, SWAP) == []
    assert replay(tiny, Plan.of(tiny, SWAP)) == []
    assert replay(full, FULL_PLAN) == []


def test_the_empty_plan_is_good_where_nothing_is_to_be_done(tiny):
    home = pool(tiny.hosts, tiny.vms, "h1: a, h2: b", "h1: a, h2: b")
    assert replay(home, []) == []


def test_a_dropped_action_leaves_a_vm_away_from_its_target(tiny):
    (found,) = replay(tiny, SWAP[:2])
    assert (found.step, found.rule, found.vm, found.host) == (0, "end", "b", "h1")
    assert str(found) == "end: b is on h3, its target is h1"


def test_two_swapped_actions_are_judged_where_they_stand(tiny):
    assert broken_by(tiny, [SWAP[1], SWAP[0], SWAP[2]]) == [(1, "capacity")]


def test_an_action_twice_cannot_be_carried_out_again(tiny):
    found = replay(tiny, [SWAP[0], *SWAP])
    assert [(f.step, f.rule) for f in found] == [(2, "position")]
    assert str(found[0]) == "action 2: migrate b: h2 -> h3: b is on h3"


def test_a_migration_from_elsewhere_cannot_be_carried_out(tiny):
    assert broken_by(tiny, [move("b: h1 -> h3")])[0] == (1, "position")


def test_a_migration_to_where_the_vm_is_cannot_be_carried_out(tiny):
    found = replay(tiny, [move("a: h1 -> h1"), *SWAP])
    assert [str(f) for f in found] == ["action 1: migrate a: h1 -> h1: it is there already"]


def test_unknown_names_are_told_apart(tiny):
    assert broken_by(tiny, [move("x: h1 -> h2"), *SWAP]) == [(1, "unknown_vm")]
    assert broken_by(tiny, [move("a: h1 -> h9"), *SWAP]) == [(1, "unknown_host")]
    assert broken_by(tiny, [move("a: h9 -> h1"), *SWAP]) == [(1, "unknown_host")]


def test_a_vm_that_the_target_keeps_is_not_shut_down(tiny):
    assert broken_by(tiny, [Shutdown("a", "h1")])[0] == (1, "shutdown")


def test_a_vm_that_is_to_be_shut_down_and_is_not_is_named(full):
    found = replay(full, FULL_PLAN[1:])
    assert ("end", "gone") in [(f.rule, f.vm) for f in found]


def test_a_vm_is_provisioned_on_its_target_once():
    fresh = pool([host("h1"), host("h2")], [vm("a")], "", "h1: a")
    assert broken_by(fresh, [Provision("a", "h1")]) == []
    assert broken_by(fresh, [Provision("a", "h2"), move("a: h2 -> h1")]) == [(1, "provision")]
    assert broken_by(fresh, [Provision("a", "h1"), Provision("a", "h1")]) == [(2, "position")]


def test_a_broken_rule_does_not_stop_the_replay(tiny):
    assert broken_by(tiny, moves("a: h1 -> h2", "b: h2 -> h1")) == [(1, "capacity")]


def test_one_action_may_break_several_rules():
    bad = pool([host("h1"), host("h2", 0, accepts=False)], [vm("a", movable=False)], "h1: a", "h1: a")
    assert broken_by(bad, moves("a: h1 -> h2"))[:3] == [(1, "accepts"), (1, "movable"), (1, "capacity")]


def test_a_replay_goes_step_by_step(tiny):
    run = Replay(tiny)
    assert run.act(SWAP[1])[0].rule == "capacity"
    assert run.placement == {"a": "h2", "b": "h2"}
    assert run.act(SWAP[0]) == []
    assert run.act(SWAP[2]) == []
    run.finish()
    assert len(run.violations) == 1
    assert tiny.current.placement == {"a": "h1", "b": "h2"}


@pytest.mark.parametrize("case", SOLVABLE, ids=lambda case: case.name)
def test_the_empty_plan_of_a_case_leaves_every_displaced_vm_where_it_is(case):
    at = case.pool()
    assert len(replay(at, [])) == len(at.displaced) + len(at.shut_down) + len(at.provisioned)


def order(fault):
    """Sort faults; those without a resource first."""
    return tuple(str(part) for part in fault)


def agree(data, actions):
    """Hold the replay against the slow one; give the faults."""
    slow = slow_replay.judge(data, actions)
    fast = replay(parsed(data), list(map(action_of, actions)))
    told = [(f.step, f.rule, f.vm, None if f.rule == "unknown_vm" else f.host, f.resource) for f in fast]
    assert sorted(told, key=order) == sorted(map(tuple, slow), key=order)
    return slow


@given(planted_pools())
def test_a_walk_is_a_safe_plan_to_both_replays(planted):
    assert agree(planted.pool, planted.walk) == []


@given(st.data(), planted_pools())
def test_a_mutated_plan_is_judged_alike_by_both_replays(data, planted):
    agree(planted.pool, mutated(data.draw, planted.pool, planted.walk))


@given(st.data(), st.one_of(random_pools(), knotted_pools()))
def test_any_plan_is_judged_alike_by_both_replays(data, made):
    agree(made, mutated(data.draw, made, []))


@given(planted_pools())
def test_a_plan_without_a_shutdown_a_start_or_a_provision_is_never_complete(planted):
    for gap, action in enumerate(planted.walk):
        if action["action"] in ("shutdown", "start", "provision"):
            faults = agree(planted.pool, planted.walk[:gap] + planted.walk[gap + 1 :])
            assert (0, "end", action["vm"]) in [fault[:3] for fault in faults] or faults[0].rule == "position"


@given(planted_pools())
def test_a_walk_survives_the_plan_file(planted):
    of = parsed(planted.pool)
    plan = Plan.of(of, map(action_of, planted.walk))
    file = parse_plan(plan_bytes(PlanFile(status="feasible", cost=plan.cost, actions=plan.entries())))
    assert file.steps() == plan.actions
    assert replay(of, file.steps()) == []


def test_the_full_pool_uses_every_field_of_the_format():
    used = {key for part in (FULL["hosts"], FULL["vms"]) for entry in part for key in entry}
    fields = {"name", "arch", "capacity", "demand", "reserved", "overcommit", "traits", "requires", "version"}
    assert used == fields | {"accepts", "movable", "detours", "cost", "labels", "offline"}
    assert set(FULL["rules"]) == {"anti_affinity", "offline_cost_factor"}


FULL_WALK = [
    {"action": "shutdown", "vm": "gone", "host": "old1"},
    {"action": "migrate", "vm": "legacy", "from": "old1", "to": "new1"},
    {"action": "migrate", "vm": "db2", "from": "old2", "to": "new1"},
    {"action": "migrate", "vm": "db1", "from": "old1", "to": "new2"},
    {"action": "provision", "vm": "fresh", "host": "old1"},
]
BROKEN = {
    "capacity": ([0, 1, 2, 3, 4], lambda p: p["hosts"][2]["capacity"].update(ram_mib=29), [(3, "capacity")]),
    "vcpus": ([0, 1, 2, 3, 4], lambda p: p["hosts"][2]["capacity"].update(vcpus=5), [(3, "capacity")]),
    "reserved": ([0, 1, 2, 3, 4], lambda p: p["hosts"][3].update(reserved={"ram_mib": 5}), [(4, "capacity")]),
    "overcommit": (
        [0, 1, 2, 3, 4],
        lambda p: p["hosts"][3].update(overcommit={"vcpus": 0.49}),
        [(4, "capacity")],
    ),
    "arch": ([0, 1, 2, 3, 4], lambda p: p["vms"][2].update(arch="armv7l"), [(2, "arch")]),
    "traits": ([0, 1, 2, 3, 4], lambda p: p["hosts"][3].update(traits=[]), [(4, "traits")]),
    "accepts": ([0, 1, 2, 3, 4], lambda p: p["hosts"][3].update(accepts=False), [(4, "accepts")]),
    "movable": ([0, 1, 2, 3, 4], lambda p: p["vms"][2].update(movable=False), [(2, "movable")]),
    "version": ([0, 1, 2, 3, 4], lambda p: p["hosts"][3].update(version=6), [(4, "version")]),
    "anti_affinity": (
        [0, 1, 2, 3, 4],
        lambda p: p["rules"].update(anti_affinity=[["legacy", "db2"]]),
        [(3, "anti_affinity")],
    ),
    "two swapped": (
        [4, 1, 2, 3, 0],
        lambda p: p["hosts"][0]["capacity"].update(ram_mib=34),
        [(1, "capacity")],
    ),
    "one dropped": ([0, 1, 2, 4], lambda p: p["vms"][7].update(demand={}), [(0, "end")]),
}


@pytest.mark.parametrize(("chosen", "change", "faults"), BROKEN.values(), ids=BROKEN)
def test_a_plan_that_breaks_one_rule_is_reported_as_exactly_that(full_file, chosen, change, faults):
    change(full_file)
    walk = [FULL_WALK[number] for number in chosen]
    assert [(fault.step, fault.rule) for fault in slow_replay.judge(full_file, walk)] == faults
    assert broken_by(parse_pool(encoded(full_file)), map(action_of, walk)) == faults


def test_a_detour_of_a_vm_that_takes_none_is_reported_as_exactly_that(full):
    detour = [
        *FULL_PLAN[:2],
        *moves("db2: old2 -> new2", "db2: new2 -> new1", "db1: old1 -> new2"),
        FULL_PLAN[-1],
    ]
    assert broken_by(full, detour) == [(3, "detours")]


def test_a_stop_of_a_vm_that_may_not_is_reported_as_exactly_that(full):
    plan = [*FULL_PLAN[:1], Stop("legacy", "old1"), Start("legacy", "new1"), *FULL_PLAN[2:]]
    assert broken_by(full, plan) == [(2, "offline")]
