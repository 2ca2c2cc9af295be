"""Proofs that no plan exists: claimed where they hold, and never of a pool that has a plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import SqueakyWheel
from heuristics.spare import SpareArrays
from models.problem import Problem
from planner import Status
from planner.search.reachability import blocked, too_large_to_move, total_spare
from planner.verdict.impossible import why_impossible
from tests.builders import action_of, host, pool, vm, with_host, with_vm
from tests.oracle import TooManyStates, optimum
from tests.planner.small_pools import deadlock, making_way, rivals, two_deadlocks
from tests.planner.solving import solve
from tests.strategies import RULES, knotted_pools, parsed, planted_pools, random_pools


@given(planted_pools())
def test_no_planted_pool_is_called_impossible(planted):
    """A legal walk leads to its target, so no proof that there is none can be right."""
    assert blocked(Problem(parsed(planted.pool))) is None


@given(planted_pools(RULES, max_hosts=8, max_vms=30, max_slack=2, max_walk=200))
def test_no_larger_planted_pool_is_called_impossible(planted):
    """The same of up to 30 VMs on 8 tight hosts."""
    assert blocked(Problem(parsed(planted.pool))) is None


@given(st.one_of(random_pools(), knotted_pools()))
def test_a_claim_is_confirmed_by_exhaustive_search(data):
    """Where the relaxation sees an obstacle, no plan is among all placements."""
    if blocked(Problem(parsed(data))) is None:
        return
    try:
        assert optimum(data, "moves", limit=4_000) is None
    except TooManyStates:
        return


@given(planted_pools(RULES - {"offline", "shutdowns"}))
def test_what_the_pool_has_free_never_grows_on_the_way(planted):
    """A host that is overloaded at first counts as full; after any migrations there is no more free."""
    of = parsed(planted.pool)
    problem = Problem(of)
    spare, state = total_spare(problem), of.current
    if spare is None or not problem.num_vms:
        return
    for action in map(action_of, planted.walk):
        if not hasattr(action, "source"):
            return
        state = state.migrate(action.vm, action.destination)
        for number, resource in enumerate(problem.resources):
            free = sum(max(state.free(it.name).get(resource, 0), 0) for it in of.hosts)
            assert free <= spare[number]


def claimed(of):
    """Give the proof of a pool, in words, confirmed by planning it."""
    problem = Problem(of)
    found = blocked(problem)
    assert found is not None
    assert solve(of, time_limit_s=20.0).status is Status.INFEASIBLE
    return found, why_impossible(problem, found)


def test_two_full_hosts_that_swap_are_a_deadlock():
    """Neither VM fits beside the other, and there is nowhere else."""
    found, why = claimed(deadlock())
    assert found.stuck == [0, 1]
    assert found.fixed == {0: [0], 1: [1]}
    assert "vm1" in why
    assert "h2" in why


def test_two_deadlocks_are_both_named():
    """The fixpoint does not end at the first obstacle."""
    assert claimed(two_deadlocks())[0].stuck == [0, 1, 2, 3]


def test_rivals_on_the_only_two_hosts_are_a_deadlock():
    """Room does not help two that may never meet."""
    assert claimed(rivals())[0].stuck == [0, 1]


def crowded(free):
    """Rotate a large VM of 8 between full hosts that have so much free in all, one each."""
    hosts = [host(f"h{number}", 20) for number in range(4)]
    vms = [vm("big", 8), vm("large", 8)]
    here = {"big": "h0", "large": "h1"}
    there = {"big": "h1", "large": "h0"}
    for number in range(4):
        left = 20 - (8 if number < 2 else 0) - (free // 4 + (number < free % 4))
        for small in range(left):
            name = f"s{number}_{small}"
            vms.append(vm(name))
            here[name] = there[name] = f"h{number}"
    return pool(hosts, vms, here, there)


@pytest.mark.parametrize(("free", "impossible"), [(6, True), (7, True), (8, False), (9, False)])
def test_a_vm_larger_than_all_that_is_free_can_never_move(free, impossible):
    """By volume: in flight it counts twice, and all others count somewhere. At 8 it just may."""
    problem = Problem(crowded(free))
    assert (too_large_to_move(problem, 0, total_spare(problem)) == 0) == impossible
    assert (blocked(problem) is not None) == impossible


def test_volume_is_counted_per_resource():
    """RAM there is plenty of; it is the vCPUs that nobody has enough of."""
    hosts = [host(name, capacity={"ram_mib": 99, "vcpus": 4}) for name in ("h1", "h2", "h3")]
    vms = [vm(name, demand={"ram_mib": 1, "vcpus": 3}) for name in "abc"]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h1: c")
    assert total_spare(Problem(of)) == [294, 3]
    assert claimed(of)[0].stuck == [0, 1, 2]


def test_volume_counts_an_overloaded_host_as_full():
    """h1 holds 12 of 10: it has not -2 free but nothing, and what leaves it frees no more than it takes."""
    of = pool(
        [host("h1"), host("h2", 13)], [vm("a", 6), vm("b", 6), vm("c", 7)], "h1: a b, h2: c", "h1: a, h2: b c"
    )
    assert total_spare(Problem(of)) == [6]
    assert blocked(Problem(of)) is None
    assert solve(of).cost == 1


def test_where_a_vm_may_be_stopped_volume_proves_nothing():
    """What is free can grow."""
    assert total_spare(Problem(with_vm(deadlock(), "vm1", offline=True))) is None
    assert blocked(Problem(with_vm(deadlock(), "vm1", offline=True))) is None


def ring(num_hosts, members):
    """Rotate the members of a group, one on each of the first hosts; room there is plenty of."""
    hosts = [host(f"h{number}", 99) for number in range(num_hosts)]
    vms = [vm(f"v{number}") for number in range(members)]
    here = {f"v{number}": f"h{number}" for number in range(members)}
    there = {f"v{number}": f"h{(number + 1) % members}" for number in range(members)}
    return pool(hosts, vms, here, there, anti_affinity=[list(here)])


def test_a_group_as_large_as_the_pool_can_never_move():
    """Each host has one of them, and none takes a second."""
    assert claimed(ring(4, 4))[0].stuck == [0, 1, 2, 3]


def test_with_one_host_more_the_group_moves():
    """One steps aside to it: the ring turns with one detour."""
    assert blocked(Problem(ring(5, 4))) is None
    assert solve(ring(5, 4)).cost == 5


def test_room_that_nobody_ever_leaves_shuts_a_vm_out():
    """B and a swap, b may go to h3, but a (7) has no room on h2 beside the pinned one: bad for ever.

    The target of a is h2, where b (6) is and shall leave for h1, which a must leave first; a fits nowhere
    else, and b, which takes no detours, cannot come.
    """
    hosts = [host("h1"), host("h2"), host("h3", 6)]
    vms = [vm("a", 7), vm("b", 6, detours=False)]
    found, why = claimed(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"))
    assert found.stuck == [0, 1]
    assert "a can never leave h1" in why


def test_a_shelter_that_would_take_one_of_them_ends_the_proof(tiny):
    """Tiny has a plan, and so has the pool where a settled VM makes way first."""
    assert blocked(Problem(tiny)) is None
    assert blocked(Problem(making_way())) is None


@pytest.mark.parametrize(
    "shut",
    [{"accepts": False}, {"arch": "i386"}, {"capacity": {"ram_mib": 5}}],
    ids=lambda it: next(iter(it)),
)
def test_a_shelter_that_no_rule_lets_them_enter_is_none(tiny, shut):
    """The filters are asked as well as the room."""
    assert claimed(with_host(tiny, "h3", **shut))[0].stuck == [0, 1]


def test_pinned_vms_never_make_room():
    """Where the settled one is pinned, nobody can wait on h1's or h3's room."""
    assert claimed(with_vm(making_way(), "settled", movable=False))[0].stuck == [0, 1]


def test_the_proof_is_looked_for_as_soon_as_one_path_finder_fails(monkeypatch):
    """The wheel is not turned in vain where aspiers has found nothing and nothing can be found."""
    asked = []
    monkeypatch.setattr(SqueakyWheel, "find", lambda *_: asked.append(1))
    result = solve(deadlock())
    assert (result.status, asked) == (Status.INFEASIBLE, [])


def test_hosts_are_looked_at_for_few_vms_where_one_has_room_for_the_others(monkeypatch):
    """A look takes as long as there are hosts: where thousands are, one for each VM takes seconds."""
    looks = []
    has_room = SpareArrays.hosts_with_room
    monkeypatch.setattr(SpareArrays, "hosts_with_room", lambda *it: looks.append(it) or has_room(*it))
    names = [f"h{number}" for number in range(20)]
    here = {f"v{number}": name for number, name in enumerate(names)}
    there = {f"v{number}": name for number, name in enumerate(names, -1)} | {"v19": "h0"}
    there = {name: there[name] for name in here}
    of = pool([*map(host, names), host("empty")], [vm(name, 8) for name in here], here, there)
    assert blocked(Problem(of)) is None
    assert len(looks) <= 1
