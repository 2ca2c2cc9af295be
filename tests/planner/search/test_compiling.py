"""Each part is compiled where there is use and time for it; walks of small pools after the search, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heuristics import Deadline
from heuristics.compiled.at_hand import CompiledPart
from models.problem import Problem
from planner.cp.solve import Effort
from planner.search import compiling, portfolio, quick_walks
from planner.search.compiling import (
    have_shifts_compiled,
    have_walks_compiled,
    have_walks_compiled_for_others,
    shifts_are_to_be_compiled,
    walks_are_to_be_compiled,
)
from planner.search.detour_bound import ask_small_components
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT
from planner.search.stage import Search
from tests.planner.small_pools import tight

LIMIT_S = 60.0
"""Far more than any of these takes."""


def search_of(load: float = 0.95, *, limit_s: float = LIMIT_S) -> Search:
    """A search by two workers in which walks in Python may not go far enough to tell anything."""
    limits = replace(DEFAULT.conflicts, most_here=0, few_states=1)
    parameters = replace(DEFAULT, conflicts=limits)
    incumbent = Incumbent(Problem(tight(8, load)), Deadline(limit_s))
    return Search(incumbent, Effort(workers=2), parameters)


@pytest.fixture
def begun(monkeypatch) -> list[CompiledPart]:
    """What is compiled, where nothing is kept yet."""
    parts: list[CompiledPart] = []
    monkeypatch.setattr(compiling, "is_kept", lambda _: False)
    monkeypatch.setattr(quick_walks, "is_kept", lambda _: False)
    monkeypatch.setattr(compiling, "begin_to_compile", parts.append)
    return parts


def test_shifts_are_compiled_for_a_plan_of_a_large_pool_that_has_the_time(begun, monkeypatch):
    search = search_of(load=0.5)
    assert not shifts_are_to_be_compiled(search), "too small, and there is no plan"
    any_size = replace(search.parameters, shifting=replace(DEFAULT.shifting, compile_pairs=0))
    search = replace(search, parameters=any_size)
    assert not shifts_are_to_be_compiled(search), "there is no plan"
    search.incumbent.offer(search.wheels.turn(search.incumbent.deadline))
    assert shifts_are_to_be_compiled(search)
    have_shifts_compiled(search, search.incumbent.deadline)
    assert begun == [CompiledPart.SHIFTS]
    assert not shifts_are_to_be_compiled(replace(search, effort=Effort(workers=1))), (
        "there is one core for all"
    )
    hurried = replace(any_size, shifting=replace(any_size.shifting, compile_s=2 * LIMIT_S))
    assert not shifts_are_to_be_compiled(replace(search, parameters=hurried))
    monkeypatch.setattr(compiling, "is_kept", lambda _: True)
    assert not shifts_are_to_be_compiled(search)


def test_walks_are_compiled_beside_a_search_that_stays_open_and_has_the_time(begun):
    search = search_of()
    assert not walks_are_to_be_compiled(search), "nobody has asked yet"
    ask_small_components(search, search.incumbent.deadline)
    assert walks_are_to_be_compiled(search)
    have_walks_compiled(search, search.incumbent.deadline)
    assert begun == [CompiledPart.SUBSETS]
    assert not walks_are_to_be_compiled(replace(search, effort=Effort(workers=1))), (
        "there is one core for all"
    )
    hurried = replace(search.parameters.conflicts, compile_s=2 * LIMIT_S)
    hurried_search = replace(search, parameters=replace(search.parameters, conflicts=hurried))
    hurried_search.incumbent.relaxation.asked_compiled = False
    assert not walks_are_to_be_compiled(hurried_search)


def test_else_they_are_compiled_after_it_for_those_that_follow(begun, monkeypatch):
    search = search_of(limit_s=10.0)
    have_walks_compiled_for_others(search)
    assert not begun, "nobody has asked"
    monkeypatch.setattr(portfolio, "PORTFOLIO", ())
    ask_small_components(search, search.incumbent.deadline)
    portfolio.search(replace(search, effort=Effort(workers=1)))
    assert not begun, "there is one core for all"
    portfolio.search(search)
    assert begun == [CompiledPart.SUBSETS]


def test_walks_that_were_at_hand_are_not_compiled_again(begun, monkeypatch):
    search = search_of()
    monkeypatch.setattr(quick_walks, "is_kept", lambda _: True)
    ask_small_components(search, search.incumbent.deadline)
    have_walks_compiled_for_others(search)
    assert not begun
