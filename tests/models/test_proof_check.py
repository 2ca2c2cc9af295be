"""The verifier: lets no false proof through, and none of a stranger's tricks with a true one."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models import Conflict, Proof, flaw_of, proof_check
from models.errors import ProofError
from models.proof_check import MOST_DISPLACED, Verifier
from models.reading import read_proof
from tests.builders import host, pool, vm, with_vm
from tests.oracle import TooManyStates, optimum
from tests.planner.small_pools import deadlock, making_way, rivals
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

POOLS = st.one_of(
    planted_pools(max_hosts=4, max_vms=6).map(lambda it: it.pool), random_pools(), knotted_pools()
)
OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))


def swap():
    """A (7) and b (6) swap h1 and h2 of 10 each, h3 is empty: 3 moves, of which 2 are mandatory."""
    hosts = [host("h1"), host("h2"), host("h3")]
    return pool(hosts, [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")


TRUE = Proof(claim="bound", by="conflicts", bound=3, conflicts=(Conflict(("a", "b")),))


def test_a_conflict_of_a_swap_adds_the_detour():
    assert flaw_of(swap(), TRUE) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"bound": 4}, "it proves 3, and claims 4", id="a bound above what is proven"),
        pytest.param({"bound": None}, "no bound", id="no bound at all"),
        pytest.param({"conflicts": ()}, "it proves 2", id="the conflict left out"),
        pytest.param(
            {"conflicts": (Conflict(("a",)),)}, "in this order: a", id="a VM of the conflict left out"
        ),
        pytest.param({"conflicts": (Conflict(("a", "a")),)}, "named twice", id="a VM named twice"),
        pytest.param({"conflicts": (Conflict(("a", "x")),)}, "'x' is not in both", id="an unknown VM"),
        pytest.param({"conflicts": (Conflict(("a", "b"), "3/2"),)}, "weigh 3/2", id="more than the excess"),
        pytest.param({"conflicts": 2 * (Conflict(("a", "b")),)}, "weigh 2", id="a conflict counted twice"),
        pytest.param({"claim": "impossible"}, "it names no conflict", id="a claim that it does not make"),
        pytest.param({"by": "stuck"}, "proves nothing of the kind", id="another kind of proof"),
        pytest.param({"by": "none"}, "nothing stands behind it", id="no proof"),
    ],
)
def test_a_changed_proof_is_rejected(change, why):
    assert why in flaw_of(swap(), replace(TRUE, **change))


def test_two_halves_of_one_conflict_are_the_conflict():
    halves = 2 * (Conflict(("a", "b"), "1/2"),)
    assert flaw_of(swap(), replace(TRUE, conflicts=halves)) is None


def test_the_bound_is_rounded_up():
    assert flaw_of(swap(), replace(TRUE, conflicts=(Conflict(("a", "b"), "1/12"),))) is None


def test_a_conflict_stays_one_only_while_it_lacks_room():
    roomy = pool([host("h1", 13), host("h2"), host("h3")], swap().vms, "h1: a, h2: b", "h1: b, h2: a")
    assert "in this order: b, a" in flaw_of(roomy, TRUE)


def test_who_may_not_step_aside_is_never_out_of_the_way():
    """Settled (3) is pinned: it counts though the conflict does not name it."""
    pinned = with_vm(making_way(), "settled", movable=False)
    conflict = replace(TRUE, bound=3)
    assert flaw_of(pinned, conflict) is None
    assert "in this order" in flaw_of(making_way(), conflict)


def test_a_group_makes_a_conflict_without_lack_of_room():
    apart = rivals()
    third = pool(
        [*apart.hosts, host("h3")], apart.vms, "h1: a, h2: b", "h1: b, h2: a", anti_affinity=[("a", "b")]
    )
    assert flaw_of(third, TRUE) is None


def test_a_conflict_of_too_many_displaced_vms_is_not_looked_at():
    many = MOST_DISPLACED + 1
    vms = [vm(f"v{number}") for number in range(many)]
    here, there = ({it.name: name for it in vms} for name in ("h1", "h2"))
    crowd = pool([host("h1", many), host("h2", many)], vms, here, there)
    proof = Proof(claim="bound", by="conflicts", bound=many, conflicts=(Conflict(tuple(here)),))
    assert f"at most {MOST_DISPLACED}" in flaw_of(crowd, proof)


def test_a_deadlock_is_a_stuck_set():
    both = Proof(claim="impossible", by="stuck", stuck=("vm1", "vm2"))
    assert flaw_of(deadlock(), both) is None
    assert "a could go to h2" in flaw_of(swap(), replace(both, stuck=("a",)))
    assert "may be stopped" in flaw_of(with_vm(deadlock(), "vm1", offline=True), both)


def test_who_fills_a_target_for_ever_makes_a_pool_impossible():
    """Full (6) is pinned on h2 of 10, where a (5) shall go."""
    vms = [vm("a", 5), vm("full", 6, movable=False)]
    of = pool([host("h1"), host("h2"), host("h3")], vms, "h1: a, h2: full", "h1: a, h2: full")
    shut = dataclasses.replace(of, target=of.current.placed({"a": "h2", "full": "h2"}))
    assert flaw_of(shut, Proof(claim="impossible", by="stuck", stuck=("full",))) is None
    assert "might still get home" in flaw_of(of, Proof(claim="impossible", by="stuck", stuck=("full",)))


def test_a_vm_larger_than_all_free_room_is_stuck_wherever_it_would_fit_alone():
    """Two hosts of 8 hold 7 each: h2 could take a were it alone there, but in flight a counts twice."""
    vms = [vm("a", 7), vm("b", 7)]
    tight = pool([host("h1", 8), host("h2", 8)], vms, "h1: a, h2: b", "h1: b, h2: a")
    assert flaw_of(tight, Proof(claim="impossible", by="stuck", stuck=("a",))) is None


def test_a_conflict_of_those_who_may_not_step_aside_makes_a_pool_impossible():
    proof = Proof(claim="impossible", by="conflicts", conflict=("a", "b"))
    straight = with_vm(with_vm(swap(), "a", detours=False), "b", detours=False)
    assert flaw_of(straight, proof) is None
    assert "b may step aside" in flaw_of(with_vm(swap(), "a", detours=False), proof)


def test_looking_at_every_placement_finds_the_plan_that_is_cheaper():
    by_looking = Proof(claim="bound", by="exhaustive", bound=3)
    assert flaw_of(swap(), by_looking) is None
    assert flaw_of(swap(), replace(by_looking, bound=4)) == "there is a plan of cost 3"
    assert flaw_of(swap(), Proof(claim="impossible", by="exhaustive")) == "there is a plan of cost 3"
    assert flaw_of(rivals(), Proof(claim="impossible", by="exhaustive")) is None


@given(POOLS, OBJECTIVES, st.data())
def test_no_false_bound_passes(data, objective, drawn):
    """Any sets of VMs with any weights: what the verifier lets pass never exceeds the optimum."""
    of = parsed(data)
    verifier = Verifier(of, objective)
    names = sorted(verifier.src)
    if not names:
        return
    sets = drawn.draw(st.lists(st.sets(st.sampled_from(names), min_size=1, max_size=6), max_size=3))
    found = [tuple(sorted(some)) for some in sets]
    weight = drawn.draw(st.sampled_from(("1/2", "1", "2")))
    conflicts = tuple(Conflict(vms, weight) for vms in found if verifier.conflict_flaw(vms) is None)
    try:
        best = optimum(data, objective, limit=4_000)
    except TooManyStates:
        return
    for bound in () if best is None else (best.cost + 1, best.cost + 2):
        assert verifier.flaw(
            Proof(claim="bound", by="conflicts", objective=objective, bound=bound, conflicts=conflicts)
        )


@given(POOLS, st.data())
def test_no_false_impossibility_passes(data, drawn):
    """Any sets of VMs: what passes as stuck, as a conflict without a way out, or as searched has no plan."""
    of = parsed(data)
    names = sorted(Verifier(of).src)
    if not names:
        return
    some = tuple(sorted(drawn.draw(st.sets(st.sampled_from(names), min_size=1))))
    bound = drawn.draw(st.none() | st.integers(0, 3))
    claims = (
        Proof(claim="impossible", by="stuck", stuck=some, bound=bound),
        Proof(claim="impossible", by="conflicts", conflict=some, bound=bound),
        Proof(claim="impossible", by="exhaustive", bound=bound),
    )
    # The oracle first: what it gives up on need not be searched by the proof either.
    try:
        best = optimum(data, "moves", limit=4_000)
    except TooManyStates:
        return
    if best is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        # To have looked at too many is no proof either, and soon told.
        patch.setattr(proof_check, "MOST_PLACEMENTS", 10_000)
        assert all(flaw_of(of, claim) for claim in claims)


@pytest.mark.parametrize("bound", [0, 3, 4])
def test_who_claims_that_there_is_no_plan_claims_no_bound(bound):
    """With one, the search would end before it has looked at the plan of three."""
    forged = Proof(claim="impossible", by="exhaustive", bound=bound)
    assert flaw_of(swap(), forged) == "it claims a bound where there is no plan"


def test_a_key_that_stands_twice_in_a_proof_is_named(tmp_path):
    at = tmp_path / "proof.json"
    at.write_text('{"format": "vm-proof/1", "claim": "bound", "by": "stuck", "claim": "impossible"}')
    with pytest.raises(ProofError, match="claim: given twice in one object"):
        read_proof(at)
