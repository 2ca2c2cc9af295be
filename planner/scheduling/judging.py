"""The judge of a plan with a schedule: replays alone, and no solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.replay import replay
from models.replay_in_any_time import replay_in_any_time
from models.replay_in_time import replay_in_time
from models.replay_rolling import replay_rolling
from models.rolling_plan import RollingPlan

if TYPE_CHECKING:
    from models.ledger import Violation
    from models.plan import Plan
    from models.pool import Pool
    from models.schedule import Schedule


def judge_plan(pool: Pool, plan: Plan | RollingPlan) -> list[Violation]:
    """Give all that a plan of either kind breaks, one action after another."""
    return replay_rolling(pool, plan.steps) if isinstance(plan, RollingPlan) else replay(pool, plan)


def judge_schedule(pool: Pool, plan: Plan | RollingPlan, times: Schedule) -> list[Violation]:
    """Give all that a plan with a schedule breaks: one by one, in time, and whatever the durations."""
    if broken := judge_plan(pool, plan):
        return broken
    if broken := replay_in_time(pool, plan.actions, times):
        return broken
    return replay_in_any_time(pool, plan.actions, times)
