"""A new plan, from what is seen to what is still wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from models.objective import NAMED
from planner.plan import plan

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.pool import Pool

TIME_LIMIT_S = 30.0
"""Seconds for a new plan: VMs wait meanwhile."""


class Replan(Protocol):
    """What makes a new plan."""

    def __call__(self, pool: Pool) -> PlanFile:
        """Give a plan, or say in its ``reason`` why there is none."""
        ...


def plan_anew(pool: Pool, objective: str = "moves") -> PlanFile:
    """Plan with the objective of the plan before, as far as it has a name here."""
    known = objective if objective in NAMED else "moves"
    result = plan(pool.current, pool.target, objective=known, time_limit_s=TIME_LIMIT_S, schedule=True)
    return result.file()
