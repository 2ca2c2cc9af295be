"""Short schedules of a plan: the order and the shelters are free, the cost is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.justify import short_schedule
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort


def shorten(work: Work, deadline: Deadline, effort: Effort) -> Timetable:
    """Give a short schedule of these tasks, or of others that cost no more.

    Parameters
    ----------
    work
        The tasks of a plan, in a safe order.
    deadline
        A schedule comes back whatever it says.
    """
    return Timetable(work, short_schedule(work, deadline, seed=effort.seed))


def quicken(work: Work, deadline: Deadline, effort: Effort) -> Timetable:
    """Give the schedule that ends earliest, of any tasks that bring everyone to his target.

    Parameters
    ----------
    work
        The tasks of some plan, in a safe order.
    deadline
        A schedule comes back whatever it says.
    """
    return shorten(work, deadline, effort)
