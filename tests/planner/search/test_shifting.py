"""Where a pool is too large for one model, its first plan is shifted in place of turning the wheel."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from heuristics import Deadline
from heuristics.tracker import is_safe
from models.problem import OFF, Problem
from planner.cp.solve import Effort
from planner.search import shifting
from planner.search.first_plan import is_for_the_wheel
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT
from planner.search.shifting import (
    is_far_off,
    is_for_shifts,
    shift_anew,
    shift_first,
)
from planner.search.stage import Search
from tests.heuristics.in_time import LIMIT_S, in_the_way
from tests.strategies import parsed, planted_pools

LARGE = replace(
    DEFAULT,
    exact=replace(DEFAULT.exact, most_pairs=0, most_pairs_at_all=0),
    shifting=replace(DEFAULT.shifting, fewest_pairs=0),
)
"""Any pool is too large for one model."""


def search_of(problem: Problem, moves: list[tuple[int, int]] | None) -> Search:
    search = Search(Incumbent(problem, Deadline(LIMIT_S)), Effort(workers=1), LARGE)
    search.incumbent.offer(search.wheels.turn(search.incumbent.deadline) if moves is None else moves)
    return search


def test_a_first_plan_is_shifted():
    problem, moves = in_the_way()
    search = search_of(problem, moves)
    assert is_for_shifts(search)
    assert not is_for_the_wheel(search)
    search.incumbent.prove(len(problem.displaced))
    shift_first(search, search.incumbent.deadline)
    assert search.incumbent.cost == 3


def test_a_plan_in_which_a_vm_is_stopped_is_for_the_wheel():
    problem, moves = in_the_way()
    search = search_of(problem, [(0, OFF), *moves[1:]])
    assert search.has_plan
    assert not is_for_shifts(search)
    assert is_for_the_wheel(search)


def test_a_small_pool_is_for_the_wheel():
    problem, moves = in_the_way()
    search = replace(search_of(problem, moves), parameters=DEFAULT)
    assert not is_for_shifts(search)
    assert is_for_the_wheel(search)


@given(planted_pools(max_hosts=5, max_vms=12).map(lambda it: it.pool))
def test_where_hardly_a_detour_is_left_it_begins_anew(data):
    """Whatever comes of that is a safe plan that costs no more."""
    problem = Problem(parsed(data))
    search = search_of(problem, None)
    if not is_for_shifts(search) or search.incumbent.cost is None:
        return
    before = search.incumbent.cost
    search.incumbent.prove(sum(problem.cost[vm] for vm in problem.displaced))
    shift_first(search, Deadline(0.02))
    shift_anew(search, Deadline(0.03))
    assert search.incumbent.moves is not None
    assert is_safe(problem, search.incumbent.moves)
    assert problem.moves_cost(search.incumbent.moves) == search.incumbent.cost <= before


def test_a_compiled_plan_far_off_the_bound_is_rerouted_first(monkeypatch):
    problem, moves = in_the_way()
    monkeypatch.setattr(shifting, "is_kept", lambda _: True)
    compiled = replace(LARGE.shifting, fewest_pairs=80_000, fewest_pairs_compiled=0, far_off=1.2)
    search = replace(search_of(problem, moves), parameters=replace(LARGE, shifting=compiled))
    search.incumbent.prove(3)
    assert is_far_off(search)
    near = replace(compiled, far_off=1.5)
    assert not is_far_off(replace(search, parameters=replace(LARGE, shifting=near)))
    large = replace(compiled, fewest_pairs=0)
    assert not is_far_off(replace(search, parameters=replace(LARGE, shifting=large))), (
        "the larger, the slower"
    )
