"""What this project proposes on the same pools."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.peers.proposal import Proposal
from models import Migration
from planner.goals import Balance, Drain, Goal
from planner.goals.reach import reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import PoolState


def balanced(
    state: PoolState, resources: Sequence[str], at_most: int, time_limit_s: float, workers: int
) -> Proposal:
    """Even out within so many migrations."""
    return _reached(state, Balance(*resources, at_most=at_most), time_limit_s, workers)


def drained(state: PoolState, hosts: Sequence[str], time_limit_s: float, workers: int) -> Proposal:
    """Empty hosts."""
    return _reached(state, Drain(*hosts), time_limit_s, workers)


def _reached(state: PoolState, goal: Goal, time_limit_s: float, workers: int) -> Proposal:
    began = perf_counter()
    result = reach(state, goal, time_limit_s=time_limit_s, workers=workers)
    seconds = perf_counter() - began
    if result.plan is None:
        return Proposal((), seconds, result.reason)
    moves = [(it.vm, it.destination) for it in result.plan.actions if isinstance(it, Migration)]
    return Proposal(tuple(moves), seconds, f"{result.status.value}, bound {result.bound}")
