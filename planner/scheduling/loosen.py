"""Of schedules that are as short, one that bears bad luck: shorter than others when durations vary.

A chain of waiting that is short by the estimates may be long in most draws. So schedules that end as early
are compared by how late their precedences end on average. ALGORITHM.md, "Bad luck in the durations".
"""

from __future__ import annotations

import logging
from itertools import cycle, islice
from math import inf
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING

from heuristics.justify import shaken_starts
from heuristics.list_schedule import list_schedule
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.precedences import precedences
from planner.scheduling.rehearsal import drawn, rehearse
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort
    from planner.scheduling.parameters import ScheduleParameters, Waiting

log = logging.getLogger(__name__)


def loosened(
    timetable: Timetable, deadline: Deadline, effort: Effort, parameters: ScheduleParameters = DEFAULT
) -> Timetable:
    """Give a schedule that ends no later, and earlier on average when durations are drawn at random."""
    work, rng = timetable.work, Random(effort.seed)
    how, waiting = parameters.loosening, parameters.waiting
    if len(work.tasks) < 2:
        return timetable
    luck = [drawn(work, rng, how.spread) for _ in range(how.draws)]
    best, makespan = timetable.starts, timetable.makespan_s
    before = score = _late(work, best, luck, deadline, waiting)
    for width in islice(cycle(how.widths), how.rounds):
        if deadline.over:
            break
        shaken = shaken_starts(best, width * makespan, how.shaken, rng)
        starts = list_schedule(work, work.order(best), shaken)
        if work.makespan(starts) > makespan:
            continue
        if (late := _late(work, starts, luck, deadline, waiting)) < score:
            best, makespan, score = starts, work.makespan(starts), late
    log.info("ends after %.0f s on average, %.0f before", score, before)
    return Timetable(work, best, timetable.bound_s)


def _late(
    work: Work, starts: list[int], luck: Sequence[Sequence[float]], deadline: Deadline, waiting: Waiting
) -> float:
    """Give when the precedences of a schedule end on average; infinity where time is up before."""
    if deadline.over:
        return inf
    after = precedences(work, starts, waiting)
    ends = []
    for seconds in luck:
        if deadline.over:
            return inf
        ends.append(rehearse(work, after, seconds, starts).makespan_s)
    return fmean(ends)
