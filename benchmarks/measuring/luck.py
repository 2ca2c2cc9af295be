"""Measure how a schedule bears durations that nobody knew: by precedences, by times, by waves."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from benchmarks.lines import LuckLine
from heuristics import Deadline
from models import Pool, Timing
from models.precopy import migration_seconds
from planner import SearchParameters, plan
from planner.cp.solve import Effort
from planner.scheduling.makespan import shorten
from planner.scheduling.rehearsal import by_precedences, by_times, by_waves, rehearse
from planner.scheduling.timetable import work_of_plan
from planner.soak.pools.shuffles import shuffled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.jobs import LuckJob
    from models import VM

RATE_MBPS = 93.0

SLOW = Timing(rate_mbps=RATE_MBPS, overhead_s=0)
"""A slow network: a migration takes about half a minute."""

SPREAD = 2.0
"""What bad luck is: from half to twice the estimate. What is measured is not what is tuned."""


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
    ways = {"after": by_precedences(times), "times": by_times(times), "waves": by_waves(times)}
    late: dict[str, list[float]] = {way: [] for way in ways}
    oracle, proven = [], []
    for draw in range(job.draws):
        work = work_of_plan(_met(pool, Random(f"{job.luck} {draw}")), result.plan)
        seconds = [task.seconds for task in work.tasks]
        runs = {way: rehearse(work, waits, seconds, times.start_s) for way, waits in ways.items()}
        for way, run in runs.items():
            late[way].append(run.makespan_s)
        # Who knows the durations knows what the best run was, and goes on from there.
        best = min(runs.values(), key=lambda run: run.makespan_s)
        begun = [round(start) for start in best.start_s]
        known = shorten(work, Deadline(job.oracle_s), Effort(job.workers, job.seed), begun=begun)
        oracle.append(float(known.makespan_s))
        proven.append(float(known.bound_s or 0))
    return LuckLine(
        job=job,
        actions=len(result.plan.actions),
        precedences=sum(map(len, times.after)),
        waves=times.num_waves,
        makespan_s=times.makespan_s,
        bound_s=times.makespan_bound_s,
        oracle_s=oracle,
        proven_s=proven,
        late_s=late,
    )


def _slow(pool: Pool, vms: Iterable[VM] | None = None) -> Pool:
    """Give the pool in a slow network, perhaps with other VMs of the same names."""
    state = pool.current.changed(vms=vms, timing=SLOW)
    return Pool(state, state.placed(pool.target.placement))


def _met(pool: Pool, rng: Random) -> Pool:
    """Give the pool with the durations of one draw, in whole seconds: each power of the spread as likely.

    It is the pool that has them, and not only the tasks of the plan: so bounds and detours know them too.
    """
    vms = []
    for vm in pool.vms:
        took = migration_seconds(SLOW, vm, RATE_MBPS) * SPREAD ** rng.uniform(-1, 1)
        vms.append(replace(vm, migration_s=max(1, round(took))))
    return _slow(pool, vms)
