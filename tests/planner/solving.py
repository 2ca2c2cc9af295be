"""Planning in tests: one worker, a seed, and a plan held against all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import settings

from models import replay
from planner import Result, Status, plan
from tests import slow_replay
from tests.strategies import parsed

if TYPE_CHECKING:
    from models import Pool
    from tests.slow_replay import Json

LIMIT_S = 20.0
"""Far more than any of these pools takes, so that the clock decides nothing; not more than that, since the
squeaky wheel waits for a share of the limit before it gives up.
"""

half = settings(max_examples=max(1, settings().max_examples // 2))
"""For properties that plan two pools an example, or pools that take the solver a while."""


def solve(of: Pool, objective: Any = "moves", **options: Any) -> Result:
    """Plan with one worker and a seed."""
    chosen = {"seed": 0, "workers": 1, "time_limit_s": LIMIT_S} | options
    return plan(of.current, of.target, objective=objective, **chosen)


def entries_of(result: Result) -> list[Json]:
    """Give the actions of a plan as a plan file has them."""
    import msgspec

    return [] if result.plan is None else msgspec.to_builtins(result.file())["actions"]


def solve_checked(data: Json, objective: str = "moves", **options: Any) -> Result:
    """Plan, and hold the result against what every result promises."""
    of = parsed(data)
    result = solve(of, objective, **options)
    if result.plan is None:
        assert result.status in (Status.INFEASIBLE, Status.NO_PLAN_FOUND)
        assert (result.cost, result.gap) == (None, None)
        assert result.reason
        return result
    assert replay(of, result.plan) == []
    actions = entries_of(result)
    assert slow_replay.judge(data, actions) == []
    assert result.cost == slow_replay.cost(data, actions, objective) == result.plan.cost
    if result.bound is not None:
        assert result.bound <= result.cost
    assert (result.status is Status.OPTIMAL) == (result.bound == result.cost)
    if result.heuristic_plan is not None:
        assert replay(of, result.heuristic_plan) == []
        assert result.cost <= result.heuristic_plan.cost
    return result
