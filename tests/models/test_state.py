"""PoolState: a placement, what it breaks, and what is done to it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given

from models import (
    ActionError,
    Plan,
    PlannerError,
    PoolError,
    PoolState,
    Proof,
    WrongKindError,
    flaw_of,
    replay,
)
from tests.builders import broken, host, vm
from tests.strategies import loads, parsed, planted_pools

HOSTS = [host("h1"), host("h2", 8), host("h3", 0)]
VMS = [vm("a", 7), vm("b", 6), vm("c", 1)]


def state(**placement: str) -> PoolState:
    """Give a placement of the three VMs."""
    return PoolState(HOSTS, VMS, placement)


def test_load_and_free_add_up_to_what_is_usable():
    both = state(a="h1", c="h1")
    assert both.load("h1") == {"ram_mib": 8}
    assert both.free("h1") == {"ram_mib": 2}
    assert both.free("h2") == {"ram_mib": 8}


def test_free_is_negative_where_a_host_is_overloaded():
    assert state(a="h1", b="h1").free("h1") == {"ram_mib": -3}


def test_resources_are_those_that_some_vm_names_in_order_of_mention():
    vms = [vm("a", demand={"vcpus": 1}), vm("b", demand={"ram_mib": 1, "vcpus": 2})]
    assert PoolState(HOSTS, vms, {}).resources == ("vcpus", "ram_mib")


def test_violations_are_what_the_placement_breaks():
    assert state(a="h1", b="h2").violations() == []
    (found,) = state(a="h1", b="h1").violations()
    assert (found.rule, found.host, found.resource, found.amount, found.limit) == (
        "capacity",
        "h1",
        "ram_mib",
        13,
        10,
    )
    assert broken(state(c="h3").violations()) == ["capacity"]


def test_migrate_gives_a_new_state_and_leaves_the_old_one():
    before = state(a="h1")
    after = before.migrate("a", "h2")
    assert (before.placement, after.placement) == ({"a": "h1"}, {"a": "h2"})
    assert (before.load("h1"), after.load("h1")) == ({"ram_mib": 7}, {"ram_mib": 0})


@pytest.mark.parametrize(
    ("vm_name", "host_name", "why"),
    [
        ("a", "h1", "a is on h1 already"),
        ("b", "h1", "b is off, only a running VM migrates"),
        ("x", "h1", "'x' is no VM of the pool"),
        ("a", "h9", "'h9' is no host of the pool"),
        ("a", "h3", "h3 has 0 ram_mib free of 0, a takes 7 (capacity)"),
    ],
)
def test_what_cannot_be_migrated_is_an_action_error(vm_name, host_name, why):
    with pytest.raises(ActionError) as caught:
        state(a="h1").migrate(vm_name, host_name)
    assert str(caught.value) == why
    assert isinstance(caught.value, PlannerError)


def test_shutdown_frees_the_room():
    assert state(a="h1", b="h2").shutdown("a").provision("c", "h1").placement == {"b": "h2", "c": "h1"}


@pytest.mark.parametrize(("name", "why"), [("a", "a is off already"), ("x", "'x' is no VM of the pool")])
def test_what_is_off_cannot_be_shut_down(name, why):
    with pytest.raises(ActionError, match=rf"^{why}$"):
        state(b="h2").shutdown(name)


@pytest.mark.parametrize(
    ("name", "host_name", "why"),
    [
        ("a", "h2", "a is on h1 already"),
        ("x", "h2", "'x' is no VM of the pool"),
        ("b", "x", "'x' is no host of the pool"),
        ("b", "h1", "h1 has 3 ram_mib free of 10, b takes 6 (capacity)"),
    ],
)
def test_what_cannot_be_provisioned_is_an_action_error(name, host_name, why):
    with pytest.raises(ActionError) as caught:
        state(a="h1").provision(name, host_name)
    assert str(caught.value) == why


def test_refusals_lists_every_rule_that_an_arrival_breaks():
    hosts = [host("h1", version=8), host("h2", 5, version=7, accepts=False, arch="i386")]
    vms = [vm("a", 7, requires=("gpu",), movable=False, detours=False), vm("b")]
    full = PoolState(hosts, vms, {"a": "h1", "b": "h2"}, anti_affinity=[["a", "b"]])
    rules = ["arch", "traits", "accepts", "movable", "detours", "version", "capacity", "anti_affinity"]
    assert broken(full.refusals("a", "h2", "h1")) == rules
    assert broken(full.refusals("a", "h2", "h2")) == [rule for rule in rules if rule != "detours"]


def test_names_are_asked_for():
    here = state(a="h1", c="h1", b="h2")
    assert [it.name for it in here.running_on("h1")] == ["a", "c"]
    assert here.host("h2").name == "h2"
    assert here.vm("b").ram_mib == 6
    assert (here.has_host("h1"), here.has_host("a"), here.has_vm("a"), here.has_vm("h1")) == (True, False) * 2
    with pytest.raises(KeyError):
        here.host("a")


def test_every_wrong_name_is_listed():
    with pytest.raises(PoolError) as caught:
        PoolState([*HOSTS, host("h1")], [*VMS, vm("a")], {"a": "h9", "x": "h1"})
    assert caught.value.errors == (
        "hosts[3].name: 'h1' is there twice, names are unique",
        "vms[3].name: 'a' is there twice, names are unique",
        "placement.a: 'h9' is no host of the pool",
        "placement.x: 'x' is no VM of the pool",
    )


def test_placed_checks_the_names():
    with pytest.raises(PoolError, match=r"placement.a: 'h9' is no host"):
        state().placed({"a": "h9"})


def test_states_are_equal_when_hosts_vms_placement_and_rules_are():
    assert state(a="h1", b="h2") == state(b="h2", a="h1")
    assert state(a="h1") != state(a="h2")
    assert state() != PoolState(HOSTS, VMS, {}, offline_cost_factor=9)
    assert state() != PoolState(HOSTS, VMS, {}, anti_affinity=[["a"]])
    assert state() != PoolState(HOSTS[:2], VMS, {})
    assert state() != "state"


def test_a_placement_cannot_be_changed_in_place():
    here, given_placement = state(a="h1"), {"a": "h1"}
    with pytest.raises(TypeError):
        here.placement["a"] = "h2"
    kept = PoolState(HOSTS, VMS, given_placement)
    given_placement["a"] = "h2"
    assert kept.placement == {"a": "h1"}


def test_a_state_survives_pickling():
    here = state(a="h1", b="h2")
    here.load("h1")
    there = pickle.loads(pickle.dumps(here))
    assert there == here
    assert there.load("h1") == {"ram_mib": 7}


def test_repr_says_how_large_it_is():
    assert repr(state(a="h1")) == "PoolState(3 hosts, 1 of 3 VMs running)"


@given(planted_pools())
def test_the_states_along_a_walk_count_as_a_sum_over_all_vms_does(planted):
    pool = parsed(planted.pool)
    here = pool.current
    for action in planted.walk:
        match action["action"]:
            case "migrate":
                here = here.migrate(action["vm"], action["to"])
            case "shutdown" | "stop":
                here = here.shutdown(action["vm"])
            case "provision" | "start":
                here = here.provision(action["vm"], action["host"])
    assert here == pool.target
    for entry in planted.pool["hosts"]:
        expected = loads(planted.pool["vms"], dict(here.placement), entry["name"])
        assert here.load(entry["name"]) == expected


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("h1", [], {}), r"hosts\[0\]: 'h', must be a Host"),
        ((HOSTS, [VMS[0], "b"], {}), r"vms\[1\]: 'b', must be a VM"),
    ],
    ids=range(2),
)
def test_hosts_and_vms_are_such(parts, words):
    with pytest.raises(WrongKindError, match=words):
        PoolState(*parts)


def test_a_timing_is_one():
    with pytest.raises(WrongKindError, match=r"timing: .*, must be a Timing"):
        PoolState(HOSTS, VMS, {}, timing={"rate_mbps": 1})


@pytest.mark.parametrize("groups", ["abc", ["abc"], ("a", "b")], ids=range(3))
def test_a_group_is_a_list_and_no_word(groups):
    """Its letters would be taken for VMs, and one VM alone is kept apart from nobody."""
    with pytest.raises(WrongKindError, match=r"rules.anti_affinity\[0\]: 'a.*, must be a list of names"):
        PoolState(HOSTS, VMS, {}, anti_affinity=groups)


@pytest.mark.parametrize("given", [None, "ab", [("a", "h1")], 3], ids=range(4))
def test_a_placement_is_a_mapping(tiny, given):
    here = tiny.current
    for call in (
        lambda: PoolState(here.hosts, here.vms, given),
        lambda: here.placed(given),
    ):
        with pytest.raises(WrongKindError, match=r"^placement: .*, must be a Mapping"):
            call()


def test_a_host_that_is_no_name_is_named(tiny):
    with pytest.raises(PoolError, match=r"^placement\.a: \['h1'\] is no host of the pool"):
        tiny.current.placed({"a": ["h1"]})


@pytest.mark.parametrize("name", ["hosts", "vms", "rules", "anti_affinity"])
def test_what_are_several_come_as_a_list(name):
    told = {"hosts": (), "vms": (), "placement": {}, name: 3}
    with pytest.raises(WrongKindError, match=rf"{name}: 3, must be an Iterable"):
        PoolState(**told)


def test_a_group_is_a_list(tiny):
    with pytest.raises(WrongKindError, match=r"^rules\.anti_affinity\[0\]: 3, must be a list of names"):
        tiny.current.changed(anti_affinity=[3])


@pytest.mark.parametrize("given", [None, "pool.json", {}], ids=range(3))
def test_who_judges_is_given_a_pool_and_what_there_is_to_judge(tiny, given):
    proof = Proof(claim="bound", by="mandatory", objective="moves", bound=2)
    calls = {
        "pool: .*, must be a Pool": [
            lambda: replay(given, ()),
            lambda: Plan.of(given, ()),
            lambda: flaw_of(given, proof),
        ],
        "proof: .*, must be a Proof": [lambda: flaw_of(tiny, given)],
    }
    if not isinstance(given, dict):
        calls["plan: .*, must be a Plan, or a list of actions"] = [
            lambda: replay(tiny, given),
            lambda: Plan.of(tiny, given),
        ]
    for words, several in calls.items():
        for call in several:
            with pytest.raises(WrongKindError, match=rf"^{words}"):
                call()
