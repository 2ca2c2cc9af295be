"""Stops of a run that wait for their turn, so that VMs are off for as short as in the plan.

A schedule stops a VM just before its room is wanted, but nothing that a stop must wait for says so: by
``after`` alone all would be stopped as a run begins. ALGORITHM.md, "Phases".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actions import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.execution.steps import Step


class LateStops:
    """When the stops of a plan have their turn: once all that it ends by their end has ended, or is about to.

    Parameters
    ----------
    steps
        Of the plan. One without times has no turns: it stops whom it may.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        timed = [(*step.planned_s[::-1], step) for step in steps if step.planned_s and not is_stop(step)]
        self._by_end = sorted(timed, key=lambda one: one[:2])
        """(end, start, step), the first to end in front."""
        self._over = 0
        """So many in front are over."""

    def is_too_soon(self, stop: Step, now: float) -> bool:
        """Tell whether something that the plan ends by the end of a stop is yet to end."""
        if stop.planned_s is None:
            return False
        until = stop.planned_s[1]
        while self._over < len(self._by_end) and self._by_end[self._over][2].is_over:
            self._over += 1
        for end, start, step in self._by_end[self._over :]:
            if end > until:
                break
            # What starts as the stop ends, and takes no time, may wait for it.
            if start < until and not step.is_over and step.left_s(now) > stop.estimate_s:
                return True
        return False


def is_stop(step: Step) -> bool:
    """Tell whether a step turns a VM off that is started again."""
    return isinstance(step.action, Stop)
