"""Detours: a VM that takes none goes straight to its target."""

from __future__ import annotations

from tests.builders import broken, broken_by, host, moves, pool, vm, with_vm

ASIDE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")


def test_a_vm_without_detours_goes_to_its_target(tiny):
    straight = with_vm(tiny, "a", detours=False)
    straight.check()
    assert broken_by(straight, ASIDE) == []
    assert not straight.current.refusals("a", "h3", target="h3")


def test_a_vm_without_detours_takes_no_other_host(tiny):
    straight = with_vm(tiny, "b", detours=False)
    assert broken(straight.current.refusals("b", "h3", target="h1")) == ["detours"]
    assert broken_by(straight, ASIDE) == [(1, "detours")]


def test_the_other_vm_of_a_swap_takes_the_detour(tiny):
    """The boundary: a may not step aside, b may, and one of them is enough."""
    straight = with_vm(tiny, "a", detours=False)
    assert broken_by(straight, moves("a: h1 -> h3", "b: h2 -> h1", "a: h3 -> h2")) == [(1, "detours")]
    assert broken_by(straight, ASIDE) == []


def test_a_vm_at_home_without_detours_does_not_step_aside():
    home = pool([host("h1"), host("h2")], [vm("a", detours=False)], "h1: a", "h1: a")
    assert broken_by(home, moves("a: h1 -> h2", "a: h2 -> h1")) == [(1, "detours")]


def test_a_state_knows_no_target_and_lets_the_vm_go(tiny):
    assert with_vm(tiny, "a", detours=False).current.migrate("a", "h3").placement["a"] == "h3"
