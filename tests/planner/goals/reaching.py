"""Reaching goals in tests: one worker, a seed, and a result held against all that is known of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from models import Pool, replay
from models.reading import parse_wanted
from planner import Result, Status, reach
from tests import slow_replay
from tests.goal_oracle import cheapest, is_lawful

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner import Goal
    from tests.slow_replay import Json, Where

LIMIT_S = 20.0
"""Far more than any of these pools takes, so that the clock decides nothing."""


def reached(pool: Json, goal: Goal, **options: Any) -> Result:
    """Reach a goal with one worker and a seed, and hold the plan against an independent replay."""
    wanted = parse_wanted(json.dumps(pool).encode())
    chosen = {"seed": 0, "workers": 1, "time_limit_s": LIMIT_S, "target": wanted.target} | options
    result = reach(wanted.current, goal, **chosen)
    if result.plan is None:
        assert result.target is None
        return result
    assert result.target is not None
    assert not replay(Pool(wanted.current, result.target), result.plan)
    full = {**pool, "target": dict(result.target.placement)}
    actions = msgspec.to_builtins(result.file())["actions"]
    assert not slow_replay.judge(full, actions)
    assert is_lawful(full, full["target"])
    assert not list(goal.judge(wanted.current, result.target))
    return result


def hold_against_everything(
    pool: Json, goal: Goal, meets: Callable[[Where], bool], objective: str = "moves"
) -> Result:
    """Hold a goal against exhaustive search over all placements: cost and bound equal, proven."""
    best = cheapest(pool, meets, objective, at_most=goal.at_most)
    result = reached(pool, goal, objective=objective)
    if best is None:
        assert result.status is Status.INFEASIBLE, result
    else:
        assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, best, best), result.reason
    return result
