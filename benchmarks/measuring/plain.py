"""Measure the plain things: what must be linear so that a large pool is no trouble before it is planned."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.lines import PlainLine
from models import write_pool
from models.plan_of_moves import plan_of
from planner.soak.pools.shuffles import five_a_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.jobs import PlainJob
    from models import Plan, Pool

SLOW_S = 2.0
"""A step that takes longer is not repeated."""

EVERY = 20
"""One displaced VM of so many waits for a safe interval: as many as where room is scarce."""


class Stopwatch:
    """Times steps, each several times, and keeps the fastest: the others are the machine's.

    Parameters
    ----------
    repeats
        How often each step runs.
    """

    def __init__(self, repeats: int) -> None:
        self.repeats = repeats
        self.seconds: dict[str, float] = {}

    def time(self, step: str, run: Callable[[], Any]) -> Any:
        """Run a step; give what it gives."""
        best, gave = float("inf"), None
        for _ in range(self.repeats):
            gave = None  # what the run before gave is garbage now, not a burden on this one
            began = perf_counter()
            gave = run()
            took = perf_counter() - began
            best = min(best, took)
            if took > SLOW_S:
                break
        self.seconds[step] = round(best, 6)
        return gave


def measure_plain(job: PlainJob) -> PlainLine:
    """Take a pool through every plain step, from the file to the replayed plan."""
    # Imported here: the parent, which only wants the names above, does not wait for the solver.
    from heuristics.bring_home import bring_home
    from heuristics.squeaky import Wheel
    from models import read_plan, read_pool, replay, write_plan
    from models.plan_file import PlanFile
    from models.problem import Problem
    from planner.search.kernel import kernel

    kernel(Problem(five_a_host(np.random.default_rng(0), 20)))  # the first call loads half of networkx
    watch = Stopwatch(job.repeats)
    with TemporaryDirectory() as folder:
        pool_path, plan_path = Path(folder) / "pool.json", Path(folder) / "plan.json"
        _write_pool(job, pool_path, watch)
        pool = watch.time("read pool", lambda: read_pool(pool_path))
        watch.time("check pool", pool.check)
        problem = watch.time("problem", lambda: Problem(pool))
        watch.time("kernel", lambda: kernel(problem))
        moves = watch.time("squeaky pass", lambda: Wheel(problem, job.seed).turn(_long()))
        if moves is not None:
            waiting = dict.fromkeys(problem.displaced[::EVERY])
            order = [(vm, problem.dst[vm]) for vm in dict(moves) if vm not in waiting]
            watch.time("safe intervals", lambda: bring_home(problem, order, waiting, _long()))
            plan = watch.time("price plan", lambda: plan_of(problem, moves))
            file = PlanFile(status="feasible", cost=plan.cost, actions=plan.entries())
            watch.time("write plan", lambda: write_plan(plan_path, file))
            watch.time("read plan", lambda: read_plan(plan_path))
            if watch.time("replay plan", lambda: replay(pool, plan)):
                raise RuntimeError("the replay rejects the plan of the squeaky wheel")
            _schedule(pool, plan, watch)
        size = pool_path.stat().st_size / 2**20
    return PlainLine(job=job, num_vms=len(pool.vms), file_mib=round(size, 3), seconds=watch.seconds)


def _schedule(pool: Pool, plan: Plan, watch: Stopwatch) -> None:
    """Take a plan through what every schedule needs: one list, precedences and waves, and their replay."""
    from heuristics.list_schedule import list_schedule
    from planner.scheduling.judging import judge_schedule
    from planner.scheduling.timetable import Timetable, work_of_plan, written_out

    work = watch.time("tasks", lambda: work_of_plan(pool, plan))
    seconds = [float(task.seconds) for task in work.tasks]
    starts = watch.time("list schedule", lambda: list_schedule(work, range(len(seconds)), seconds))
    again, times = watch.time("precedences, waves", lambda: written_out(Timetable(work, starts)))
    if watch.time("replay schedule", lambda: judge_schedule(pool, again, times)):
        raise RuntimeError("the replay rejects the list schedule")


def _write_pool(job: PlainJob, path: Path, watch: Stopwatch) -> None:
    """Draw the pool and write it; what is drawn is gone before anything else is timed."""
    pool = five_a_host(np.random.default_rng([job.num_hosts, job.seed]), job.num_hosts)
    watch.time("write pool", lambda: write_pool(path, pool))


def _long() -> Any:
    from heuristics import Deadline

    return Deadline(600.0)
