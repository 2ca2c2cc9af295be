"""Plans by way of the turn of a large VM: placements that keep all limits, and plans legal move by move."""

from __future__ import annotations

from dataclasses import replace
from time import sleep

import pytest
from hypothesis import given

from heuristics import Deadline
from heuristics.spare import Spare
from heuristics.tracker import is_safe
from models.problem import Problem
from planner.cp.solve import Effort
from planner.search import at_the_turn
from planner.search.at_the_turn import large_ones, needs_turn, plan_at_the_turn
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT, AtTheTurn, Exact, Exhaustive
from planner.search.stage import Search
from planner.search.turn_placement import TurnPlacement
from tests.planner.small_pools import deadlock, scattered
from tests.strategies import RULES, parsed, planted_pools

LARGE_POOL = replace(DEFAULT, exact=replace(Exact(), most_pairs=1), exhaustive=replace(Exhaustive(), tiny=1))
"""Every pool counts as one that is too large for one model, or for a search of all placements."""


def search_of(of, workers=1, seconds=6.0, parameters=LARGE_POOL, effort=None):
    return Search(Incumbent(Problem(of), Deadline(seconds)), effort or Effort(workers, 0), parameters)


def planned(search):
    """Plan at the turn; give what is known then."""
    with search.others:
        plan_at_the_turn(search, search.incumbent.deadline)
    return search.incumbent


@pytest.mark.parametrize("workers", [1, 2])
def test_to_the_turn_and_on_from_it_make_a_plan(workers):
    """Let c share d's host, a or b go to c's, the other go home, and so on: 5 moves at the least."""
    search = search_of(scattered(), workers)
    assert needs_turn(search)
    found = planned(search)
    assert found.first_name == "at the turn"
    assert found.cost == 5
    assert is_safe(search.problem, found.moves)


@given(planted_pools(RULES, max_hosts=6, max_vms=16, max_slack=2))
def test_no_rule_makes_it_fail_and_what_comes_of_it_is_a_plan(planted):
    search = search_of(parsed(planted.pool), seconds=0.3)
    if large_ones(search.problem, 0.1):
        found = planned(search)
        assert found.moves is None or is_safe(found.problem, found.moves)


@given(planted_pools(RULES - {"overloaded"}, max_hosts=6, max_vms=16, max_slack=2))
def test_a_placement_has_room_for_the_vm_on_both_of_its_hosts(planted):
    problem = Problem(parsed(planted.pool))
    for vm in large_ones(problem, 0.1)[:1]:
        placing = TurnPlacement(problem, vm, 0, AtTheTurn())
        placing.run(Deadline(0.2))
        if placing.found is not None:
            at, charged = placing.found
            spare = Spare(problem, at)
            spare.put(vm, problem.dst[vm])
            assert spare.is_sane()
            assert at[vm] == problem.src[vm]
            ends = zip(at, problem.src, problem.dst, strict=True)
            assert (charged == 0) == all(here in (source, target) for here, source, target in ends)


def test_where_there_is_no_such_placement_none_is_claimed():
    search = search_of(deadlock(), seconds=0.5)
    assert planned(search).moves is None


def test_another_placement_is_tried_where_a_half_has_no_plan(monkeypatch):
    tried = []

    def planned_half(*arguments):
        tried.append(arguments[2].is_first)
        return None if len(tried) == 1 else original(*arguments)

    original = at_the_turn.planned_half
    monkeypatch.setattr(at_the_turn, "planned_half", planned_half)
    found = planned(search_of(scattered(), seconds=8.0))
    assert tried[:3] == [True, True, False]  # what has no first half needs no second
    assert found.moves is not None


def test_one_that_nothing_makes_better_is_good_enough():
    """One VM is elsewhere in the best of them; models grow no further than the pool while they are solved."""
    placing = TurnPlacement(Problem(scattered()), 1, 2**31 - 1, replace(AtTheTurn(), free_growth=2.0))
    deadline = Deadline(60.0)
    placing.run(deadline)
    assert not deadline.over
    assert placing.found is not None
    assert placing.found.charged > 0


def test_where_one_has_no_placement_the_next_gets_its_turn():
    tried = []
    search = search_of(scattered(), seconds=3.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at_the_turn, "TurnPlacement", lambda *how: tried.append(how[1]) or NoPlacement())
        planned(search)
    assert tried[:3] == [0, 1, 0]


class NoPlacement:
    """Stands in for one that lacks something for ever."""

    lacks, found = 1, None

    def run(self, deadline):
        self.improve(deadline)

    def improve(self, deadline):
        sleep(min(0.05, deadline.left_s))


def test_the_largest_goes_first():
    """A and b need 9 of the 1 + 1 + 5 + 5 that are free of the first resource; c and d are at home."""
    problem = Problem(scattered())
    assert large_ones(problem, 0.7) == [0, 1]
    assert large_ones(problem, 0.8) == []


@pytest.mark.parametrize(
    "change",
    [{"large": 5.0}, {"most_displaced": 1}, {"enough_s": 99.0}],
    ids=lambda change: next(iter(change)),
)
def test_it_is_left_out_where_it_is_of_no_use(change):
    parameters = replace(LARGE_POOL, turn=replace(AtTheTurn(), **change))
    assert not needs_turn(search_of(scattered(), parameters=parameters))


def test_small_pools_and_runs_without_a_clock_do_without_it():
    assert not needs_turn(search_of(scattered(), parameters=DEFAULT))
    assert not needs_turn(search_of(scattered(), effort=Effort(by_clock=False)))


def test_a_plan_near_the_bound_is_left_as_it_is():
    search = search_of(scattered(), parameters=replace(LARGE_POOL, turn=replace(AtTheTurn(), enough_s=0.0)))
    found = planned(search)
    found.prove(2)
    assert needs_turn(search)  # 5 moves where 2 are known to be needed
    found.prove(4)
    assert not needs_turn(search)
