"""Capacity: on no host do the demands exceed what is usable of any resource."""

from __future__ import annotations

import pytest

from models import VM, ActionError, Host, PoolError, Provision, Shutdown
from tests.builders import broken, broken_by, host, move, moves, pool, vm

WIDE = pool([host("h1"), host("h2")], [vm("a", 7)], "h1: a", "h2: a")


def swap(aside: int):
    """Two VMs of 7 and 6 change places on hosts of 10; a third host has some room."""
    return pool(
        [host("h1"), host("h2"), host("h3", aside)], [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a"
    )


ASIDE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")


def test_a_host_with_room_takes_a_vm():
    assert not WIDE.current.refusals("a", "h2")
    assert broken_by(WIDE, moves("a: h1 -> h2")) == []


def test_a_host_one_short_takes_none():
    """VM b (6) does not fit on h3 (5): by this rule alone."""
    assert broken(swap(5).current.refusals("b", "h3")) == ["capacity"]
    assert broken_by(swap(5), ASIDE) == [(1, "capacity")]


def test_a_host_with_just_enough_room_takes_a_vm():
    assert not swap(6).current.refusals("b", "h3")
    assert broken_by(swap(6), ASIDE) == []


def test_a_refusal_says_what_it_would_come_to_and_what_is_allowed():
    (found,) = swap(5).current.refusals("b", "h3")
    assert (found.vm, found.host, found.resource, found.amount, found.limit) == ("b", "h3", "ram_mib", 6, 5)
    assert "h3" in found.text
    assert "5 ram_mib" in found.text


def test_capacity_counts_a_vm_on_both_hosts_in_flight():
    """Two VMs that fill their hosts cannot swap, though each fits where the other was."""
    full = pool([host("h1", 7), host("h2", 7)], [vm("a", 7), vm("b", 7)], "h1: a, h2: b", "h1: b, h2: a")
    assert broken_by(full, moves("a: h1 -> h2", "b: h2 -> h1")) == [(1, "capacity")]


def test_two_vms_swap_where_there_is_room_for_both():
    wide = pool([host("h1", 13), host("h2", 14)], [vm("a", 7), vm("b", 7)], "h1: a, h2: b", "h1: b, h2: a")
    assert broken_by(wide, moves("a: h1 -> h2", "b: h2 -> h1")) == []
    assert broken_by(wide, moves("b: h2 -> h1", "a: h1 -> h2")) == [(1, "capacity")]


def test_each_resource_counts_for_itself():
    vms = [VM("a", {"ram_mib": 1, "vcpus": 3, "gpus": 1}), VM("b", {"ram_mib": 9, "vcpus": 2})]
    hosts = [Host("h1", {"ram_mib": 10, "vcpus": 5, "gpus": 1}), Host("h2", {"ram_mib": 10, "vcpus": 4})]
    two = pool(hosts, vms, "h1: a, h2: b", "h1: a b")
    found = two.current.refusals("a", "h2")
    assert [(f.resource, f.amount, f.limit) for f in found] == [("vcpus", 5, 4), ("gpus", 1, 0)]
    assert not two.current.refusals("b", "h1")


def test_a_vm_that_takes_nothing_of_a_full_resource_fits():
    vms = [VM("a", {"ram_mib": 1, "vcpus": 0}), VM("b", {"vcpus": 2})]
    hosts = [host("h1"), Host("h2", {"ram_mib": 1, "vcpus": 2})]
    assert not pool(hosts, vms, "h1: a, h2: b", "h2: a b").current.refusals("a", "h2")


@pytest.mark.parametrize(("reserved", "fits"), [(3, True), (4, False)])
def test_what_is_reserved_is_no_room(reserved, fits):
    one = pool([host("h1"), host("h2", reserved={"ram_mib": reserved})], [vm("a", 7)], "h1: a", "h1: a")
    assert (not one.current.refusals("a", "h2")) == fits


@pytest.mark.parametrize(("ratio", "fits"), [(0.7, True), (0.69, False)])
def test_overcommit_scales_the_room(ratio, fits):
    one = pool([host("h1"), host("h2", overcommit={"ram_mib": ratio})], [vm("a", 7)], "h1: a", "h1: a")
    assert (not one.current.refusals("a", "h2")) == fits


@pytest.mark.parametrize(("ram_mib", "wrong"), [(3, []), (4, [(1, "capacity")])])
def test_a_provision_needs_room(ram_mib, wrong):
    fresh = pool([host("h1")], [vm("a", 7), vm("b", ram_mib)], "h1: a", "h1: a")
    fresh = pool(fresh.hosts, fresh.vms, "h1: a", {"a": "h1", "b": "h1"})
    assert broken_by(fresh, [Provision("b", "h1")]) == wrong


def test_a_shutdown_makes_room():
    gone = pool([host("h1"), host("h2", 7)], [vm("a", 7), vm("b", 7)], "h1: a, h2: b", "h2: a")
    assert broken_by(gone, [Shutdown("b", "h2"), move("a: h1 -> h2")]) == []
    assert broken_by(gone, [move("a: h1 -> h2"), Shutdown("b", "h2")]) == [(1, "capacity")]


OVERLOADED = pool(
    [host("h1"), host("h2", 20)], [vm("a", 7), vm("b", 6), vm("c", 1)], "h1: a b, h2: c", "h1: a c, h2: b"
)


def test_an_overloaded_host_is_a_warning_and_no_error():
    OVERLOADED.check()
    assert OVERLOADED.warnings() == ["current placement: h1 holds 13 of 10 ram_mib (capacity)"]
    assert broken(OVERLOADED.current.violations()) == ["capacity"]


def test_an_overloaded_host_only_sheds_until_there_is_room():
    assert broken_by(OVERLOADED, moves("b: h2 -> h1")) != []
    assert broken_by(OVERLOADED, moves("c: h2 -> h1", "b: h1 -> h2")) == [(1, "capacity")]
    assert broken_by(OVERLOADED, moves("b: h1 -> h2", "c: h2 -> h1")) == []


@pytest.mark.parametrize(("ram_mib", "good"), [(13, True), (12, False)])
def test_the_target_must_fit(ram_mib, good):
    both = pool([host("h1"), host("h2", ram_mib)], [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h2: a b")
    if good:
        both.check()
    else:
        with pytest.raises(PoolError, match=r"target: h2 holds 13 of 12 ram_mib"):
            both.check()


def test_a_state_refuses_an_arrival_that_does_not_fit():
    with pytest.raises(ActionError, match=r"h3 has 5 ram_mib free of 5, b takes 6"):
        swap(5).current.migrate("b", "h3")
    assert swap(6).current.migrate("b", "h3").placement["b"] == "h3"
