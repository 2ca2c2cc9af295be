"""``reach()``: from a placement and a goal to a proven plan."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from heuristics import Deadline, PathFinder, path_finder
from heuristics.deadline import checked_limit
from models.errors import PlannerError, PoolError
from models.objective import Objective, objective_name
from models.wanted import Wanted
from planner.cp.solve import Effort
from planner.finishing import TIME
from planner.goals.best_reached import reach_best
from planner.goals.choice import Choice
from planner.goals.goal import BestGoal
from planner.goals.joint import Joint
from planner.goals.parameters import DEFAULT
from planner.goals.planned import pool_to
from planner.goals.told import told
from planner.goals.why import why_each_moves
from planner.plan import plan
from planner.progress import OnProgress, Progress, gap_of
from planner.result import Result, Status
from planner.scheduling.schedule import scheduled
from planner.verdict.ended import why_ended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from models.pool import Pool
    from models.state import PoolState
    from planner.goals.goal import Goal, Measure
    from planner.goals.parameters import GoalParameters
    from planner.goals.planned import PlanTo


def reach(
    current: PoolState,
    goal: Goal,
    *,
    target: Mapping[str, str] | None = None,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    seed: int = 0,
    workers: int | None = None,
    heuristic: str | PathFinder = "auto",
    on_progress: OnProgress | None = None,
    deadline: Deadline | None = None,
    executor: Executor | None = None,
    schedule: bool = False,
    parameters: GoalParameters | None = None,
) -> Result:
    """Find the cheapest plan to any placement that meets a goal, and prove how cheap it could be.

    Parameters
    ----------
    current
        Who is where.
    goal
        What is wanted, such as ``Drain("h7")``.
    target
        VM name -> host name, for VMs whose end is given. Those of ``current`` that it does not name are shut
        down, unless they are ``free``. None: nothing is given, and every VM is free.
    objective, time_limit_s, seed, workers, heuristic, on_progress, deadline, executor, schedule
        As for :func:`planner.plan`; ``time`` is no objective of a goal.
    parameters
        Of the search for a placement and, as its ``plan``, of the plans to it; None: the defaults.

    Returns
    -------
    Result
        With ``target``, the placement found. ``bound`` holds for every plan to every placement that meets the
        goal; ``infeasible`` means that no placement meets it, or none that can be reached.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool, the goal or a request breaks the contract.
    """
    deadline = deadline or Deadline(checked_limit(time_limit_s))
    if isinstance(heuristic, str) and heuristic != "auto":
        path_finder(heuristic)
    if objective == TIME:
        raise PlannerError(
            "objective: 'time' is not for goals, which are reached at the least cost; "
            "schedule=True (--schedule) says when"
        )
    parameters = parameters or DEFAULT
    choice = Choice(_wanted(current, goal, target), objective, parameters)
    effort = Effort(workers or os.cpu_count() or 1, seed)
    options: dict[str, Any] = {"objective": objective, "seed": seed, "workers": workers}
    options |= {"heuristic": heuristic, "executor": executor, "parameters": parameters.plan}

    def plan_to(pool: Pool, share: Deadline) -> Result:
        return plan(pool.current, pool.target, deadline=share, **options)

    kept_s = parameters.shares.schedule.of(deadline.left_s) if schedule else 0.0
    clock = deadline.keeping(kept_s) if schedule else deadline
    result, joint = _reached(choice, goal, plan_to, clock, effort, on_progress)
    return _in_time(result, joint, deadline, effort) if schedule and result.plan is not None else result


def _wanted(current: PoolState, goal: Goal, target: Mapping[str, str] | None) -> Wanted:
    """Check what is asked for."""
    wanted = Wanted(current, None if target is None else dict(current.placed(target).placement))
    wanted.checked()
    errors = list(goal.mistakes(current))
    if goal.at_most is not None and goal.at_most < 0:
        errors.append(f"{goal.name}: at_most={goal.at_most}, must be >= 0")
    if errors:
        raise PoolError(errors)
    return wanted


def _reached(
    choice: Choice,
    goal: Goal,
    plan_to: PlanTo,
    deadline: Deadline,
    effort: Effort,
    on_progress: OnProgress | None,
) -> tuple[Result, Joint]:
    def tell(joint: Joint) -> None:
        if on_progress is not None:
            gap = gap_of(joint.cost, joint.bound)
            on_progress(Progress(joint.stage, joint.cost, joint.bound, gap, deadline.elapsed_s))

    latest: list[Joint] = []
    measure = None
    interrupted = False

    def joint_of(plain: Goal) -> Joint:
        latest.append(Joint(choice, plain, plan_to, deadline, effort, tell))
        return latest[-1]

    try:
        if isinstance(goal, BestGoal) and goal.asks_for_best:
            _, measure = reach_best(goal, joint_of)
        else:
            joint_of(goal).run()
    except KeyboardInterrupt:
        interrupted = True
        deadline.stop()
    result = _result(latest[-1], measure, interrupted=interrupted)
    return replace(result, goal=told(choice, goal, measure)), latest[-1]


def _in_time(result: Result, joint: Joint, deadline: Deadline, effort: Effort) -> Result:
    """Schedule the plan, over no host that is being emptied unless it passes over one already."""
    assert joint.best is not None
    assert result.plan is not None
    pool = pool_to(joint.choice, joint.goal, joint.best.at, shut=not joint.best.passes)
    objective, how = joint.choice.objective, joint.parameters.plan.schedule
    found, times = scheduled(pool, result.plan, objective, deadline, effort, parameters=how)
    return replace(result, plan=found, schedule=times)


def _result(joint: Joint, measure: Measure | None, *, interrupted: bool) -> Result:
    choice, goal = joint.choice, joint.goal
    best = None if joint.best is None else joint.best.result
    seconds = {"reach": joint.deadline.elapsed_s}
    if best is None or joint.best is None:
        status = Status.NO_PLAN_FOUND if joint.impossible is None else Status.INFEASIBLE
        bound = joint.bound if joint.impossible is None else None
        return Result(
            status=status,
            objective=objective_name(choice.objective),
            plan=None,
            bound=bound,
            heuristic_plan=None,
            heuristic_name=None,
            reason=_no_plan(joint, interrupted=interrupted),
            seconds=seconds,
            interrupted=interrupted,
        )
    after = choice.after(joint.best.at)
    if broken := list(goal.judge(choice.wanted.current, after)):
        raise RuntimeError(f"{goal.name}: the placement found does not meet the goal: {broken[0]}")
    bound = min(joint.bound, best.cost or 0)
    proven = joint.settled and (measure is None or measure.is_best)
    why = _why(joint, bound, interrupted=interrupted)
    return replace(
        best,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        bound=bound,
        reason=why if measure is None else f"{_measured(measure)}; {why}",
        seconds={**best.seconds, **seconds},
        interrupted=interrupted,
        target=after,
        why=tuple(why_each_moves(choice, goal, joint.best.at)),
    )


def _no_plan(joint: Joint, *, interrupted: bool) -> str:
    if joint.impossible is not None:
        return f"no plan exists: {joint.impossible}"
    ended = why_ended(joint.deadline, interrupted=interrupted)
    return f"no plan found, and no proof that there is none: {ended}"


def _measured(measure: Measure) -> str:
    if measure.is_best:
        return f"{measure.text}, proven the best that can be"
    return f"{measure.text}; the best that can be, as far as is proven: {measure.bound_text}"


def _why(joint: Joint, bound: int, *, interrupted: bool) -> str:
    cost = joint.cost
    if joint.settled:
        return f"proven: no plan to any placement that meets the goal costs less than {cost}"
    ended = "; interrupted" if interrupted else ""
    known = f"proven: no plan to any placement that meets the goal costs less than {bound}"
    return f"{known}; this one costs {cost}{ended}"
