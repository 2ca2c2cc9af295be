"""Version: hypervisor upgrades are one-way."""

from __future__ import annotations

import pytest

from models import ActionError, PoolError, Provision, Start, Stop
from tests.builders import broken, broken_by, host, moves, pool, vm, with_host, with_vm

ASIDE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        (7, 7, True),
        (7, 8, True),
        (8, 7, False),
        (None, 7, True),
        (8, None, True),
        (0, -1, False),
        (None, None, True),
    ],
)
def test_a_vm_never_migrates_to_a_lower_version(old, new, fine):
    one = pool([host("h1", version=old), host("h2", version=new)], [vm("a")], "h1: a", "h2: a")
    expected = [] if fine else ["version"]
    assert broken(one.current.refusals("a", "h2")) == expected
    assert broken_by(one, moves("a: h1 -> h2")) == [(1, rule) for rule in expected]


def test_the_way_back_from_a_shelter_must_not_lead_down(tiny):
    """The pool tiny with a newer shelter: who steps aside there cannot come home. With one as old, it can."""
    for version, wrong in ((7, []), (8, [(3, "version")])):
        old = with_host(with_host(with_host(tiny, "h1", version=7), "h2", version=7), "h3", version=version)
        assert broken_by(old, ASIDE) == wrong


def test_a_target_that_is_older_is_an_error(tiny):
    with pytest.raises(PoolError) as caught:
        with_host(with_host(with_host(tiny, "h1", version=8), "h2", version=7), "h3", version=8).check()
    assert caught.value.errors == ("target.a: a to h2: version 7 of host 'h2' is below 8 of 'h1'",)


def test_an_older_target_may_be_reached_through_a_host_without_a_version(tiny):
    """Versions are compared only where both hosts have one: h1 (8) -> h3 (none) -> h2 (7)."""
    odd = with_host(with_host(tiny, "h1", version=8), "h2", version=7)
    odd = with_host(odd, "h3", version=None)
    way = pool(odd.hosts, [vm("a", 7)], "h1: a", "h2: a")
    way_round = moves("a: h1 -> h3", "a: h3 -> h2")
    assert broken_by(way, way_round) == []
    way.check()


def test_a_vm_without_detours_cannot_go_round():
    hosts = [host("h1", version=8), host("h2", version=7), host("h3")]
    with pytest.raises(PoolError, match=r"version 7 of host 'h2' is below 8"):
        pool(hosts, [vm("a", detours=False)], "h1: a", "h2: a").check()


def test_a_provision_and_a_start_come_from_nowhere():
    hosts = [host("h1", version=8), host("h2", version=7)]
    down = with_vm(pool(hosts, [vm("a"), vm("b")], "h1: a", "h2: a b"), "a", offline=True)
    down.check()
    assert broken_by(down, [Stop("a", "h1"), Start("a", "h2"), Provision("b", "h2")]) == []


def test_a_state_refuses_a_lower_version(tiny):
    with pytest.raises(ActionError, match=r"version 7 of host 'h3' is below 8 of 'h1'"):
        with_host(with_host(tiny, "h1", version=8), "h3", version=7).current.migrate("a", "h3")
