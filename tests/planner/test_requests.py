"""What is asked of the planner beside the pool: what cannot be meant is an error in words, whoever asks."""

from __future__ import annotations

import pytest

from heuristics import SqueakyWheel
from models import PlannerError, Pool
from planner import explain, find, plan, plan_many, reach, roll, schedule
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
