"""How far the search for a short schedule has come: the best schedule, the best bound, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heuristics.tasks import TimedWork
from planner.scheduling.bounds import Bound
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.heads import Margins
    from planner.scheduling.parameters import ScheduleParameters
    from planner.scheduling.timetable import Timetable

Listen = Callable[[int, int], None]
"""Told the makespan and its bound, in seconds."""


@dataclass(frozen=True, slots=True)
class ScheduleAsked:
    """What is asked for, and how hard to look.

    Parameters
    ----------
    freedom
        Who may go another way in the plans asked for.
    cost_is_free
        Any tasks will do that bring everyone to his target; if not, those that cost no more than the first.
    effort
        How hard CP-SAT works.
    listen
        Told (makespan, bound) whenever either is better.
    """

    freedom: Freedom
    cost_is_free: bool
    effort: Effort
    listen: Listen | None = None
    parameters: ScheduleParameters = DEFAULT


@dataclass(slots=True)
class SoFar:
    """The best schedule and the best bound so far: every attempt begins in them, and improves them.

    Parameters
    ----------
    timed
        A schedule.
    bound
        No plan of the kind asked for ends earlier.
    deadline
        Of all attempts together.
    known
        Who waits for whom from host to host, once that was looked at.
    """

    asked: ScheduleAsked
    timed: TimedWork
    bound: Bound
    deadline: Deadline
    known: Margins | None = None

    @property
    def work(self) -> Work:
        """The tasks of the best schedule."""
        return self.timed.work

    @property
    def makespan(self) -> int:
        """Of the best schedule."""
        return self.timed.makespan

    @property
    def done(self) -> bool:
        """Tell whether nothing is left to find, or no time to find it."""
        return self.makespan <= self.bound.seconds or self.deadline.over

    def tell(self, makespan: int) -> None:
        """Report a makespan, which an attempt in its midst may have found, and the best bound."""
        if self.asked.listen is not None:
            self.asked.listen(makespan, self.bound.seconds)

    def tell_starts(self, starts: list[int]) -> None:
        """Report a schedule of the tasks at hand."""
        self.tell(self.work.makespan(starts))

    def take_starts(self, starts: list[int]) -> None:
        """Take a schedule of the tasks at hand that ends no later."""
        self.timed = TimedWork(self.work, starts)
        self.tell(self.makespan)

    def take(self, found: Timetable | None) -> None:
        """Take what a model has found, if it ends earlier."""
        if found is not None:
            self.take_shorter(TimedWork(found.work, found.starts))

    def take_shorter(self, timed: TimedWork) -> None:
        """Take a schedule if it ends earlier."""
        if timed.makespan < self.makespan:
            self.timed = timed
            self.tell(self.makespan)

    def raise_to(self, bound: Bound) -> None:
        """Take a bound if it is higher."""
        if bound.seconds > self.bound.seconds:
            self.bound = bound
            self.tell(self.makespan)

    def raise_to_model(self, seconds: int | None) -> None:
        """Take the bound of a model for one of the pool, unless rates are rounded in it."""
        if seconds is not None and self.work.clock.is_exact:
            self.raise_to(Bound(seconds, "whoever waits for whom"))
