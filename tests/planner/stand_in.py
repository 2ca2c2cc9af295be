"""A planner for tests of the views: a path finder alone, and the bound of the VMs that must move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heuristics.deadline import Deadline
from heuristics.dijkstra import Dijkstra
from models.plan_of_moves import plan_of
from models.problem import Problem

if TYPE_CHECKING:
    from models import Plan, Pool


@dataclass(frozen=True)
class Said:
    """What a planner answers."""

    status: str
    plan: Plan | None = None
    cost: int | None = None
    bound: float | None = None
    reason: str | None = None


def exact(pool: Pool) -> Said:
    """Answer by exhaustive search: for tiny pools."""
    problem = Problem(pool)
    found = Dijkstra().find(problem, Deadline(60.0))
    if found.moves is None:
        return Said("infeasible", reason="searched all placements")
    plan = plan_of(problem, found.moves)
    return Said("optimal", plan, plan.cost, plan.cost)
