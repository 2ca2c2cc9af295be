"""Measure how long schedules take: one after another, in waves, by lists, and as the planner makes them."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.lines import TimesLine
from planner.soak.pools.shuffles import shuffled

if TYPE_CHECKING:
    from benchmarks.jobs import TimesJob
    from models import Pool

RATE_MBPS = 93.0
"""What one migration of the shuffles goes at, without overhead: 51 s for the largest VM."""


def timed_shuffle(num_hosts: int, load: float, seed: int) -> Pool:
    """Draw a full shuffle whose hosts send one VM and receive one at a time."""
    from models import Pool
    from models.timing import Timing

    pool = shuffled(np.random.default_rng([num_hosts, round(100 * load), seed]), num_hosts, load)
    timed = pool.current.changed(timing=Timing(rate_mbps=RATE_MBPS, overhead_s=0))
    return Pool(timed, timed.placed(pool.target.placement))


def measure_times(job: TimesJob) -> TimesLine:
    """Plan with a schedule, and hold it against simpler ones of the same plan."""
    import planner
    from heuristics import Deadline
    from heuristics.justify import short_schedule
    from planner.scheduling.rehearsal import by_waves, rehearse
    from planner.scheduling.timetable import work_of_plan

    pool = timed_shuffle(job.num_hosts, job.load, job.seed)
    began = perf_counter()
    result = planner.plan(
        pool.current,
        pool.target,
        objective=job.objective,
        schedule=True,
        time_limit_s=job.time_limit_s,
        workers=job.workers,
        parameters=planner.SearchParameters.of(*job.settings),
    )
    plan_s = perf_counter() - began
    if result.plan is None or (times := result.schedule) is None:
        return TimesLine(job=job, plan_s=round(plan_s, 3))
    work = work_of_plan(pool, result.plan)
    seconds = [task.seconds for task in work.tasks]
    began = perf_counter()
    listed = work.makespan(short_schedule(work, Deadline(job.time_limit_s)))
    return TimesLine(
        job=job,
        moves=len(work.tasks),
        serial_s=sum(seconds),
        waves_s=round(rehearse(work, by_waves(times), seconds, times.start_s).makespan_s),
        list_s=listed,
        makespan_s=times.makespan_s,
        bound_s=times.makespan_bound_s,
        plan_s=round(plan_s, 3),
        listing_s=round(perf_counter() - began, 3),
    )
