"""Movable: a pinned VM is never migrated."""

from __future__ import annotations

import pytest

from models import ActionError, PoolError, Provision, Shutdown
from tests.builders import broken, broken_by, host, moves, pool, vm, with_vm

HOSTS = [host("h1"), host("h2")]


def test_a_pinned_vm_at_home_is_in_nobodys_way():
    stay = pool(HOSTS, [vm("a", movable=False), vm("b")], "h1: a b", "h1: a, h2: b")
    stay.check()
    assert broken_by(stay, moves("b: h1 -> h2")) == []


def test_a_pinned_vm_does_not_step_aside():
    stay = pool(HOSTS, [vm("a", movable=False)], "h1: a", "h1: a")
    assert broken(stay.current.refusals("a", "h2")) == ["movable"]
    assert broken_by(stay, moves("a: h1 -> h2", "a: h2 -> h1")) == [(1, "movable"), (2, "movable")]


def test_a_pinned_vm_with_another_target_is_an_error(tiny):
    with pytest.raises(PoolError) as caught:
        with_vm(tiny, "a", movable=False).check()
    assert caught.value.errors == ("target.a: a to h2: movable=false (pinned)",)


def test_a_pinned_vm_is_shut_down_and_provisioned_like_any_other():
    gone = pool(HOSTS, [vm("a", movable=False), vm("b", movable=False)], "h1: a", "h2: b")
    gone.check()
    assert broken_by(gone, [Shutdown("a", "h1"), Provision("b", "h2")]) == []


def test_a_state_refuses_to_migrate_a_pinned_vm(tiny):
    with pytest.raises(ActionError, match=r"movable=false"):
        with_vm(tiny, "a", movable=False).current.migrate("a", "h3")
