"""Measure how a schedule bears durations that nobody knew: by precedences, by times, by waves."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.lines import LuckLine
from heuristics import Deadline
from models import Pool, PoolState, Timing
from planner import SearchParameters, plan
from planner.cp.solve import Effort
from planner.scheduling.makespan import shorten
from planner.scheduling.rehearsal import by_precedences, by_times, by_waves, drawn, rehearse, work_of_plan
from planner.soak.pools.shuffles import shuffled

if TYPE_CHECKING:
    from benchmarks.jobs import LuckJob

SLOW = Timing(rate_mbps=93, overhead_s=0)
"""A slow network: a migration takes about half a minute."""


def measure_luck(job: LuckJob) -> LuckLine:
    """Schedule a shuffle, and carry it out in each way with the same draws."""
    pool = _slow(shuffled(np.random.default_rng([job.num_hosts, job.seed]), job.num_hosts, job.load))
    result = plan(
        pool.current,
        pool.target,
        schedule=True,
        time_limit_s=job.time_limit_s,
        workers=job.workers,
        parameters=SearchParameters.of(*job.settings),
    )
    if result.plan is None or (times := result.schedule) is None:
        return LuckLine(job=job, error=result.reason)
    work = work_of_plan(pool, result.plan)
    ways = {"after": by_precedences(times), "times": by_times(times), "waves": by_waves(times)}
    late: dict[str, list[float]] = {way: [] for way in ways}
    oracle = []
    for draw in range(job.draws):
        # Whole seconds, as the oracle's schedules have.
        seconds = [max(1, round(one)) for one in drawn(work, Random(f"{job.luck} {draw}"))]
        for way, waits in ways.items():
            late[way].append(rehearse(work, waits, seconds, times.start_s).makespan_s)
        known = replace(
            work,
            tasks=tuple(replace(it, seconds=took) for it, took in zip(work.tasks, seconds, strict=True)),
        )
        again = shorten(known, Deadline(job.oracle_s), Effort(job.workers, job.seed)).makespan_s
        oracle.append(float(min(again, *(ends[-1] for ends in late.values()))))
    return LuckLine(
        job=job,
        actions=len(work.tasks),
        precedences=sum(map(len, times.after)),
        waves=times.num_waves,
        makespan_s=times.makespan_s,
        bound_s=times.makespan_bound_s,
        oracle_s=oracle,
        late_s=late,
    )


def _slow(pool: Pool) -> Pool:
    here = pool.current
    state = PoolState(here.hosts, here.vms, here.placement, timing=SLOW)
    return Pool(state, state.placed(pool.target.placement))
