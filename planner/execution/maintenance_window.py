"""Until when a run may go on: nothing is begun that should end later.

Who is off for the run's sake is started again all the same, and whatever that waits for is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

from models.actions import Migration, Start, Stop
from models.errors import PlanError
from planner.execution.steps import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.execution.clock import Timekeeper
    from planner.execution.steps import Step, Steps

DAY_S = 86_400
"""Seconds of a day: what ends beyond it is told with its date."""

DATED = "%Y-%m-%d %H:%M"

NOT_BEGUN = (State.WAITING, State.TOO_LATE)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """When a run has to be at rest, by date and time of day.

    Its end is not counted ahead on the clock of the run, which stands still while the machine sleeps.

    Parameters
    ----------
    closes
        With its time zone.
    told
        The same for people.
    clock
        Of the run.
    speed
        Seconds of the clock in a real one.
    max_parallel
        Migrations of the run at a time; None: as many as the plan has.
    """

    closes: datetime
    told: str
    clock: Timekeeper
    speed: float = 1.0
    max_parallel: int | None = None

    @property
    def left_s(self) -> float:
        """Give the seconds of the clock until it closes; below 0 where it has."""
        return (self.closes - _now(self.clock)).total_seconds() * self.speed

    @property
    def why(self) -> str:
        """Say why what it keeps out is not begun."""
        return f"would not end by {self.told}"

    def keeps_out(self, step: Step, steps: Steps, owes: Callable[[], set[int]]) -> bool:
        """Tell whether it is too late to begin an action that may begin now.

        Parameters
        ----------
        owes
            Gives what is :func:`owed`, which takes a look at every action.
        """
        return seconds_from(step, steps, self.max_parallel) > self.left_s and step.number not in owes()


def window_until(
    until: datetime, clock: Timekeeper, speed: float, max_parallel: int | None
) -> MaintenanceWindow:
    """Give the window that closes at a date and time of day.

    Parameters
    ----------
    until
        With its time zone; without one it is local time.
    speed
        Seconds of the clock in a real one.
    max_parallel
        Migrations of the run at a time; None: as many as the plan has.

    Raises
    ------
    PlanError
        That is over.
    """
    until, now = until.astimezone(), _now(clock)
    left_s = (until - now).total_seconds()
    if left_s <= 0:
        raise PlanError(f"until {until:{DATED}}: that is over, it is {now:{DATED}}")
    told = f"{until:%H:%M}" if left_s < DAY_S else f"{until:{DATED}}"
    return MaintenanceWindow(until, told, clock, speed, max_parallel)


def _now(clock: Timekeeper) -> datetime:
    """Give date and time of day, local."""
    return datetime.fromisoformat(clock.stamp()).astimezone()


def seconds_from(step: Step, steps: Steps, max_parallel: int | None = None) -> float:
    """Give the seconds from the beginning of an action to the end of what it makes necessary.

    Who is stopped has to be started again; whatever has to be done before that takes its time, one thing
    after another where the plan has no times. A run that migrates less at a time takes longer than the plan.
    """
    if not isinstance(step.action, Stop):
        return step.estimate_s
    starts = steps.starts_of(step.action.vm)
    needed = steps.with_all_before(starts)
    if any(it.state is State.TOO_LATE for it in needed):
        return inf
    if step.planned_s is not None and all(it.planned_s is not None for it in starts):
        planned = max((it.planned_s[1] - step.planned_s[0] for it in starts if it.planned_s), default=0)
        moves = (it for it in needed if isinstance(it.action, Migration) and it.state in NOT_BEGUN)
        moving = 0.0 if max_parallel is None else sum(it.estimate_s for it in moves) / max_parallel
        return max(planned, step.estimate_s + moving + sum(it.estimate_s for it in starts))
    return sum(it.estimate_s for it in needed)


def owed(steps: Steps) -> set[int]:
    """Give what is done however late it is: the starts of those who are off, and all that these wait for."""
    starts = [it for it in steps if isinstance(it.action, Start)]
    if not starts:
        return set()
    on = {it.action.vm for it in steps if isinstance(it.action, Stop) and it.state in NOT_BEGUN}
    return {it.number for it in steps.with_all_before(it for it in starts if it.action.vm not in on)}
