"""Architecture: a host runs its own guests, and those it is backward compatible with."""

from __future__ import annotations

import pytest

from models import ActionError, PoolError
from tests.builders import broken, broken_by, host, moves, pool, vm, with_host, with_vm

ARCHES = ("x86_64", "i386", "aarch64", "armv7l", "riscv64", "ppc64le")
RUNS = {("x86_64", "i386"), ("aarch64", "armv7l"), *((arch, arch) for arch in ARCHES)}


@pytest.mark.parametrize("there", ARCHES)
@pytest.mark.parametrize("guest", ARCHES)
def test_x86_64_runs_i386_and_aarch64_runs_armv7l_and_all_else_itself(there, guest):
    one = pool([host("h1", arch=guest), host("h2", arch=there)], [vm("a", arch=guest)], "h1: a", "h2: a")
    expected = [] if (there, guest) in RUNS else ["arch"]
    assert broken(one.current.refusals("a", "h2")) == expected
    assert broken_by(one, moves("a: h1 -> h2")) == [(1, rule) for rule in expected]
    assert broken(one.target.violations()) == expected


ASIDE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")


def test_the_only_shelter_must_run_the_guest(tiny):
    """The pool tiny with an i386 shelter: an x86_64 VM cannot step aside there, an i386 VM can."""
    foreign = with_host(tiny, "h3", arch="i386")
    assert broken_by(tiny, ASIDE) == []
    assert broken_by(foreign, ASIDE) == [(1, "arch")]
    assert broken_by(with_vm(foreign, "b", arch="i386"), ASIDE) == []


def test_a_target_of_a_foreign_architecture_is_an_error(tiny):
    with pytest.raises(PoolError, match=r"target.a: a on h2: arch x86_64 guest, host 'h2' is i386"):
        with_host(tiny, "h2", arch="i386").check()


def test_a_state_refuses_a_foreign_guest(tiny):
    with pytest.raises(ActionError, match=r"arch x86_64 guest, host 'h3' is aarch64"):
        with_host(tiny, "h3", arch="aarch64").current.migrate("a", "h3")


def test_a_foreign_guest_in_the_current_placement_is_a_warning():
    odd = pool([host("h1", arch="i386"), host("h2")], [vm("a")], "h1: a", "h2: a")
    odd.check()
    assert odd.warnings() == ["current placement: a on h1: arch x86_64 guest, host 'h1' is i386"]
