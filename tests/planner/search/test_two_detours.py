"""Whether two detours are enough: found where they are, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from heuristics import Deadline
from models.problem import Problem
from planner.search.all_but_few import AllButFew
from planner.search.parameters import DEFAULT
from planner.search.straight_walk import StepAside
from planner.search.straight_ways import StraightWays
from planner.search.two_detours import ask_about_two_detours, may_be_two_detours, two_detours
from tests.builders import host, pool, vm
from tests.planner.search.few_detours import (
    LIMIT_S,
    LIMITS,
    SHORT,
    is_a_plan,
    is_what_exhaustive_search_finds,
    searched,
    tiny_pools,
)
from tests.planner.small_pools import making_way


def two_swaps(spare):
    """Two pairs of hosts whose VMs of 6 swap, without room; h5 has some to spare for one at a time."""
    hosts = [*(host(f"h{number}", 6) for number in range(1, 5)), host("h5", spare)]
    vms = [vm(name, 6) for name in "abcd"]
    return pool(hosts, vms, "h1: a, h2: b, h3: c, h4: d", "h1: b, h2: a, h3: d, h4: c")


def shelter_to_be_cleared():
    """Two VMs of 6 swap h1 and h2, by way of h3, once the settled m has left it for h4: 5 migrations."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6), host("h4", 3)]
    return pool(hosts, [vm("s", 6), vm("t", 6), vm("m", 3)], "h1: s, h2: t, h3: m", "h1: t, h2: s, h3: m")


def test_two_swaps_are_done_with_a_detour_each():
    problem = Problem(two_swaps(6))
    found = two_detours(problem, Deadline(LIMIT_S), LIMITS)
    assert found.possible is True
    assert len(found.moves) == 6
    assert is_a_plan(problem, found.moves)


def test_a_settled_vm_makes_way_and_comes_back():
    problem = Problem(making_way())
    found = two_detours(problem, Deadline(LIMIT_S), LIMITS)
    assert found.possible is True
    assert [problem.vms[number].name for number, _ in found.moves].count("settled") == 2
    assert is_a_plan(problem, found.moves)


def test_what_was_learnt_beside_a_settled_vm_is_not_held_against_its_making_way():
    """Found by drawing: from what was told of others, on whom its room had weighed, it could not help."""
    hosts = [host("h1", 8), host("h2", 8), host("h3", 8)]
    vms = [vm("a", 4), vm("b", 4), vm("settled", 2), vm("c", 3), vm("d", 3), vm("e", 1)]
    of = pool(hosts, vms, "h1: settled c d, h2: a b, h3: e", "h1: b settled e, h2: c d, h3: a")
    problem = Problem(of)
    questions = AllButFew(
        StraightWays(problem, LIMITS, compiled=True), Deadline(LIMIT_S), range(problem.num_vms)
    )
    assert questions.can_without(frozenset(), 100) is False
    for number in problem.displaced:
        questions.can_without(frozenset((number,)), 100)
    found = questions.by_way_of((StepAside(2, (2,)),), 100)
    assert found.possible is True
    assert is_a_plan(problem, found.moves)


def test_where_one_must_step_aside_and_another_make_way_two_are_not_enough():
    problem = Problem(shelter_to_be_cleared())
    assert two_detours(problem, Deadline(LIMIT_S), LIMITS).possible is False


def test_a_shelter_that_is_too_small_is_none():
    assert two_detours(Problem(two_swaps(5)), Deadline(LIMIT_S), LIMITS).possible is False


def test_nothing_is_told_when_the_time_is_up():
    assert two_detours(Problem(two_swaps(5)), Deadline(0.0), LIMITS).possible is None


@pytest.mark.parametrize("limits", [LIMITS, SHORT], ids=["as ever", "short"])
@given(data=tiny_pools(5))
def test_it_is_what_exhaustive_search_finds(limits, data):
    is_what_exhaustive_search_finds(two_detours, 2, limits, data)


def test_the_search_finds_the_plan_or_raises_the_bound():
    search = searched(two_swaps(6), 6)
    assert may_be_two_detours(search)
    ask_about_two_detours(search, Deadline(LIMIT_S))
    assert search.incumbent.cost == 6
    search = searched(shelter_to_be_cleared(), 4)
    ask_about_two_detours(search, Deadline(LIMIT_S))
    assert search.incumbent.bound == 5
    assert not may_be_two_detours(search), "it is asked once"


@pytest.mark.parametrize(("bound", "cost"), [(5, None), (7, None), (6, 6)])
def test_it_is_asked_where_two_detours_would_be_the_best(bound, cost):
    assert not may_be_two_detours(searched(two_swaps(6), bound, cost))


def test_it_is_not_asked_of_more_pairs_than_there_is_time_for():
    search = searched(two_swaps(6), 6)
    limits = replace(LIMITS, most_pairs_of_two=19)
    assert not may_be_two_detours(replace(search, parameters=replace(DEFAULT, conflicts=limits)))
