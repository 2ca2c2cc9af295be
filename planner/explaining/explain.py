"""``explain()``: what must move, what can deadlock and how tightly, who waits for whom, what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from heuristics.deadline import clock_of
from models.mistakes import given_or
from models.pool import Pool
from models.problem import Problem
from planner.cp.asked import threads
from planner.cp.solve import Effort
from planner.explaining.explanation import Explanation, Route, ScheduleTold
from planner.explaining.parameters import DEFAULT
from planner.explaining.quicker import what_decides, what_would_shorten
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
    from collections.abc import Callable

    from heuristics import Deadline, PathFinder
    from models.objective import Objective
    from models.state import PoolState
    from planner.explaining.parameters import ExplainParameters
    from planner.progress import OnProgress
    from planner.result import Result
    from planner.search.kernel import Kernel
    from planner.verdict.statements import ConflictTold

Asked = ParamSpec("Asked")
Told = TypeVar("Told")

__all__ = ["conflicts_behind", "detour_reasons", "explain"]


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
    parameters: ExplainParameters | None = None,
) -> Explanation:
    """Plan, and say why the plan looks as it does or, where there is none, what stands in the way.

    With ``schedule``, how long it takes is said too, and what would let it end earlier. ``parameters`` are
    those of what is said and, as their ``goal.plan``, of all plans. The others are those of
    :func:`planner.plan`; the time limit covers the search for what would unlock an impossible pool too.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool or a request breaks the contract.
    """
    deadline, how = clock_of(time_limit_s, deadline), given_or(DEFAULT, "parameters", parameters)
    pool = Pool(current, target)
    result = plan(
        current,
        target,
        objective=objective,
        seed=seed,
        workers=workers,
        heuristic=heuristic,
        on_progress=on_progress,
        deadline=deadline.share(how.plan),
        schedule=schedule,
        parameters=how.goal.plan,
    )
    effort = Effort(threads(workers), seed)
    problem = Problem(pool, objective)
    locks = kernel(problem)
    lost, more = result.plan is None, _More(result.interrupted)
    unlocked = None
    if lost and not deadline.over:
        unlocked = more.of(
            unlock,
            pool,
            objective,
            deadline,
            seed=seed,
            workers=effort.workers,
            proven=result.status is Status.INFEASIBLE,
            parameters=how,
        )
    conflicts = more.of(_conflicts, problem, locks, deadline, result, how)
    in_time = more.of(_in_time, pool, result, objective, deadline, effort, how)
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
        conflicts=conflicts or (),
        detours=() if result.plan is None else tuple(detours_of_plan(pool, result.plan)),
        obstacles=tuple(obstacles_of(problem)) if lost else (),
        unlock=unlocked,
        schedule=in_time,
        interrupted=more.interrupted,
    )


@dataclass(slots=True)
class _More:
    """What is looked for once there is a plan or none: Ctrl-C ends that, and what is known stays."""

    interrupted: bool

    def of(self, look: Callable[Asked, Told], *args: Asked.args, **kwargs: Asked.kwargs) -> Told | None:
        """Give what somebody finds; None after a Ctrl-C, or where one comes meanwhile."""
        if not self.interrupted:
            try:
                return look(*args, **kwargs)
            except KeyboardInterrupt:
                self.interrupted = True
        return None


def _conflicts(
    problem: Problem, locks: Kernel, deadline: Deadline, result: Result, how: ExplainParameters
) -> tuple[ConflictTold, ...]:
    """Say who cannot all go straight home, where a plan needs detours."""
    if result.plan is None or not result.plan.detours:
        return ()
    share = deadline.share(how.conflicts)
    conflicts = find_conflicts(problem, locks.components, share, how.goal.plan.conflicts)
    return tuple(conflicts_told(problem, conflicts.found))


def conflicts_behind(pool: Pool, objective: Objective, deadline: Deadline) -> list[ConflictTold]:
    """Say who cannot all go straight home, whatever the plan: as many as are found by the deadline."""
    problem = Problem(pool, objective)
    return list(conflicts_told(problem, find_conflicts(problem, kernel(problem).components, deadline).found))


def _in_time(
    pool: Pool,
    result: Result,
    objective: Objective,
    deadline: Deadline,
    effort: Effort,
    how: ExplainParameters,
) -> ScheduleTold | None:
    """Say how long the plan takes, where it has a schedule, and what would shorten it."""
    if result.plan is None or result.schedule is None:
        return None
    times = result.schedule
    changes = what_would_shorten(pool, result.plan, times, objective, deadline, effort, how)
    decisive = tuple(what_decides(pool, result.plan, times))
    return ScheduleTold(
        times.makespan_s,
        times.makespan_bound_s,
        tuple(changes.quicker),
        decisive,
        changes.tried,
        changes.known,
    )


def _routes(pool: Pool) -> tuple[Route, ...]:
    here, there = pool.current.placement, pool.target.placement
    return tuple(Route(vm, here[vm], there[vm]) for vm in pool.displaced)
