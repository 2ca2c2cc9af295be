"""Anti-affinity: no two VMs of a group on one host, ever, the one in flight counted on both."""

from __future__ import annotations

import pytest

from models import ActionError, PoolError, PoolState, Provision, Shutdown
from tests.builders import broken, broken_by, host, move, moves, pool, vm, where

HOSTS = [host("h1"), host("h2"), host("h3")]
VMS = [vm("a"), vm("b"), vm("c")]


def apart(current: str, target: str, *groups: str):
    """Give a pool with anti-affinity groups."""
    used = [it for it in VMS if it.name in {**where(current), **where(target)}]
    return pool(HOSTS, used, current, target, anti_affinity=[group.split() for group in groups])


def test_vms_of_a_group_move_past_each_other_on_other_hosts():
    assert broken_by(apart("h1: a, h2: b", "h3: a, h1: b", "a b"), moves("a: h1 -> h3", "b: h2 -> h1")) == []


def test_two_of_a_group_do_not_swap_directly():
    """The first arrives while the second is there still."""
    swap = apart("h1: a, h2: b", "h2: a, h1: b", "a b")
    swap.check()
    assert broken(swap.current.refusals("a", "h2")) == ["anti_affinity"]
    assert broken_by(swap, moves("a: h1 -> h2", "b: h2 -> h1")) == [(1, "anti_affinity")]


def test_two_of_a_group_swap_through_a_third_host():
    swap = apart("h1: a, h2: b", "h2: a, h1: b", "a b")
    assert broken_by(swap, moves("a: h1 -> h3", "b: h2 -> h1", "a: h3 -> h2")) == []


def test_a_vm_in_flight_counts_on_the_host_it_leaves():
    """One follows the other only once that has gone."""
    chain = apart("h1: a, h2: b", "h1: b, h3: a", "a b")
    assert broken_by(chain, moves("a: h1 -> h3", "b: h2 -> h1")) == []
    assert broken_by(chain, moves("b: h2 -> h1", "a: h1 -> h3")) == [(1, "anti_affinity")]


def test_other_groups_do_not_mind():
    assert broken_by(apart("h1: a, h2: b, h3: c", "h2: a b, h3: c", "a c", "b c"), moves("a: h1 -> h2")) == []


def test_a_vm_of_two_groups_is_refused_by_each():
    both = apart("h1: a, h2: b c", "h3: a, h2: b c", "a b", "a c")
    found = both.current.refusals("a", "h2")
    assert [(f.rule, f.resource, f.amount, f.limit) for f in found] == [
        ("anti_affinity", "rules.anti_affinity[0]", 2, 1),
        ("anti_affinity", "rules.anti_affinity[1]", 2, 1),
    ]


def test_a_vm_twice_in_a_group_counts_once():
    assert broken_by(apart("h1: a", "h2: a", "a a"), moves("a: h1 -> h2")) == []


def test_a_group_together_in_the_current_placement_is_a_warning():
    together = apart("h1: a b", "h1: a, h2: b", "a b")
    together.check()
    assert together.warnings() == [
        "current placement: h1 holds 2 of rules.anti_affinity[0] (a, b); 1 allowed (anti_affinity)"
    ]
    assert broken_by(together, moves("b: h1 -> h2")) == []


def test_a_third_of_a_group_does_not_join_two_that_are_together():
    three = apart("h1: a b, h2: c", "h1: c, h2: a, h3: b", "a b c")
    assert broken_by(three, moves("a: h1 -> h3", "c: h2 -> h1", "b: h1 -> h2", "a: h3 -> h2", "b: h2 -> h3"))[
        0
    ] == (
        2,
        "anti_affinity",
    )


def test_a_target_that_puts_two_together_is_an_error():
    with pytest.raises(PoolError, match=r"target: h2 .* 2 of rules.anti_affinity\[0\].* 1 allowed"):
        apart("h1: a, h2: b", "h2: a b", "a b").check()


def test_a_provision_and_a_shutdown_count():
    change = apart("h1: a", "h1: b", "a b")
    assert broken_by(change, [Shutdown("a", "h1"), Provision("b", "h1")]) == []
    assert broken_by(change, [Provision("b", "h1"), Shutdown("a", "h1")]) == [(1, "anti_affinity")]


def test_a_state_refuses_a_second_of_a_group():
    with pytest.raises(ActionError, match=r"h2 would hold 2 of .*\[0\], with a beside b; 1 allowed"):
        apart("h1: a, h2: b", "h1: a, h2: b", "a b").current.migrate("a", "h2")


def test_a_group_names_vms_of_the_pool():
    with pytest.raises(PoolError) as caught:
        PoolState(HOSTS, VMS, {}, anti_affinity=[["a"], ["b", "x"]])
    assert caught.value.errors == ("rules.anti_affinity[1][1]: 'x' is no VM of the pool",)


def test_a_group_larger_than_the_pool_has_no_target():
    four = pool(HOSTS[:2], VMS, "h1: a, h2: b c", "h1: a, h2: b c", anti_affinity=[["a", "b", "c"]])
    with pytest.raises(PoolError):
        four.check()
    assert broken_by(four, [move("c: h2 -> h1")])[0] == (1, "anti_affinity")
