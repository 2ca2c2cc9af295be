"""``plan()`` and ``find()``: the doors of the planner.

What is behind them, :mod:`planner.planning`, is imported when they are called: the solver takes longer to
load than most commands run, and who only reads, checks or shows a plan shall not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from heuristics import Deadline, PathFinder
    from models.objective import Objective
    from models.state import PoolState
    from planner.parameters import SearchParameters
    from planner.progress import OnProgress
    from planner.result import Result


def plan(
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
    executor: Executor | None = None,
    proof: bool = False,
    schedule: bool = False,
    parameters: SearchParameters | None = None,
) -> Result:
    """Find the shortest safe sequence of migrations, and prove how short it could be.

    Parameters
    ----------
    current, target
        Placements over the same hosts, under the same rules.
    objective
        ``moves``, ``ram``, ``custom``, or a callable VM -> integer cost of one migration. ``time``: what ends
        earliest, then fewest migrations; there is a schedule then.
    time_limit_s
        For all stages together; kept within 10% and a second.
    seed
        The same seed and one worker give the same plan, the time limit aside, and whether code for large
        pools is compiled yet. Schedules depend on the clock too.
    workers
        Threads of the solver; None: one a core.
    heuristic
        ``auto``, the name of a path finder, or a path finder: whose plan the optimiser starts from.
    on_progress
        Told of every stage, better plan and better bound.
    deadline
        In place of ``time_limit_s``, a clock that has been running since before the pool was read.
    executor
        Any ``concurrent.futures.Executor``: the components of the pool go there, their bounds and, where
        each is small, their plans, while this process waits. The same comes out where every component is
        solved in time. None: all here. The workers of the solver are shared out among those of the executor.
    proof
        Look for a proof that needs no solver to be checked, in the time that is left, and for no longer than
        the search took: ``result.proof``.
    schedule
        Say when each action starts and what it waits for. The plan costs the same, and ends as early as can
        be found for that.
    parameters
        Of the search and the schedule; None: the defaults, which are what came out best.

    Returns
    -------
    Result
        The plan, if any, has been replayed without a violation; so has the schedule, in time and for whatever
        the durations may be.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool or a request breaks the contract.
    """
    from planner.planning import planned

    return planned(
        current,
        target,
        objective=objective,
        time_limit_s=time_limit_s,
        seed=seed,
        workers=workers,
        heuristic=heuristic,
        on_progress=on_progress,
        deadline=deadline,
        executor=executor,
        proof=proof,
        schedule=schedule,
        parameters=parameters,
    )


def find(
    current: PoolState,
    target: PoolState,
    *,
    method: str | PathFinder,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    schedule: bool = False,
) -> Result:
    """Run one path finder alone; see :func:`plan` for the rest.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool or a request breaks the contract, or is too large for the path finder.
    """
    from planner.planning import found

    return found(
        current,
        target,
        method=method,
        objective=objective,
        time_limit_s=time_limit_s,
        seed=seed,
        deadline=deadline,
        schedule=schedule,
    )
