"""What is asked of the planner beside the pool: what cannot be meant is an error in words, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from heuristics import SqueakyWheel
from models import PlannerError, Pool, PoolError, WrongKindError
from planner import (
    Balance,
    Consolidate,
    Drain,
    MakeRoom,
    SearchParameters,
    detour_reasons,
    explain,
    find,
    plan,
    plan_many,
    reach,
    roll,
    schedule,
    threshold_warnings,
    timed_warnings,
)
from planner.goals import Repair
from tests.planner.solving import LIMIT_S


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


@pytest.mark.parametrize("within", ["x", float("nan"), [0.1], True, 10**400], ids=range(5))
def test_how_near_to_the_share_of_the_pool_is_a_number(within):
    with pytest.raises(PlannerError, match=r"^balance: within=.*, must be a number from 0 to 1"):
        Balance(within=within)


@pytest.mark.parametrize("highest", [b"x", float("nan"), float("inf"), object()], ids=range(4))
def test_the_highest_share_is_a_number(highest):
    with pytest.raises(PlannerError, match=r"^balance: highest=.*, must be a number from 0 to 1"):
        Balance(highest=highest)


@pytest.mark.parametrize("home", [None, "no", 1])
def test_whether_vms_go_home_is_true_or_false(tiny, home):
    with pytest.raises(WrongKindError, match=r"^home: .*, must be a bool$"):
        roll(tiny.current, home=home)


@pytest.mark.parametrize("given", [None, "no", 1, "proof.json"])
def test_whether_there_is_a_schedule_or_a_proof_is_true_or_false(tiny, given):
    """A word such as ``"no"`` would ask for one, and the name of a file would not be written."""
    states = tiny.current, tiny.target
    calls = {
        "schedule": [
            *by_all(tiny, schedule=given),
            lambda: find(*states, method="squeaky", schedule=given),
            lambda: roll(tiny.current, schedule=given),
        ],
        "proof": [lambda: plan(*states, proof=given)],
    }
    for name, several in calls.items():
        for call in several:
            with pytest.raises(WrongKindError, match=rf"^{name}: .*, must be a bool$"):
                call()


@pytest.mark.parametrize("even", [None, "no", 1])
def test_whether_the_rest_is_evened_out_is_true_or_false(even):
    with pytest.raises(WrongKindError, match=r"^balance: even: .*, must be a bool$"):
        Balance(even=even)


def test_a_seed_of_numpy_is_one(tiny):
    """What draws schedules is Python's own, which takes no such number."""
    states, seed, at_once = (tiny.current, tiny.target), np.int64(3), {"workers": 1, "time_limit_s": LIMIT_S}
    found = plan(*states, seed=seed, schedule=True, **at_once)
    assert found.plan == plan(*states, seed=3, schedule=True, **at_once).plan
    assert plan(*states, seed=seed, objective="time", **at_once).schedule is not None
    assert schedule(Pool(*states), found.plan, seed=seed, **at_once).plan is not None


@pytest.mark.parametrize("processes", [0, -1, 1.5, "2", 10_001, 10**30])
def test_processes_are_an_integer_from_1_to_10000(tiny, processes):
    with pytest.raises(PlannerError, match=r"processes=.*, must be an integer from 1 to 10000, or None"):
        plan_many([tiny], processes=processes)


@pytest.mark.parametrize("given", [None, b"x", 3, object(), [1]], ids=range(5))
def test_what_is_told_of_a_plan_is_asked_of_one(tiny, given):
    found = plan(tiny.current, tiny.target, workers=1, schedule=True)
    of, shares = Pool(tiny.current, tiny.target), {"ram_mib": 0.5}
    calls = {
        "pool: .*, must be a Pool": [
            lambda: detour_reasons(given, found.plan),
            lambda: threshold_warnings(given, found.plan, shares),
            lambda: timed_warnings(given, found.plan, found.schedule, shares),
        ],
        "plan: .*, must be a Plan": [
            lambda: detour_reasons(of, given),
            lambda: threshold_warnings(of, given, shares),
            lambda: timed_warnings(of, given, found.schedule, shares),
        ],
        "schedule: .*, must be a Schedule": [lambda: timed_warnings(of, found.plan, given, shares)],
        "shares: .*, must be a Mapping": [
            lambda: threshold_warnings(of, found.plan, given),
            lambda: timed_warnings(of, found.plan, found.schedule, given),
        ],
    }
    for words, several in calls.items():
        for call in several:
            with pytest.raises(WrongKindError, match=rf"^{words}"):
                call()


@pytest.mark.parametrize("share", [None, "x", float("nan"), 0, 2], ids=range(5))
def test_a_share_to_warn_of_is_above_0_and_at_most_1(tiny, share):
    found = plan(tiny.current, tiny.target, workers=1)
    with pytest.raises(PlannerError, match=r"^threshold ram_mib=.*: the share must be above 0 and at most 1"):
        threshold_warnings(Pool(tiny.current, tiny.target), found.plan, {"ram_mib": share})


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
