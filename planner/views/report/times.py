"""What the page is given of a schedule: when each action runs, and the chain that decides the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from planner.scheduling.critical_path import critical_path, waited_for

if TYPE_CHECKING:
    from models.plan import Plan
    from models.pool import Pool
    from models.rolling_plan import RollingPlan
    from models.schedule import Schedule


class ScheduleShown(Struct):
    """A schedule, its actions in the order of the plan.

    Parameters
    ----------
    start, end
        Of each action, in seconds.
    bound
        Proven of the makespan, in seconds; None where nothing is.
    chain
        (step, what it waited for, in words) for the actions that decide the end, first action first.
    """

    start: list[int]
    end: list[int]
    bound: int | None
    chain: list[tuple[int, str]]


def times_of(pool: Pool, plan: Plan | RollingPlan, schedule: Schedule) -> ScheduleShown:
    """Write down what the time line shows."""
    path = critical_path(pool.current, plan, schedule)
    return ScheduleShown(
        list(schedule.start_s),
        list(schedule.end_s),
        schedule.makespan_bound_s,
        [(link.number, "" if link.why == "start" else waited_for(link)) for link in path],
    )
