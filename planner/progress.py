"""Where a search stands: what is told of every stage, better plan and better bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a search stands.

    Parameters
    ----------
    stage
        What is going on: ``heuristic``, ``exhaustive``, ``impossible``, ``bound``, ``optimise``, ``check``,
        ``schedule`` or ``proof``.
    cost, bound, gap
        Of the best plan so far; None where not known.
    seconds
        Since the start.
    makespan_s, makespan_bound_s
        When the best schedule so far ends, and before when none does, as far as proven; None before there is
        a schedule.
    """

    stage: str
    cost: int | None
    bound: int | None
    gap: float | None
    seconds: float
    makespan_s: int | None = None
    makespan_bound_s: int | None = None


OnProgress = Callable[[Progress], None]


def gap_of(cost: float | None, bound: float | None) -> float | None:
    """(cost - bound) / cost, 0 where the cost is 0; None where either is not known."""
    if cost is None or bound is None:
        return None
    return (cost - bound) / cost if cost else 0.0
