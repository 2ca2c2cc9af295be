"""``explain()``: what must move, what can deadlock and how tightly, who waits for whom, what helps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from heuristics import Deadline, PathFinder
from heuristics.deadline import checked_limit
from models.pool import Pool
from models.problem import Problem
from planner.cp.solve import Effort
from planner.explaining.explanation import Explanation, Route, ScheduleTold, explanation_schema
from planner.explaining.quicker import what_would_shorten
from planner.explaining.tightness import tight_components
from planner.explaining.unlock import unlock
from planner.plan import plan
from planner.result import Status
from planner.search.conflicts import find_conflicts
from planner.search.kernel import kernel
from planner.verdict.conflicts import conflicts_told
from planner.verdict.detours import detour_reasons, detours_of_plan
from planner.verdict.obstacles import obstacles_of

if TYPE_CHECKING:
    from models.objective import Objective
    from models.state import PoolState
    from planner.progress import OnProgress
    from planner.result import Result
    from planner.search.kernel import Kernel
    from planner.verdict.statements import ConflictTold

__all__ = ["conflicts_behind", "detour_reasons", "explain", "explanation_schema"]

FOR_THE_PLAN = 0.6
"""Share of the time for the plan itself; the rest is for what would unlock a pool that has none."""

FOR_CONFLICTS = 0.5
"""Share of the time that is left after the plan, for the conflicts behind its detours."""


def explain(
    current: PoolState,
    target: PoolState,
    *,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    seed: int = 0,
    workers: int | None = None,
    heuristic: str | PathFinder = "auto",
    on_progress: OnProgress | None = None,
    deadline: Deadline | None = None,
    schedule: bool = False,
) -> Explanation:
    """Plan, and say why the plan looks as it does or, where there is none, what stands in the way.

    With ``schedule``, how long it takes is said too, and what would let it end earlier. The other parameters
    are those of :func:`planner.plan`; the time limit covers the search for what would unlock an impossible
    pool too.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool or a request breaks the contract.
    """
    checked_limit(time_limit_s)
    deadline = deadline or Deadline(time_limit_s)
    pool = Pool(current, target)
    result = plan(
        current,
        target,
        objective=objective,
        seed=seed,
        workers=workers,
        heuristic=heuristic,
        on_progress=on_progress,
        deadline=deadline.within(FOR_THE_PLAN * deadline.left_s),
        schedule=schedule,
    )
    effort = Effort(workers or os.cpu_count() or 1, seed)
    problem = Problem(pool, objective)
    locks = kernel(problem)
    lost = result.plan is None
    unlocked, interrupted = None, result.interrupted
    if lost and not interrupted and not deadline.over:
        threads, proven = workers or os.cpu_count() or 1, result.status is Status.INFEASIBLE
        try:
            unlocked = unlock(pool, objective, deadline, seed=seed, workers=threads, proven=proven)
        except KeyboardInterrupt:
            interrupted = True
    return Explanation(
        status=result.status.value,
        objective=result.objective,
        cost=result.cost,
        bound=result.bound,
        reason=result.reason,
        num_hosts=len(pool.hosts),
        moves=_routes(pool),
        shut_down=tuple(pool.shut_down),
        provisioned=tuple(pool.provisioned),
        roomy=tuple(problem.hosts[host].name for host in sorted(locks.roomy)),
        components=tuple(tight_components(problem, locks.components)),
        conflicts=_conflicts(problem, locks, deadline, result),
        detours=() if result.plan is None else tuple(detours_of_plan(pool, result.plan)),
        obstacles=tuple(obstacles_of(problem)) if lost else (),
        unlock=unlocked,
        schedule=None if interrupted else _in_time(pool, result, objective, deadline, effort),
        interrupted=interrupted,
    )


def _conflicts(
    problem: Problem, locks: Kernel, deadline: Deadline, result: Result
) -> tuple[ConflictTold, ...]:
    """Say who cannot all go straight home, where a plan needs detours."""
    if result.plan is None or not result.plan.detours:
        return ()
    share = deadline.within(FOR_CONFLICTS * deadline.left_s)
    return tuple(conflicts_told(problem, find_conflicts(problem, locks.components, share).found))


def conflicts_behind(pool: Pool, objective: Objective, deadline: Deadline) -> list[ConflictTold]:
    """Say who cannot all go straight home, whatever the plan: as many as are found by the deadline."""
    problem = Problem(pool, objective)
    return list(conflicts_told(problem, find_conflicts(problem, kernel(problem).components, deadline).found))


def _in_time(
    pool: Pool, result: Result, objective: Objective, deadline: Deadline, effort: Effort
) -> ScheduleTold | None:
    """Say how long the plan takes, where it has a schedule, and what would shorten it."""
    if result.plan is None or result.schedule is None:
        return None
    times = result.schedule
    quicker = what_would_shorten(pool, result.plan, times, objective, deadline, effort)
    return ScheduleTold(times.makespan_s, times.makespan_bound_s, tuple(quicker))


def _routes(pool: Pool) -> tuple[Route, ...]:
    here, there = pool.current.placement, pool.target.placement
    return tuple(Route(vm, here[vm], there[vm]) for vm in pool.displaced)
