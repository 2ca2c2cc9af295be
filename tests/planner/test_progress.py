"""What planning tells as it goes: plans and bounds only get better, and who listens may end it."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from models import replay
from models.problem import Problem
from planner import Status
from planner.progress import gap_of
from planner.search.incumbent import Incumbent
from tests.planner.killers import Wasteful
from tests.planner.small_pools import deadlock, making_way, tight
from tests.planner.solving import solve
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

LIMIT_S = 20.0
OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))


def never_worse(events):
    """Hold a search's events against each other."""
    cost, bound, seconds = None, None, 0.0
    for event in events:
        assert event.cost is not None or cost is None, "a plan was lost"
        assert event.bound is not None or bound is None, "a bound was lost"
        assert cost is None or event.cost <= cost
        assert bound is None or event.bound >= bound
        assert event.cost is None or event.bound is None or event.bound <= event.cost
        assert event.gap == gap_of(event.cost, event.bound)
        assert event.seconds >= seconds
        cost, bound, seconds = event.cost, event.bound, event.seconds
    return cost, bound


def heard(of, objective="moves", **options):
    """Plan, listening; give the result, held against what was told, and the events."""
    events = []
    result = solve(of, objective, on_progress=events.append, **{"time_limit_s": LIMIT_S} | options)
    cost, bound = never_worse(events)
    assert cost == result.cost
    assert result.status is Status.INFEASIBLE or bound == result.bound
    return result, events


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools()), OBJECTIVES)
def test_plans_and_bounds_only_get_better(data, objective):
    """Whatever the stages find, what is told never gets worse, and the last of it is the result."""
    heard(parsed(data), objective)


def test_on_a_larger_pool_too_plans_and_bounds_only_get_better():
    """Re-planning neighbourhoods, on a full shuffle of 16 hosts at 95%."""
    result, events = heard(tight(16, 0.95), time_limit_s=6.0)
    if result.plan is None:  # a slow machine
        result, events = heard(tight(16, 0.95), time_limit_s=90.0)
    assert result.plan is not None
    assert {"heuristic", "bound"} <= {event.stage for event in events}


def test_every_stage_is_told_and_timed(tiny, by_solver):
    """By the names in the documentation of ``Progress``, and each has its seconds."""
    result, events = heard(tiny, heuristic=Wasteful(), parameters=by_solver)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["heuristic", "bound", "check"] or stages == ["heuristic", "bound", "optimise", "check"]
    assert set(result.seconds) == set(stages)
    assert all(seconds >= 0 for seconds in result.seconds.values())


def test_better_plans_of_the_solver_are_told_as_it_finds_them(tiny, by_solver):
    """From the 5 moves that it starts with to 3."""
    result, events = heard(tiny, heuristic=Wasteful(), parameters=by_solver)
    assert next(event.cost for event in events if event.cost is not None) == 5
    assert (result.cost, result.heuristic_plan.cost) == (3, 5)


def test_an_impossible_pool_is_told_without_a_cost():
    """There is no plan to tell of."""
    result, events = heard(deadlock())
    assert result.status is Status.INFEASIBLE
    assert {event.cost for event in events} == {None}


class ListenerError(Exception):
    """Raised by who listens."""


@pytest.mark.parametrize("number", range(6))
def test_what_a_listener_raises_is_raised_by_plan(tiny, by_solver, number):
    """At any event, also inside the solver: the search stops first, and nothing of it goes on."""
    events = []

    def listen(event):
        events.append(event)
        if len(events) > number:
            raise ListenerError(f"at {event.stage}")

    before = threading.active_count()
    with pytest.raises(ListenerError) as raised:
        solve(tiny, heuristic=Wasteful(), on_progress=listen, parameters=by_solver)
    assert str(raised.value) == f"at {events[-1].stage}"
    assert len(events) == number + 1
    assert threading.active_count() <= before


def test_a_listener_is_heard_inside_the_solver(by_solver, tiny):
    """The solver's better plan is told before it is done; what is raised then is raised in the end."""
    seen = []

    def listen(event):
        seen.append((event.stage, event.cost))
        if event.stage == "optimise" and event.cost == 3:
            raise ListenerError

    with pytest.raises(ListenerError):
        solve(tiny, heuristic=Wasteful(), on_progress=listen, parameters=by_solver)
    assert seen[-1] == ("optimise", 3)


def test_an_incumbent_takes_only_what_is_better():
    """A plan of the same cost, a dearer one, a weaker bound: all passed over, and not told."""
    events = []
    known = Incumbent(Problem(making_way()), Deadline(99.0), events.append)
    assert known.offer([(2, 2), (1, 0), (0, 1), (2, 0)], "one")
    assert not known.offer([(2, 2), (1, 0), (0, 1), (2, 0)], "two")
    assert not known.offer([(2, 2), (2, 0), (2, 2), (1, 0), (0, 1), (2, 0)])
    assert not known.offer(None)
    known.prove(3)
    known.prove(2)
    known.prove(None)
    assert (known.cost, known.bound, known.first_name, len(events)) == (4, 3, "one", 2)
    assert not known.settled
    known.prove(4)
    assert known.settled


@pytest.mark.parametrize("limit_s", [1e-9, 0.1])
def test_with_hardly_any_time_what_comes_back_is_a_safe_plan_or_none(limit_s):
    """60 hosts at 90%: no error, no unsafe plan, no claim that there is none."""
    of = tight(60)
    result = solve(of, time_limit_s=limit_s)
    assert result.status is not Status.INFEASIBLE
    assert result.reason
    assert result.plan is None or replay(of, result.plan) == []
    assert result.bound is None or result.bound <= len(of.displaced) * 2


def test_with_hardly_any_time_a_pool_with_nothing_to_do_is_done(tiny):
    """The empty plan needs no search."""
    still = type(tiny)(tiny.current, tiny.current)
    result = solve(still, time_limit_s=1e-9)
    assert (result.status, result.cost) == (Status.OPTIMAL, 0)
