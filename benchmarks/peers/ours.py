"""What this project proposes on the same pools."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.peers.proposal import Proposal
from models import Migration
from planner.goals.reach import reach

if TYPE_CHECKING:
    from models import PoolState
    from planner.goals import Goal
    from planner.goals.parameters import GoalParameters


def proposed(
    state: PoolState, goal: Goal, time_limit_s: float, workers: int, parameters: GoalParameters
) -> Proposal:
    """Reach a goal."""
    began = perf_counter()
    result = reach(state, goal, time_limit_s=time_limit_s, workers=workers, parameters=parameters)
    seconds = perf_counter() - began
    if result.plan is None:
        return Proposal((), seconds, result.reason)
    moves = [(it.vm, it.destination) for it in result.plan.actions if isinstance(it, Migration)]
    return Proposal(tuple(moves), seconds, f"{result.status.value}, bound {result.bound}")
