"""A shorter schedule of few tasks that costs no more: the same at every run, whatever the clock says.

``--schedule`` of a small pool does this and then ends; ``--objective time`` does it first, and then lets
others step aside. Both take the same steps from the same plan, so that the second ends no later.
ALGORITHM.md, "Short schedules".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from heuristics.tasks import TimedWork
from planner.scheduling.bounds import makespan_bound
from planner.scheduling.freedom import at_no_more_than
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.reorder import reorder_by_work
from planner.scheduling.reroute import reroute, waits_for_room

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.parameters import ScheduleParameters


class SameCost(NamedTuple):
    """What it came to, and whether it is proven that none of the same tasks is shorter."""

    timed: TimedWork
    proven: bool


def at_the_same_cost(
    timed: TimedWork,
    deadline: Deadline,
    effort: Effort,
    work_s: float,
    *,
    enough: int = 0,
    listen: Callable[[TimedWork], None] | None = None,
    parameters: ScheduleParameters = DEFAULT,
) -> SameCost:
    """Give a shorter schedule by neighbourhoods and, where VMs step aside, by other shelters.

    Parameters
    ----------
    deadline
        Ends it early; what it had come to by then comes back, so that a later one is never worse.
    work_s
        Seconds of each worker, on a machine like any other.
    enough
        A schedule as short ends it; nothing else depends on it.
    listen
        Told of every shorter schedule.
    """
    problem, clock = timed.work.problem, timed.work.clock
    freedom = at_no_more_than(timed.work)
    # Of the pool and the cost alone: what else is known of the end depends on the clock, and on who asks.
    bound = makespan_bound(problem, clock.for_proofs(), freedom).seconds

    def reordered(timed: TimedWork, work_s: float) -> SameCost:
        work = timed.work
        found = reorder_by_work(
            work,
            timed.starts,
            deadline,
            effort,
            work_s,
            bound=bound,
            enough=enough,
            listen=None if listen is None else lambda starts: listen(TimedWork(work, starts)),
            parameters=parameters,
        )
        return SameCost(TimedWork(work, found.starts), found.proven)

    if len(timed.work.tasks) == len(problem.displaced):
        return reordered(timed, work_s)
    found = reordered(timed, work_s / 2).timed
    if found.makespan > max(bound, enough) and not deadline.over and waits_for_room(*found):
        steps = int(parameters.other_ways.tasks_a_second * work_s / 4 / len(found.work.tasks))
        found = reroute(
            *found,
            freedom,
            deadline,
            effort,
            bound=max(bound, enough),
            rounds=steps,
            listen=listen,
            parameters=parameters,
        )
    return reordered(found, work_s / 4)
