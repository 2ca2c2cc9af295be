"""Traits: a VM runs only where the host has all it requires."""

from __future__ import annotations

import pytest

from models import PoolError, Provision
from tests.builders import broken, broken_by, host, moves, pool, vm, with_host, with_vm

ASIDE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")


@pytest.mark.parametrize(
    ("requires", "traits", "lacking"),
    [
        ((), (), ""),
        ((), ("gpu",), ""),
        (("gpu",), ("gpu",), ""),
        (("gpu",), ("avx2", "gpu"), ""),
        (("gpu",), (), "gpu"),
        (("gpu",), ("GPU",), "gpu"),
        (("gpu", "avx2"), ("gpu",), "avx2"),
        (("b", "a"), (), "a, b"),
        (("gpu", "gpu"), ("gpu",), ""),
    ],
)
def test_requires_is_a_subset_of_traits(requires, traits, lacking):
    one = pool(
        [host("h1", traits=requires), host("h2", traits=traits)],
        [vm("a", requires=requires)],
        "h1: a",
        "h2: a",
    )
    assert broken_by(one, moves("a: h1 -> h2")) == ([(1, "traits")] if lacking else [])
    for found in one.current.refusals("a", "h2"):
        assert found.text == f"a on h2: requires {lacking}, which host 'h2' lacks"


def test_the_only_shelter_must_have_what_is_required(tiny):
    needy = with_vm(tiny, "b", requires=("gpu",))
    for name in ("h1", "h2"):
        needy = with_host(needy, name, traits=("gpu",))
    assert broken(needy.current.refusals("b", "h3")) == ["traits"]
    assert broken_by(needy, ASIDE) == [(1, "traits")]
    assert broken_by(with_host(needy, "h3", traits=("gpu", "ssd")), ASIDE) == []


def test_a_target_that_lacks_a_trait_is_an_error(tiny):
    with pytest.raises(PoolError, match=r"target.b: b on h1: requires gpu, which host 'h1' lacks"):
        with_host(with_vm(tiny, "b", requires=("gpu",)), "h2", traits=("gpu",)).check()


def test_a_trait_that_nobody_has_is_an_error_of_the_vm(tiny):
    with pytest.raises(PoolError) as caught:
        with_vm(tiny, "b", requires=("gqu",)).check()
    assert caught.value.errors[0] == "vms[1].requires: 'b' requires 'gqu', which no host has"


def test_a_provision_needs_the_traits_too():
    fresh = pool([host("h1")], [vm("a", requires=("gpu",))], "", "h1: a")
    assert broken_by(fresh, [Provision("a", "h1")]) == [(1, "traits")]


def test_a_vm_that_lost_its_trait_is_a_warning():
    odd = pool([host("h1"), host("h2", traits=("gpu",))], [vm("a", requires=("gpu",))], "h1: a", "h2: a")
    odd.check()
    assert len(odd.warnings()) == 1
