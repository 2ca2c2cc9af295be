"""Whether a single detour is enough: found where there is one, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from heuristics import Deadline
from models.problem import Problem
from planner.search.one_detour import (
    ask_about_one_detour,
    is_detour_of_one,
    may_be_one_detour,
    one_detour,
)
from planner.search.parameters import DEFAULT
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
from tests.planner.small_pools import tight


def swap(spare, **more):
    """Two VMs of 6 swap hosts without room; h3 has some to spare."""
    hosts = [host("h1", 8), host("h2", 8), host("h3", spare)]
    return pool(hosts, [vm("a", 6), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a", **more)


def two_small_shelters():
    """As the swap, but b is two VMs of 3, and two hosts have room for one of these each: 5 migrations."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 3), host("h4", 3)]
    vms = [vm("a", 6), vm("b", 3), vm("c", 3)]
    return pool(hosts, vms, "h1: a, h2: b c", "h1: b c, h2: a")


def test_a_swap_is_done_with_one_detour():
    problem = Problem(swap(6))
    found = one_detour(problem, Deadline(LIMIT_S), LIMITS)
    assert found.possible is True
    assert len(found.moves) == 3
    assert is_a_plan(problem, found.moves)


def test_a_shelter_that_is_too_small_is_none():
    """Whoever steps aside would let the other go straight if he took no room, but he finds none."""
    assert one_detour(Problem(swap(5)), Deadline(LIMIT_S), LIMITS).possible is False


def test_where_two_must_step_aside_one_is_not_enough():
    problem = Problem(two_small_shelters())
    assert one_detour(problem, Deadline(LIMIT_S), LIMITS).possible is False


def test_who_may_not_step_aside_does_not():
    hosts = [host("h1", 8), host("h2", 8), host("h3", 6)]
    stay = [vm("a", 6, detours=False), vm("b", 6, detours=False)]
    of = pool(hosts, stay, "h1: a, h2: b", "h1: b, h2: a")
    assert one_detour(Problem(of), Deadline(LIMIT_S), LIMITS).possible is False


def test_nothing_is_told_when_the_time_is_up():
    assert one_detour(Problem(swap(5)), Deadline(0.0), LIMITS).possible is None


def test_nothing_is_told_after_so_many_subsets():
    few = replace(SHORT, most_compiled=2)
    assert one_detour(Problem(tight(12, 0.95)), Deadline(LIMIT_S), few).possible is None


@pytest.mark.parametrize("limits", [LIMITS, SHORT], ids=["as ever", "short"])
@given(data=tiny_pools(6))
def test_it_is_what_exhaustive_search_finds(limits, data):
    is_what_exhaustive_search_finds(one_detour, 1, limits, data)


def test_the_search_finds_the_plan_or_raises_the_bound():
    search = searched(swap(6), 3)
    assert may_be_one_detour(search)
    ask_about_one_detour(search, Deadline(LIMIT_S))
    assert search.incumbent.cost == 3
    search = searched(two_small_shelters(), 4)
    ask_about_one_detour(search, Deadline(LIMIT_S))
    assert search.incumbent.bound == 5
    assert not may_be_one_detour(search), "it is asked once"


@pytest.mark.parametrize(("bound", "cost"), [(2, None), (4, None), (3, 3)])
def test_it_is_asked_where_one_detour_would_be_the_best(bound, cost):
    assert not may_be_one_detour(searched(swap(6), bound, cost))


def test_it_is_not_asked_of_more_pairs_than_there_is_time_for():
    search = searched(swap(6), 3)
    limits = replace(LIMITS, most_pairs=5)
    assert not may_be_one_detour(replace(search, parameters=replace(DEFAULT, conflicts=limits)))
    limits = replace(LIMITS, most_pairs=6)
    assert may_be_one_detour(replace(search, parameters=replace(DEFAULT, conflicts=limits)))


def test_other_prices_are_not_asked_about():
    assert is_detour_of_one(Problem(swap(6)))
    assert not is_detour_of_one(Problem(swap(6), "ram"))
    stops = pool([host("h1", 8), host("h2", 8)], [vm("a", 6, offline=True)], "h1: a", "h2: a")
    assert not is_detour_of_one(Problem(stops))
