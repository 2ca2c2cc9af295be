"""Accepts: nothing arrives on a cordoned host."""

from __future__ import annotations

import pytest

from models import ActionError, PoolError, Provision, Start, Stop
from tests.builders import broken, broken_by, host, moves, pool, vm, with_host, with_vm

ASIDE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
DRAIN = pool([host("h1", accepts=False), host("h2")], [vm("a"), vm("b")], "h1: a b", "h1: b, h2: a")


def test_vms_leave_a_cordoned_host_and_stay_on_it():
    DRAIN.check()
    assert broken_by(DRAIN, moves("a: h1 -> h2")) == []


def test_nothing_steps_aside_to_a_cordoned_host(tiny):
    cordoned = with_host(tiny, "h3", accepts=False)
    assert broken(cordoned.current.refusals("b", "h3")) == ["accepts"]
    assert broken_by(cordoned, ASIDE) == [(1, "accepts")]


def test_nothing_comes_back_to_a_cordoned_host():
    steps = moves("a: h1 -> h2", "b: h1 -> h2", "b: h2 -> h1")
    assert broken_by(DRAIN, steps) == [(3, "accepts")]


def test_nothing_is_provisioned_on_a_cordoned_host():
    fresh = pool([host("h1", accepts=False)], [vm("a")], "", "h1: a")
    assert broken_by(fresh, [Provision("a", "h1")]) == [(1, "accepts")]
    with pytest.raises(PoolError, match=r"target.a: a to h1: host 'h1' has accepts=false"):
        fresh.check()


def test_nothing_is_started_on_a_cordoned_host():
    stay = with_vm(DRAIN, "b", offline=True)
    assert broken_by(stay, [*moves("a: h1 -> h2"), Stop("b", "h1"), Start("b", "h1")]) == [(3, "accepts")]


def test_a_target_on_a_cordoned_host_is_an_error_for_who_gets_there(tiny):
    with pytest.raises(PoolError) as caught:
        with_host(tiny, "h2", accepts=False).check()
    assert caught.value.errors == ("target.a: a to h2: host 'h2' has accepts=false (cordoned)",)


def test_a_state_refuses_an_arrival_on_a_cordoned_host():
    with pytest.raises(ActionError, match=r"accepts=false"):
        DRAIN.current.migrate("a", "h2").migrate("a", "h1")
