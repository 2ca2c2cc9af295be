"""Pool: what is wanted, what is wrong with it, what is merely odd."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given

from models import Filter, Host, Pool, PoolError, PoolState
from models.pool import unreachable
from tests.builders import host, pool, vm, with_host
from tests.counting import steps_of
from tests.strategies import parsed, planted_pools, random_pools

HOSTS = [host("h1"), host("h2")]


def errors(of: Pool) -> tuple[str, ...]:
    """Give every mistake of a pool."""
    with pytest.raises(PoolError) as caught:
        of.check()
    return caught.value.errors


def test_who_is_displaced_shut_down_and_provisioned_in_pool_order():
    vms = [vm(name) for name in "fedcba"]
    change = pool(HOSTS, vms, "h1: a b c d", "h1: a e f, h2: c b")
    assert change.displaced == ["c", "b"]
    assert change.shut_down == ["d"]
    assert change.provisioned == ["f", "e"]


def test_the_full_pool(full):
    full.check()
    assert full.displaced == ["db1", "db2", "legacy"]
    assert (full.shut_down, full.provisioned) == (["gone"], ["fresh"])
    assert full.warnings() == ["current placement: old2 holds 16 of 8 ram_mib (capacity)"]


def test_nothing_to_do_is_no_mistake():
    pool(HOSTS, [vm("a")], "h1: a", "h1: a").check()
    pool(HOSTS, [], "", "").check()
    pool([], [], "", "").check()


def test_target_and_current_are_over_the_same_hosts():
    one = PoolState(HOSTS, [vm("a")], {"a": "h1"})
    assert errors(Pool(one, PoolState(HOSTS[:1], [vm("a")], {"a": "h1"}))) == (
        "target: its hosts are not those of the current placement",
    )


def test_target_and_current_are_over_the_same_vms_and_rules():
    one = PoolState(HOSTS, [vm("a")], {"a": "h1"})
    two = PoolState(HOSTS, [vm("a", 2)], {"a": "h1"}, anti_affinity=[["a"]], offline_cost_factor=3)
    assert errors(Pool(one, two)) == (
        "target: its anti_affinity is not that of the current placement",
        "target: its offline_cost_factor is not that of the current placement",
        "target: vm 'a' is not the same as in the current placement",
    )


def test_a_placement_may_list_only_the_vms_it_has():
    gone = PoolState(HOSTS, [vm("a"), vm("b")], {"a": "h1", "b": "h1"})
    fresh = PoolState(HOSTS, [vm("a"), vm("c")], {"a": "h2", "c": "h1"})
    both = Pool(gone, fresh)
    both.check()
    assert [it.name for it in both.vms] == ["a", "b", "c"]
    assert (both.displaced, both.shut_down, both.provisioned) == (["a"], ["b"], ["c"])


def test_a_vm_in_neither_placement_is_a_mistake():
    assert errors(pool(HOSTS, [vm("a"), vm("b")], "h1: a", "h1: a")) == (
        "vms[1]: 'b' is in neither current nor target, one of them is required",
    )


def test_a_settled_vm_may_stay_where_nothing_arrives_any_more():
    pool([host("h1", accepts=False)], [vm("a", movable=False)], "h1: a", "h1: a").check()


def test_a_settled_vm_must_still_fit():
    """The target placement obeys capacity, whoever it is that is too much."""
    assert errors(pool([host("h1", 5)], [vm("a", 6)], "h1: a", "h1: a")) == (
        "target: h1 holds 6 of 5 ram_mib (capacity)",
    )


def test_a_vm_that_is_only_shut_down_may_break_what_it_likes():
    hosts = [host("h1", arch="i386"), host("h2")]
    vms = [vm("gone", 99, requires=("gpu",), movable=False), vm("a")]
    pool(hosts, vms, "h1: gone, h2: a", "h2: a").check()


def test_every_mistake_is_listed():
    vms = [vm("a", 6), vm("b", 6), vm("c", arch="i386"), vm("d", movable=False)]
    hosts = [host("h1"), host("h2"), host("h3", arch="aarch64"), host("h4", accepts=False)]
    wrong = pool(hosts, vms, "h1: a d, h2: b, h4: c", "h2: a b, h3: c, h4: d")
    found = "\n".join(errors(wrong))
    for words in (
        "target.c: c on h3: arch i386",
        "target.d: d to h4: host 'h4' has accepts=false",
        "target.d: d to h4: movable=false",
        "target: h2 holds 12 of 10 ram_mib",
    ):
        assert words in found


def test_a_pool_error_survives_pickling(tiny):
    with pytest.raises(PoolError) as caught:
        with_host(tiny, "h2", accepts=False).check()
    back = pickle.loads(pickle.dumps(caught.value))
    assert (type(back), back.errors, str(back)) == (PoolError, caught.value.errors, str(caught.value))


@given(planted_pools())
def test_a_planted_pool_has_no_mistakes(planted):
    of = parsed(planted.pool)
    here, there = planted.pool["current"], planted.pool["target"]
    assert set(of.displaced) == {name for name in here if name in there and here[name] != there[name]}
    assert set(of.shut_down) == here.keys() - there.keys()
    assert set(of.provisioned) == there.keys() - here.keys()


@given(random_pools())
def test_a_pool_survives_pickling(made):
    of = parsed(made)
    assert pickle.loads(pickle.dumps(of)) == of


class NextDoor(Filter):
    """A VM migrates to the next host, by name, and to no other."""

    name = "next_door"

    def refuses_move(self, vm, source, host, target):
        return "too far" if source is not None and int(host.name[1]) - int(source.name[1]) > 1 else None


def test_a_target_that_no_single_migration_leads_to_may_be_had_by_way_of_another_host():
    hosts = [host("h1"), host("h2"), host("h3")]
    pool(hosts, [vm("a")], "h1: a", "h3: a", rules=[NextDoor()]).check()


def test_such_a_target_is_a_mistake_where_the_vm_takes_no_detours():
    hosts = [host("h1"), host("h2"), host("h3")]
    with pytest.raises(PoolError, match=r"target\.a: a to h3: too far"):
        pool(hosts, [vm("a", detours=False)], "h1: a", "h3: a", rules=[NextDoor()]).check()


@pytest.mark.parametrize("field", ["reserved", "overcommit"])
def test_what_is_kept_of_a_resource_that_no_host_has_is_a_warning(field):
    hosts = [Host("h1", {"ram_mib": 4}), Host("h2", {"ram_mib": 4}, **{field: {"ram": 2}})]
    state = PoolState(hosts, [], {})
    Pool(state, state).check()
    assert Pool(state, state).warnings() == [
        f"hosts[1].{field}.ram: 2, but no host has any 'ram'; their capacity names 'ram_mib'"
    ]


@pytest.mark.parametrize("field", ["reserved", "overcommit"])
def test_what_is_kept_of_a_resource_that_only_others_have_is_a_warning(field):
    hosts = [Host("h1", {"ram_mib": 4, "gpus": 1}), Host("h2", {"ram_mib": 4}, **{field: {"gpus": 2}})]
    state = PoolState(hosts, [], {})
    Pool(state, state).check()
    assert Pool(state, state).warnings() == [
        f"hosts[1].{field}.gpus: 2, but its capacity names no 'gpus': it has 0 of it"
    ]


def test_to_keep_nothing_of_what_nobody_has_is_fine():
    state = PoolState([Host("h1", {}, reserved={"gpus": 0}, overcommit={"gpus": 1.0})], [], {})
    Pool(state, state).check()
    assert Pool(state, state).warnings() == []


def test_a_target_that_nobody_reaches_is_seen_at_a_glance_however_many_hosts_there_are():
    """Of 300 hosts half are newer, and nobody comes back from one of these: there is one of each to ask."""
    hosts = [host(f"h{n}", version=n % 2) for n in range(300)]
    ledger = pool(hosts, [vm("a")], "h1: a", "h0: a").ledger({})
    ledger.one_of_each("h1", "h0")
    told: list[str] = []
    assert steps_of(lambda: told.extend(unreachable(ledger, "a", "h1", "h0"))) < 3 * len(hosts)
    assert told == ["a to h0: version 0 of host 'h0' is below 1 of 'h1'"]
