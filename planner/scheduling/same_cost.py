"""A shorter schedule of few tasks that costs no more: the same at every run, whatever the clock says.

``--schedule`` of a small pool does this, and then raises its bound alone; ``--objective time`` does it first,
and then makes further migrations. Both take the same steps from the same plan, so the second ends no later.
ALGORITHM.md, "Short schedules".
"""

from __future__ import annotations

from dataclasses import replace
from operator import and_
from typing import TYPE_CHECKING, NamedTuple

from heuristics.tasks import TimedWork
from planner.scheduling.bounds import makespan_bound
from planner.scheduling.detour_model import DetourModel
from planner.scheduling.freedom import at_no_more_than, cost_of, stopped_in
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.least import Least
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.reorder import reorder_by_work
from planner.scheduling.reroute import reroute, waits_for_room
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
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
    """Give a shorter schedule by neighbourhoods and, where VMs step aside, by others aside, or elsewhere.

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
    problem = timed.work.problem
    freedom = at_no_more_than(timed.work)
    # Of the pool and the cost alone: what else is known of the end depends on the clock, and on who asks.
    bound = makespan_bound(FreedomInTime(freedom, Least(timed.work.clock.for_proofs()))).seconds

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
    parts = parameters.same_cost
    found = reordered(timed, parts.reordering * work_s).timed
    if found.makespan > max(bound, enough) and not deadline.over and waits_for_room(*found):
        tasks = parameters.other_ways.tasks_a_second * parts.rerouting * work_s
        found = reroute(
            *found,
            freedom,
            deadline,
            effort,
            bound=max(bound, enough),
            rounds=int(tasks / len(found.work.tasks)),
            listen=listen,
            parameters=parameters,
        )
    if found.makespan > max(bound, enough) and not deadline.over:
        one = replace(effort, workers=1, deterministic_s=parts.aside * work_s * effort.work_a_second)
        found = _others_aside(found, freedom, bound, deadline, one, parameters)
    return reordered(found, parts.again * work_s)


def _others_aside(
    timed: TimedWork,
    freedom: Freedom,
    bound: int,
    deadline: Deadline,
    effort: Effort,
    parameters: ScheduleParameters,
) -> TimedWork:
    """Give a shorter schedule in which others step aside, once each, at no more cost, by no more actions."""
    work, problem = timed.work, timed.work.problem
    sent = {task.vm for task in work.tasks}
    # Whoever is sent nowhere, and whose migrations cost nothing, or nobody knows what, stays where he is.
    priced = (vm in sent or problem.cost[vm] > 0 for vm in range(problem.num_vms))
    fewer = replace(freedom, aside=tuple(map(and_, freedom.aside, priced)))
    model = DetourModel(
        FreedomInTime(fewer, Least(work.clock, parameters.bound.most_modes)),
        bound,
        timed.makespan,
        detours=1,
        longer=False,
        stopped=stopped_in(work),
        most_cost=cost_of(work),
    )
    model.at_most(len(work.tasks))
    model.hint(Timetable(*timed))
    found = model.find(deadline, effort).timetable
    return timed if found is None else min(timed, TimedWork(found.work, found.starts), key=TimedWork.score)
