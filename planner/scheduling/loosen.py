"""Of schedules that are as short, one that bears bad luck: shorter than others when durations vary.

A chain of waiting that is short by the estimates may be long in most draws. So orders of the same tasks are
searched for that end no later as planned, and earlier on average over durations drawn at random; and what
comes of that is carried out with other draws. ALGORITHM.md, "Bad luck in the durations".
"""

from __future__ import annotations

import logging
from math import inf
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING

from heuristics.compiled.at_hand import CompiledPart, begin_to_compile, is_kept
from heuristics.tasks import TimedWork
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.precedences import precedences
from planner.scheduling.rehearsal import rehearse
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.parameters import ScheduleParameters, Waiting

log = logging.getLogger(__name__)


def _may_loosen(num_tasks: int, effort: Effort, parameters: ScheduleParameters) -> bool:
    enough = parameters.loosening.fewest_tasks <= num_tasks <= parameters.sizes.most_in_part
    return enough and effort.workers > 1


def kept_for_loosening(
    num_tasks: int, deadline: Deadline, effort: Effort, parameters: ScheduleParameters
) -> float:
    """Give the seconds to keep for it: a share of what is left, or about what its steps take.

    0 where the schedule would stay the same.
    """
    if not (_may_loosen(num_tasks, effort, parameters) and is_kept(CompiledPart.ORDERS)):
        return 0.0
    how = parameters.loosening
    steps_s = (how.steps + how.steps_a_task * num_tasks) * num_tasks / how.tasks_a_second
    return min(parameters.shares.loosening.of(deadline.left_s), how.load_s + steps_s)


def loosened(
    timetable: Timetable, deadline: Deadline, effort: Effort, parameters: ScheduleParameters = DEFAULT
) -> Timetable:
    """Give a schedule that ends no later, and earlier on average when durations are drawn at random.

    The same one for few tasks, with one worker, so that what he comes to does not depend on what is compiled,
    and where steps are not compiled yet, which is begun for the plans that follow.
    """
    work, how = timetable.work, parameters.loosening
    if not _may_loosen(len(work.tasks), effort, parameters):
        return timetable
    if not is_kept(CompiledPart.ORDERS):
        begin_to_compile(CompiledPart.ORDERS)
        return timetable
    if deadline.left_s < how.load_s:
        return timetable
    from planner.scheduling.loose_orders import loose_orders

    rng = Random(effort.seed)
    luck = [[how.spread ** rng.uniform(-1, 1) for _ in work.problem.vms] for _ in range(how.draws)]
    best, began = TimedWork(work, timetable.starts), deadline.elapsed_s
    before = score = _late(best, luck, deadline, parameters.waiting)
    judging_s = how.judging * effort.workers * (deadline.elapsed_s - began)
    some = deadline.within(deadline.left_s - judging_s)
    for found in loose_orders(best, some, effort, parameters):
        late = _late(found, luck, deadline, parameters.waiting)
        if late < score:
            best, score = found, late
    log.info("ends after %.0f s on average, %.0f before", score, before)
    return Timetable(best.work, best.starts, timetable.bound_s)


def _late(timed: TimedWork, luck: Sequence[Sequence[float]], deadline: Deadline, waiting: Waiting) -> float:
    """Give when the precedences of a schedule end on average; infinity where time is up before.

    Parameters
    ----------
    luck
        ``luck[draw][vm]``: how many times its estimate an action takes.
    """
    if deadline.over:
        return inf
    after = precedences(timed.work, timed.starts, waiting)
    ends = []
    for times in luck:
        if deadline.over:
            return inf
        seconds = [times[task.vm] * task.seconds for task in timed.work.tasks]
        ends.append(rehearse(timed.work, after, seconds, timed.starts).makespan_s)
    return fmean(ends)
