"""What is asked of the planner beside the pool: what cannot be meant is an error in words, whoever asks."""

from __future__ import annotations

import pytest

from heuristics import SqueakyWheel
from models import PlannerError, Pool, PoolError, WrongKindError
from planner import (
    Balance,
    Consolidate,
    Drain,
    MakeRoom,
    SearchParameters,
    explain,
    find,
    plan,
    plan_many,
    reach,
    roll,
    schedule,
)
from planner.goals import Repair


def by_all(tiny, **asked):
    """Give a call for each door of the planner, with that request."""
    states = tiny.current, tiny.target
    return [
        lambda: plan(*states, **asked),
        lambda: explain(*states, **asked),
        lambda: reach(tiny.current, Repair(), **asked),
    ]


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None])
def test_a_seed_is_an_integer_from_0(tiny, seed):
    found = plan(tiny.current, tiny.target, workers=1)
    for call in (
        *by_all(tiny, seed=seed),
        lambda: find(tiny.current, tiny.target, method="squeaky", seed=seed),
        lambda: roll(tiny.current, seed=seed),
        lambda: schedule(Pool(tiny.current, tiny.target), found.plan, seed=seed),
    ):
        with pytest.raises(PlannerError, match=r"seed=.*, must be an integer >= 0"):
            call()


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", 10_001, 10**30])
def test_workers_are_an_integer_from_1_to_10000(tiny, workers):
    for call in (*by_all(tiny, workers=workers), lambda: roll(tiny.current, workers=workers)):
        with pytest.raises(PlannerError, match=r"workers=.*, must be an integer from 1 to 10000"):
            call()


@pytest.mark.parametrize("finder", [3, None, SqueakyWheel, object()], ids=range(4))
def test_a_path_finder_is_a_name_or_one(tiny, finder):
    for call in (
        *by_all(tiny, heuristic=finder),
        lambda: find(tiny.current, tiny.target, method=finder),
        lambda: plan_many([tiny], heuristic=finder),
    ):
        with pytest.raises(PlannerError, match=r"method: .*, must be a name, or a path finder"):
            call()


@pytest.mark.parametrize("objective", [None, 3, b"moves", []], ids=range(4))
def test_an_objective_is_a_word_or_a_function(tiny, objective):
    for call in (
        *by_all(tiny, objective=objective),
        lambda: find(tiny.current, tiny.target, method="squeaky", objective=objective),
    ):
        with pytest.raises(PlannerError, match=r"objective: .*, must be one of moves, .*, or a callable"):
            call()


@pytest.mark.parametrize("given", [{"a": "h2"}, "pool.json", None], ids=range(3))
@pytest.mark.parametrize("timed", [False, True])
def test_a_placement_is_a_pool_state(tiny, given, timed):
    """A dict of VM name -> host name is what many try first: told in words, as bad input and bad type."""
    here, there = tiny.current, tiny.target
    calls = {
        "current": [
            lambda: plan(given, there, schedule=timed),
            lambda: explain(given, there, schedule=timed),
            lambda: find(given, there, method="squeaky", schedule=timed),
            lambda: reach(given, Repair(), schedule=timed),
            lambda: roll(given, schedule=timed),
        ],
        "target": [
            lambda: plan(here, given, schedule=timed),
            lambda: explain(here, given, schedule=timed),
            lambda: find(here, given, method="squeaky", schedule=timed),
            lambda: Pool(here, given),
        ],
    }
    for name, call in ((name, call) for name, several in calls.items() for call in several):
        with pytest.raises(WrongKindError, match=rf"^{name}: .*, must be a PoolState") as caught:
            call()
        assert isinstance(caught.value, TypeError)
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("given", [3, 0, "x", {}])
def test_a_deadline_and_parameters_are_such(tiny, given):
    states, of, here = (tiny.current, tiny.target), Pool(tiny.current, tiny.target), tiny.current
    found = plan(*states, workers=1)
    calls = {
        ("deadline", "Deadline"): [
            *by_all(tiny, deadline=given),
            lambda: find(*states, method="squeaky", deadline=given),
            lambda: roll(here, deadline=given),
            lambda: schedule(of, found.plan, deadline=given),
        ],
        ("parameters", "[A-Z][a-z]*Parameters"): [
            *by_all(tiny, parameters=given),
            lambda: roll(here, parameters=given),
            lambda: schedule(of, found.plan, parameters=given),
        ],
    }
    for (name, kind), several in calls.items():
        for call in several:
            with pytest.raises(WrongKindError, match=rf"^{name}: .*, must be an? {kind}$"):
                call()


@pytest.mark.parametrize("given", [5, "x", []], ids=range(3))
def test_who_is_told_is_a_callable_and_who_works_an_executor(tiny, given):
    """Told at once: where it is called, long after, it would end in a traceback of ours."""
    states, of, here = (tiny.current, tiny.target), Pool(tiny.current, tiny.target), tiny.current
    found = plan(*states, workers=1)
    calls = {
        ("on_progress", "callable"): [
            *by_all(tiny, on_progress=given),
            lambda: roll(here, on_progress=given),
            lambda: schedule(of, found.plan, on_progress=given),
        ],
        ("executor", "Executor"): [
            lambda: plan(*states, executor=given),
            lambda: reach(here, Repair(), executor=given),
            lambda: plan_many([tiny], executor=given),
        ],
        ("on_done", "callable"): [lambda: plan_many([tiny], on_done=given)],
        ("prepare", "callable"): [lambda: plan_many([tiny], prepare=given)],
    }
    for (name, kind), several in calls.items():
        for call in several:
            with pytest.raises(WrongKindError, match=rf"^{name}: .*, must be an? {kind}$"):
                call()


def test_the_parameters_of_another_door_are_none(tiny):
    with pytest.raises(WrongKindError, match=r"^parameters: .*, must be a GoalParameters"):
        reach(tiny.current, Repair(), parameters=SearchParameters())


@pytest.mark.parametrize("demand", [5, [("ram_mib", 1)], None, "ram_mib"], ids=range(4))
def test_a_demand_is_a_mapping(demand):
    with pytest.raises(WrongKindError, match=r"^make-room: demand: .*, must be a Mapping"):
        MakeRoom(demand)


@pytest.mark.parametrize("within", ["x", float("nan"), [0.1], True])
def test_how_near_to_the_share_of_the_pool_is_a_number(within):
    with pytest.raises(PlannerError, match=r"^balance: within=.*, must be a number from 0 to 1"):
        Balance(within=within)


@pytest.mark.parametrize("goal", ["drain", Drain, None], ids=range(3))
def test_a_goal_is_one(tiny, goal):
    with pytest.raises(WrongKindError, match=r"^goal: .*, must be a Goal, such as Drain"):
        reach(tiny.current, goal)


def test_a_target_of_a_goal_is_a_mapping(tiny):
    with pytest.raises(WrongKindError, match=r"target: .*must be a mapping .* placement of that one"):
        reach(tiny.current, Repair(), target=tiny.target)


@pytest.mark.parametrize(
    "goal",
    [Consolidate("2"), Consolidate(1.5), Repair(at_most=1.5), Balance(at_most="2"), Balance(at_most=2**53)],
    ids=range(5),
)
def test_the_numbers_of_a_goal_are_integers(tiny, goal):
    with pytest.raises(PoolError, match=r"=.*, must be an integer"):
        reach(tiny.current, goal)


def test_the_traits_of_a_newcomer_are_a_list():
    """Each letter of a word would be asked for as a trait, and nobody has it."""
    with pytest.raises(ValueError, match=r"make-room: requires='gpu', must be a list of strings"):
        MakeRoom({"ram_mib": 1}, requires="gpu")
