"""Measure one pool: read it, plan it, say how it went."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from benchmarks.lines import PlanLine
from heuristics import Deadline
from models import Plan, Pool, Stop, read_pool
from models.reading import plan_bytes, write_plan
from planner.cli.search_options import LEAST_S

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.jobs import PlanJob
    from planner import Progress, Result


class FirstPlan:
    """Hears the planner's progress, and notes when the first plan was there."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def __call__(self, progress: Progress) -> None:
        """Note the time of the first event that has a plan."""
        if self.seconds is None and progress.cost is not None:
            self.seconds = progress.seconds


def measure_plan(job: PlanJob, path: Path, keep: Path | None = None) -> PlanLine:
    """Plan the pool of a file; the deadline runs from here on, as it does in ``vmplan plan``.

    Parameters
    ----------
    keep
        Where to write the plan file; None: its bytes are only made.
    """
    deadline = Deadline(job.time_limit_s)
    pool = read_pool(path)
    pool.check()
    read_s = deadline.elapsed_s
    first = FirstPlan()
    began = monotonic()
    load_planner()
    load_s = monotonic() - began
    deadline = deadline.at_least(LEAST_S)
    began = monotonic()
    result = _planned(job, pool, deadline, first)
    plan_s = monotonic() - began
    began = monotonic()
    if keep is None:
        plan_bytes(result.file())
    else:
        write_plan(keep, result.file())
    seconds = {"read": read_s, "load": load_s, **result.seconds, "write": monotonic() - began}
    first_s = result.seconds.get("heuristic") if job.method != "auto" else first.seconds
    if job.method == "auto" and first_s is not None:
        # Its clock is the deadline's, which has run since before the pool was read.
        first_s = max(0.0, first_s - read_s - load_s)
    return _line(job, pool, result, seconds, plan_s, first_s)


def load_planner() -> None:
    """Load the solver, half a second; it counts against the limit, as it does on the command line."""
    import planner.planning  # noqa: F401


def _planned(job: PlanJob, pool: Pool, deadline: Deadline, first: FirstPlan) -> Result:
    import planner
    from planner.parameters import SearchParameters

    if job.method != "auto":
        return planner.find(
            pool.current,
            pool.target,
            method=job.method,
            objective=job.objective,
            seed=job.seed,
            deadline=deadline,
        )
    return planner.plan(
        pool.current,
        pool.target,
        objective=job.objective,
        seed=job.seed,
        workers=job.workers,
        on_progress=first,
        deadline=deadline,
        parameters=SearchParameters.of(*job.settings),
    )


def _line(
    job: PlanJob, pool: Pool, result: Result, seconds: dict[str, float], plan_s: float, first_s: float | None
) -> PlanLine:
    plan, start, times = result.plan, result.heuristic_plan, result.schedule
    return PlanLine(
        job=job,
        num_hosts=len(pool.hosts),
        num_vms=len(pool.vms),
        displaced=len(pool.displaced),
        load=round(load_of(pool), 4),
        status=result.status.value,
        cost=result.cost,
        bound=result.bound,
        gap=result.gap,
        moves=None if plan is None else len(plan.migrations),
        ram_mib=None if plan is None else _ram_moved(pool, plan),
        detours=None if plan is None else plan.detours,
        stops=0 if plan is None else sum(isinstance(action, Stop) for action in plan.actions),
        heuristic=result.heuristic_name,
        heuristic_cost=None if start is None else start.cost,
        heuristic_s=first_s,
        seconds={stage: round(took, 5) for stage, took in seconds.items()},
        plan_s=plan_s,
        makespan_s=None if times is None else times.makespan_s,
        makespan_bound_s=None if times is None else times.makespan_bound_s,
    )


def _ram_moved(pool: Pool, plan: Plan) -> int:
    ram_of = {vm.name: vm.ram_mib for vm in pool.vms}
    return sum(ram_of[migration.vm] for migration in plan.migrations)


def load_of(pool: Pool) -> float:
    """Give the share of the scarcest resource that is taken at the start, all hosts together; 0 to 1."""
    placed = [vm for vm in pool.vms if vm.name in pool.current.placement]
    shares = [0.0]
    for resource in {name for vm in placed for name in vm.demand}:
        usable = sum(host.usable(resource) for host in pool.hosts)
        if usable:
            shares.append(sum(vm.demand.get(resource, 0) for vm in placed) / usable)
    return max(shares)
