"""Running a job: in a fresh process, so that its time and memory are its own, or, for tests, in this one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from benchmarks.child import Order, carry_out
from benchmarks.jobs import Job, LuckJob, PlanJob, RulesJob, TimesJob
from benchmarks.lines import AnyLine, failed
from models import write_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.case import Case

ROOT = Path(__file__).resolve().parent.parent

PATIENCE_S = 120.0
"""What a process may take beyond twice the limits of its job, before it is ended."""


def run(task: Case | Job, *, fresh_process: bool = True, plans: Path | None = None) -> AnyLine:
    """Measure one case or job.

    Parameters
    ----------
    fresh_process
        False: measure in this process, for tests; there is no ``process_s`` and no ``peak_mib``.
    plans
        Folder to write the plan file into.
    """
    with ordered(task, plans) as order:
        return in_process(order) if fresh_process else carry_out(order)


def job_of(task: Case | Job) -> Job:
    """Give the job of a case, or the job itself."""
    return task if isinstance(task, Job) else task.job


@contextmanager
def ordered(task: Case | Job, plans: Path | None) -> Iterator[Order]:
    """Give the order for a task, the pool of a generator written to a file while it lasts."""
    if isinstance(task, Job):
        yield Order(task)
        return
    keep = None if plans is None else str(plan_path(plans, task.job))
    if isinstance(task.source, Path):
        yield Order(task.job, str(task.source.resolve()), keep)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pool.json"
        write_pool(path, task.source())
        yield Order(task.job, str(path), keep)


def plan_path(plans: Path, job: PlanJob) -> Path:
    """Give the name of the plan file of a job."""
    words = job.family, job.pool, job.method, job.objective, str(job.seed)
    name = "-".join(words).replace("/", "_").replace(" ", "_")
    return plans.resolve() / f"{name}.plan.json"


def in_process(order: Order) -> AnyLine:
    """Do an order in a fresh process, and wait for it."""
    began = perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.child"],
            input=msgspec.json.encode(order),
            capture_output=True,
            cwd=ROOT,
            timeout=longest_s(order.job),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return failed(order.job, f"ended after {late.timeout:.0f} s, far past its limit")
    process_s = perf_counter() - began
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        return failed(order.job, words[-1])
    line: AnyLine = msgspec.json.decode(done.stdout, type=AnyLine)
    return replace(line, process_s=process_s)


def longest_s(job: Job) -> float:
    """Give the seconds after which a process has gone astray."""
    match job:
        case PlanJob() | TimesJob():
            return PATIENCE_S + 2 * job.time_limit_s
        case RulesJob():
            return PATIENCE_S + 4 * job.rounds * job.time_limit_s
        case LuckJob():
            return PATIENCE_S + 2 * (job.time_limit_s + 2 * job.draws * job.oracle_s)
        case _:
            return 10 * PATIENCE_S
