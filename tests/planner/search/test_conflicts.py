"""Conflicts in the search: they raise the bound of what the limbo model leaves open, and never too far."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline
from models import Migration, replay
from models.problem import Problem
from planner.cp.solve import Effort
from planner.search import quick_walks as compiled_walks
from planner.search.conflicts import find_conflicts, limbo_by_conflicts
from planner.search.detour_bound import (
    ask_small_components,
    each_limbo,
    has_large_components,
    has_small_components,
    has_small_components_unasked,
    raise_bound_by_conflicts,
)
from planner.search.incumbent import Incumbent
from planner.search.kernel import kernel
from planner.search.limbo import Limbo
from planner.search.parameters import DEFAULT, ConflictSearch
from planner.search.quick_walks import quick_walks
from planner.search.stage import Search
from planner.search.straight import ask
from planner.search.straight_walk import StraightWalk
from planner.search.straight_ways import StraightWays
from tests.builders import host, pool, vm
from tests.planner.small_pools import making_way, swaps, tight
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT_S = 60.0
"""Far more than any of these takes."""

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))


def few_whole(by):
    """How far a question may go where components are taken for as large as one or the other stage wants."""
    return replace(
        DEFAULT.conflicts, most_whole=0 if by is raise_bound_by_conflicts else 1_000, most_here=1_000
    )


def searched(of, by):
    problem = Problem(of)
    parameters = replace(DEFAULT, conflicts=few_whole(by))
    search = Search(Incumbent(problem, Deadline(LIMIT_S)), Effort(1, 0), parameters)
    by(search, search.incumbent.deadline)
    return search.incumbent


BOTH = pytest.mark.parametrize("by", [ask_small_components, raise_bound_by_conflicts])
"""Of whole components, and of few hosts at a time."""


@BOTH
def test_conflicts_raise_the_bound_where_no_limbo_is_known(by):
    assert searched(swaps(2), by).bound == 4 + 2


@BOTH
def test_a_settled_vm_that_makes_way_pays_for_two_migrations(by):
    assert searched(making_way(), by).bound == 2 + 1, "a or b steps aside, which is cheaper than settled"


def is_a_plan(of, moves) -> bool:
    """Whether migrations are a plan in which each VM goes straight."""
    source, target, names = of.current.placement, of.target.placement, [vm.name for vm in of.vms]
    steps = [Migration(names[vm], source[names[vm]], target[names[vm]]) for vm, _ in moves]
    return replay(of, steps) == []


def test_all_who_can_go_straight_are_a_plan():
    of = tight(4, 0.8, seed=2)
    incumbent = searched(of, ask_small_components)
    assert incumbent.cost == incumbent.bound == len(Problem(of).displaced) == 11
    assert is_a_plan(of, incumbent.moves)


def side_by_side(first, second):
    """Two pools as one, and a VM that goes from the one to the other wherever there is room for it."""
    hosts, vms, here, there = [], [], {}, {}
    for mark, of in (("1", first), ("2", second)):
        hosts += [host(mark + it.name, capacity=it.capacity) for it in of.hosts]
        vms += [vm(mark + it.name, demand=it.demand) for it in of.vms]
        here |= {mark + name: mark + at for name, at in of.current.placement.items()}
        there |= {mark + name: mark + at for name, at in of.target.placement.items()}
    load = dict.fromkeys((it.name for it in hosts), 0)
    for it in vms:
        for at in (here[it.name], there[it.name]):
            load[at] = load[at] + it.demand["ram_mib"]
    roomiest = {mark: min((at for at in load if at[0] == mark), key=lambda at: load[at]) for mark in "12"}
    return pool(hosts, [*vms, vm("x")], here | {"x": roomiest["1"]}, there | {"x": roomiest["2"]})


@BOTH
@pytest.mark.parametrize("limit_s", [LIMIT_S, 0.0, 0.002, 0.02])
def test_an_order_of_a_ring_of_hosts_is_no_plan(by, limit_s):
    problem = Problem(tight(60, 0.9))
    for component in kernel(problem).components:
        asked = limbo_by_conflicts(StraightWays(problem, few_whole(by)), component, Deadline(limit_s))
        assert set(asked.order) in (set(), set(component.moving))


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from((0.6, 0.7, 0.8)), st.integers(3, 6))
def test_whatever_is_put_together_is_a_plan(one, other, load, hosts):
    of = side_by_side(tight(hosts, load, one), tight(hosts, load, other))
    incumbent = searched(of, ask_small_components)
    event(f"{len(incumbent.relaxation.kernel.components)} components, a plan: {incumbent.moves is not None}")
    if incumbent.moves is not None:
        assert is_a_plan(of, incumbent.moves)
        assert incumbent.cost == len(Problem(of).displaced)


def test_the_better_of_limbo_and_conflicts_is_kept():
    problem = Problem(swaps(2))
    incumbent = Incumbent(problem, Deadline(LIMIT_S))
    search = Search(incumbent, Effort(1, 0))
    first, second = incumbent.relaxation.kernel.components
    incumbent.relaxation.take(first, Limbo(1, True))
    incumbent.relaxation.take(second, Limbo(0, False))
    assert has_small_components(search)
    assert not has_large_components(search)
    ask_small_components(search, incumbent.deadline)
    assert incumbent.relaxation.limbo_of[first] == Limbo(1, True)
    assert incumbent.relaxation.limbo_of[second].extra == 1
    assert incumbent.bound == 4 + 2


def test_they_are_asked_about_once_more_when_compiled_code_has_come(monkeypatch):
    problem = Problem(tight(8, 0.95))
    limits = replace(DEFAULT.conflicts, most_here=0, few_states=1)
    search = Search(Incumbent(problem, Deadline(LIMIT_S)), Effort(1, 0), replace(DEFAULT, conflicts=limits))
    monkeypatch.setattr(compiled_walks, "is_kept", lambda _: False)
    ask_small_components(search, search.incumbent.deadline)
    assert not has_small_components_unasked(search)
    monkeypatch.setattr(compiled_walks, "is_kept", lambda _: True)
    assert has_small_components_unasked(search)
    ask_small_components(search, search.incumbent.deadline)
    assert not has_small_components_unasked(search)
    assert not has_small_components(search), "all is known now"


@BOTH
def test_vms_that_may_not_step_aside_make_it_impossible(by):
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("a", 6, detours=False), vm("b", 6, detours=False)]
    incumbent = searched(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"), by)
    assert incumbent.impossible is not None


@given(st.one_of(planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool), knotted_pools()), OBJECTIVES)
def test_conflicts_never_exceed_the_limbo_of_a_component(data, objective):
    problem, few = Problem(parsed(data), objective), replace(DEFAULT.conflicts, most_whole=0)
    components = kernel(problem).components
    for component, limbo in each_limbo(problem, components, Deadline(LIMIT_S), Effort(1, 0)):
        assert limbo.exact
        asked = limbo_by_conflicts(StraightWays(problem), component, Deadline(LIMIT_S))
        assert asked.limbo.exact
        assert asked.limbo.extra == limbo.extra
        found = limbo_by_conflicts(StraightWays(problem, few), component, Deadline(LIMIT_S)).limbo
        if limbo.extra is not None:
            assert found.extra is not None
            assert found.extra <= limbo.extra
            event("as good" if found.extra == limbo.extra else "less")


def test_a_question_ends_when_the_time_is_up():
    problem = Problem(tight(12, 0.95))
    ways = StraightWays(problem)
    assert ask(ways, problem.displaced, over=lambda: True).possible is None
    assert find_conflicts(problem, kernel(problem).components, Deadline(0.0)).found == ()


def can_go(ways: StraightWays, order: Sequence[int], gone: int) -> bool:
    """Whether a VM can go next where those before it have gone, beside nobody but those who must stay."""
    problem, one = ways.problem, order[gone]
    at = {vm: problem.src[vm] for vm in order} | {vm: problem.dst[vm] for vm in order[:gone]}
    for number in range(problem.num_hosts):
        at |= dict.fromkeys(ways.fixed_on(number), number)
    target = problem.dst[one]
    there = {counter: 0 for counter, _ in ways.takes(one, target)}
    for other in at:
        if other != one and at[other] == target:
            for counter, amount in ways.takes(other, target):
                there[counter] = there.get(counter, 0) + amount
    fits = all(there[counter] + amount <= ways.limit(counter) for counter, amount in ways.takes(one, target))
    return fits and problem.may_go(one, problem.src[one], target)


def can_all_go(ways: StraightWays, vms: list[int]) -> bool:
    """Whether some VMs can all be straight, by trying every order."""

    def goes_on(gone: list[int]) -> bool:
        waiting = [vm for vm in vms if vm not in gone]
        return not waiting or any(
            can_go(ways, [*gone, one, *(vm for vm in waiting if vm != one)], len(gone))
            and goes_on([*gone, one])
            for one in waiting
        )

    return goes_on([])


@given(
    st.one_of(random_pools(), planted_pools(max_hosts=4, max_vms=6).map(lambda it: it.pool), knotted_pools())
)
def test_a_question_is_answered_alike_from_both_ends(data):
    problem = Problem(parsed(data))
    vms = problem.displaced[:6]
    expected = can_all_go(StraightWays(problem), vms)
    event("possible" if expected else "not")
    limits = ConflictSearch(few_states=1, first_room=1, looks_at_once=1)
    for ways in (
        StraightWays(problem),
        StraightWays(problem, limits),
        StraightWays(problem, limits, compiled=True),
    ):
        found = ask(ways, vms)
        assert found.possible is expected
        if found.possible:
            assert sorted(found.order) == vms
            assert is_legal(ways, found.order)


def is_legal(ways: StraightWays, order: tuple[int, ...]) -> bool:
    """Whether VMs can go in this order."""
    return all(can_go(ways, order, gone) for gone in range(len(order)))


@given(st.integers(0, 10_000), st.sampled_from((0.75, 0.85, 0.95)), st.integers(2, 16))
def test_compiled_walks_tell_the_same_of_many_vms(seed, load, count):
    problem = Problem(tight(6, load, seed))
    vms = Random(seed).sample(problem.displaced, min(count, len(problem.displaced)))
    expected = ask(StraightWays(problem), vms)
    assert expected.possible is not None
    event("possible" if expected.possible else "not")
    ways = StraightWays(problem, ConflictSearch(few_states=1, first_room=1), compiled=True)
    found = ask(ways, vms)
    assert found.possible is expected.possible
    if found.possible:
        assert sorted(found.order) == sorted(vms)
        assert is_legal(ways, found.order)


def test_a_compiled_walk_gives_up_after_so_many_subsets_and_when_the_time_is_up():
    problem = Problem(tight(12, 0.95))
    few = ConflictSearch(few_states=1, first_room=1, looks_at_once=1, most_compiled=20)
    assert ask(StraightWays(problem, few, compiled=True), problem.displaced).possible is None
    ways = StraightWays(problem, ConflictSearch(few_states=1), compiled=True)
    assert ask(ways, problem.displaced, over=lambda: True).possible is None


def test_numbers_too_large_for_compiled_code_are_counted_here():
    ways = StraightWays(Problem(swaps(2)))
    walk = StraightWalk(ways, ways.problem.displaced)
    assert len(quick_walks([walk], ways.parameters)) == 1
    walk.first.free[0] = -(1 << 62)
    assert quick_walks([walk], ways.parameters) == []
