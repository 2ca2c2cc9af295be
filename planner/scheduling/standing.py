"""How far the search for a short schedule has come: the best schedule, the best bound, and who is told.

What is told is kept first, so that Ctrl-C takes away nothing that was told.
ALGORITHM.md, "Deadlines and interrupts".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from heuristics.tasks import TimedWork
from planner.scheduling.bounds import Bound
from planner.scheduling.freedom import cost_of
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.heads import Margins
    from planner.scheduling.parameters import ScheduleParameters

Listen = Callable[[int, int], None]
"""Told the makespan and its bound, in seconds."""


@dataclass(slots=True)
class Kept:
    """The best schedule so far, in the hands of who asked for it: what Ctrl-C leaves of a search.

    Parameters
    ----------
    timetable
        With the best bound; None as long as there is none. It is never changed: another takes its place.
    """

    timetable: Timetable | None = None


@dataclass(frozen=True, slots=True)
class ScheduleAsked:
    """What is asked for, and how hard to look.

    Parameters
    ----------
    freedom
        Who may go another way in the plans asked for.
    most_cost
        What the plans asked for cost at most: no more than the first, whatever those found since cost. None:
        any tasks will do that bring everyone to his target.
    effort
        How hard CP-SAT works.
    listen
        Told (makespan, bound) whenever either is better.
    kept
        Has the best of both at every moment.
    """

    freedom: Freedom
    most_cost: int | None
    effort: Effort
    listen: Listen | None = None
    parameters: ScheduleParameters = DEFAULT
    kept: Kept = field(default_factory=Kept)

    @property
    def cost_is_free(self) -> bool:
        """Tell whether the schedule that ends earliest is sought, whatever it costs."""
        return self.most_cost is None


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

    def keep(self) -> None:
        """Leave the best schedule and the best bound to who asked."""
        self.asked.kept.timetable = Timetable(*self.timed, self.bound.seconds)

    def tell(self) -> None:
        """Keep and report the best schedule and the best bound."""
        self.keep()
        if self.asked.listen is not None:
            self.asked.listen(self.makespan, self.bound.seconds)

    def hear(self, timed: TimedWork) -> None:
        """Take what an attempt has found in its midst, if it ends earlier, or as early and costs less."""
        if timed.makespan < self.makespan or (
            timed.makespan == self.makespan and cost_of(timed.work) < cost_of(self.work)
        ):
            self.take_no_later(timed)

    def hear_starts(self, starts: list[int]) -> None:
        """Take such a schedule of the tasks at hand, if it ends earlier."""
        self.take_shorter(TimedWork(self.work, starts))

    def take_no_later(self, timed: TimedWork) -> None:
        """Take a schedule that ends no later."""
        self.timed = timed
        self.tell()

    def take_starts(self, starts: list[int]) -> None:
        """Take a schedule of the tasks at hand that ends no later."""
        self.take_no_later(TimedWork(self.work, starts))

    def take(self, found: Timetable | None) -> None:
        """Take what a model has found, if it ends earlier."""
        if found is not None:
            self.take_shorter(TimedWork(found.work, found.starts))

    def take_shorter(self, timed: TimedWork) -> None:
        """Take a schedule if it ends earlier."""
        if timed.makespan < self.makespan:
            self.take_no_later(timed)

    def raise_to(self, bound: Bound) -> None:
        """Take a bound if it is higher."""
        if bound.seconds > self.bound.seconds:
            self.bound = bound
            self.tell()

    def raise_to_model(self, seconds: int | None) -> None:
        """Take the bound of a model for one of the pool, unless rates are rounded in it."""
        if seconds is not None and self.work.clock.is_exact:
            self.raise_to(Bound(seconds, "whoever waits for whom"))
