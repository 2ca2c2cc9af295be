"""Measure what rules cost that say nothing: the same pool with and without them, in turn."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.lines import RulesLine
from models import read_pool, replay, write_pool
from planner.soak.pools.shuffles import shuffled
from planner.soak.pools.slack import with_slack_rules

if TYPE_CHECKING:
    from benchmarks.jobs import RulesJob

Timed = tuple[float, int | None]


def measure_rules(job: RulesJob) -> RulesLine:
    """Plan both pools round after round; what slows the machine down for a while slows both."""
    pool = shuffled(np.random.default_rng([job.num_hosts, job.seed]), job.num_hosts, job.load)
    with TemporaryDirectory() as folder:
        bare, ruled = Path(folder) / "without.json", Path(folder) / "with.json"
        write_pool(bare, pool)
        write_pool(ruled, with_slack_rules(pool))
        _planned(job, bare, 0)  # the first plan of a process pays for loading the solver
        rounds = [(_planned(job, bare, seed), _planned(job, ruled, seed)) for seed in range(job.rounds)]
    return RulesLine(
        job=job,
        num_vms=len(pool.vms),
        without_s=[without[0] for without, _ in rounds],
        with_s=[ruled[0] for _, ruled in rounds],
        without_cost=[without[1] for without, _ in rounds],
        with_cost=[ruled[1] for _, ruled in rounds],
    )


def _planned(job: RulesJob, path: Path, seed: int) -> Timed:
    import planner

    began = perf_counter()
    pool = read_pool(path)
    pool.check()
    result = planner.plan(
        pool.current, pool.target, seed=seed, time_limit_s=job.time_limit_s, workers=job.workers
    )
    if result.plan is not None and replay(pool, result.plan):
        raise RuntimeError("the replay rejects the plan")
    return round(perf_counter() - began, 5), result.cost
