"""Offline: as a last resort a VM is stopped on one host and started on another."""

from __future__ import annotations

import pytest

from models import PoolError, PoolState, Provision, Shutdown, Start, Stop, replay
from tests.builders import broken_by, host, moves, pool, vm, with_vm

FULL = pool(
    [host("h1", 7), host("h2", 7)], [vm("a", 7, offline=True), vm("b", 7)], "h1: a, h2: b", "h2: a, h1: b"
)
PAIR = [Stop("a", "h1"), *moves("b: h2 -> h1"), Start("a", "h2")]


def test_a_stopped_vm_takes_no_room():
    FULL.check()
    assert broken_by(FULL, PAIR) == []


def test_a_vm_that_is_not_offline_may_not_be_stopped():
    assert broken_by(with_vm(FULL, "a", offline=False), PAIR) == [(1, "offline")]


def test_a_start_needs_room():
    assert broken_by(FULL, [Stop("a", "h1"), Start("a", "h2"), *moves("b: h2 -> h1")]) == [(2, "capacity")]


def test_a_stopped_vm_may_be_started_where_it_was():
    assert broken_by(FULL, [Stop("a", "h1"), Start("a", "h1")])[0][1] == "end"


def test_only_a_stopped_vm_is_started():
    assert broken_by(FULL, [Start("a", "h2"), *PAIR]) == [(1, "position")]
    assert broken_by(FULL, [*PAIR, Start("a", "h2")]) == [(4, "position")]


def test_a_stopped_vm_neither_migrates_nor_is_provisioned_nor_shut_down():
    for action in (*moves("a: h1 -> h2"), Provision("a", "h2"), Shutdown("a", "h1"), Stop("a", "h1")):
        assert (2, "position") in broken_by(FULL, [Stop("a", "h1"), action])


def test_a_vm_that_stays_off_is_not_at_its_target():
    found = replay(FULL, PAIR[:2])
    assert [(f.step, f.rule, f.text) for f in found] == [(0, "end", "end: a is off, its target is h2")]


def test_a_start_minds_arch_traits_and_groups_but_not_where_it_comes_from():
    hosts = [host("h1", version=8), host("h2", version=7, arch="i386")]
    one = pool(
        hosts, [vm("a", offline=True, requires=("gpu",), movable=False, detours=False)], "h1: a", "h1: a"
    )
    assert broken_by(one, [Stop("a", "h1"), Start("a", "h2")])[:2] == [(2, "arch"), (2, "traits")]


def test_with_offline_a_pinned_vm_has_a_way_to_its_target(tiny):
    with_vm(with_vm(tiny, "a", movable=False), "a", offline=True).check()


def test_with_offline_an_older_target_is_within_reach():
    hosts = [host("h1", version=8), host("h2", version=7)]
    pool(hosts, [vm("a", offline=True)], "h1: a", "h2: a").check()
    with pytest.raises(PoolError):
        pool(hosts, [vm("a")], "h1: a", "h2: a").check()


@pytest.mark.parametrize("factor", [-1, 1.5, True, "10", None, 2**53, 10**5000], ids=range(7))
def test_the_price_of_a_stop_is_an_integer_that_a_file_holds(factor):
    with pytest.raises(
        PoolError, match=r"rules.offline_cost_factor: .*, must be an integer from 0 to 2\^53 - 1"
    ):
        PoolState([host("h1")], [], {}, offline_cost_factor=factor)
