"""``reach()``: from a placement and a goal to a proven plan."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from heuristics.deadline import clock_of
from heuristics.registry import check_finder
from models.amounts import LARGEST
from models.errors import PoolError, WrongKindError
from models.mistakes import check_callable_if_given, check_kind, check_kind_if_given, given_or, shown
from models.objective import Objective, objective_name
from models.state import PoolState, check_state
from models.wanted import Wanted
from planner.cp.asked import threads
from planner.cp.solve import Effort
from planner.finishing import TIME
from planner.goals.best_reached import measured_at, reach_best
from planner.goals.choice import Choice
from planner.goals.earliest import Earliest
from planner.goals.goal import BestGoal, Goal
from planner.goals.instead import as_well_as_can_be, said_of
from planner.goals.joint import Joint
from planner.goals.parameters import DEFAULT
from planner.goals.planned import pool_to
from planner.goals.reasons import measured, no_plan, why_no_cheaper, why_no_earlier
from planner.goals.to_placements import ToPlacements
from planner.goals.told import told
from planner.goals.why import why_each_moves
from planner.progress import OnProgress, Progress, gap_of
from planner.result import Result, Status
from planner.scheduling.schedule import scheduled
from planner.scheduling.standing import Kept

if TYPE_CHECKING:
    from threading import Event

    from heuristics import Deadline, PathFinder
    from planner.goals.goal import Measure
    from planner.goals.parameters import GoalParameters


class _Reached(NamedTuple):
    """What reaching a goal at the least cost came to, and how."""

    result: Result
    joint: Joint
    measure: Measure | None


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
    method: str | PathFinder | None = None,
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
        As for :func:`planner.plan`. ``time``: the plan that ends earliest, to whichever placement that may
        be, then the fewest migrations; a goal with a best is met as well as can be before all else.
    method
        A path finder that alone plans to the placements that are looked at, as :func:`planner.find` does;
        None: the whole planner, from the plan of ``heuristic`` on.
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
    deadline = clock_of(time_limit_s, deadline)
    _check_kinds(current, goal, target)
    check_finder(heuristic)
    if method is not None:
        check_finder(method)
    check_callable_if_given("on_progress", on_progress)
    check_kind_if_given("executor", executor, Executor)
    check_kind("schedule", schedule, bool)
    early, parameters = objective == TIME, given_or(DEFAULT, "parameters", parameters)
    if early:
        # First to the placement of the fewest migrations: what comes second is known then, and a plan is.
        objective = "moves"
    if early or schedule:
        current = current.timed()
    choice = Choice(_wanted(current, goal, target), objective, parameters)
    effort = Effort(threads(workers), seed)
    clock, left = deadline, deadline.keeping(deadline.reserve_s)
    if early or schedule:
        kept = parameters.earliest.kept if early else parameters.shares.schedule
        clock = deadline.keeping(deadline.reserve_s + kept.of(deadline.left_s))
    options = {
        "workers": workers,
        "heuristic": heuristic,
        "executor": executor,
        "parameters": parameters.plan,
    }
    plan_to = ToPlacements({"objective": objective, "seed": seed}, options, method, (clock, left))

    found = _reached(choice, goal, plan_to, clock, effort, on_progress)
    if early:
        found = found._replace(result=replace(found.result, objective=TIME))
    if found.result.plan is None or not (early or schedule):
        return found.result
    if found.result.interrupted:
        left.stop()
    if early:
        return _as_early_as_can_be(found, goal, left, effort, on_progress, plan_to.pressed)
    return _in_time(found, left, effort, on_progress)


def _check_kinds(current: PoolState, goal: Goal, target: Mapping[str, str] | None) -> None:
    check_state("current", current)
    if not isinstance(goal, Goal):
        raise WrongKindError(f"goal: {shown(goal)}, must be a Goal, such as Drain('h7')")
    if target is not None and not isinstance(target, Mapping):
        by = ", such as the placement of that one" if isinstance(target, PoolState) else ""
        raise WrongKindError(f"target: {shown(target)}, must be a mapping of VM name -> host name{by}")


def _wanted(current: PoolState, goal: Goal, target: Mapping[str, str] | None) -> Wanted:
    """Check what is asked for."""
    wanted = Wanted(current, None if target is None else dict(current.placed(target).placement))
    wanted.checked()
    errors = list(goal.mistakes(current))
    for vm in sorted(goal.singled_out()):
        if not current.has_vm(vm):
            errors.append(f"{goal.name}: {vm!r}, which it singles out, is no VM of the pool")
    if (most := goal.at_most) is not None and (type(most) is not int or not 0 <= most <= LARGEST):
        errors.append(f"{goal.name}: at_most={most!r}, must be an integer from 0 to 2^53 - 1")
    if errors:
        raise PoolError(errors)
    return wanted


def _reached(
    choice: Choice,
    goal: Goal,
    plan_to: ToPlacements,
    deadline: Deadline,
    effort: Effort,
    on_progress: OnProgress | None,
) -> _Reached:
    def tell(joint: Joint) -> None:
        if on_progress is not None:
            gap = gap_of(joint.cost, joint.bound)
            on_progress(Progress(joint.stage, joint.cost, joint.bound, gap, deadline.elapsed_s))

    latest: list[Joint] = []
    measure = nearly = None

    def joint_of(plain: Goal) -> Joint:
        latest.append(Joint(choice, plain, plan_to, deadline, effort, tell))
        return latest[-1]

    try:
        if isinstance(goal, BestGoal) and goal.asks_for_best:
            _, measure = reach_best(goal, joint_of)
        else:
            joint_of(goal).run()
            nearly = as_well_as_can_be(latest[-1])
    except KeyboardInterrupt:
        plan_to.stop()
        best = latest[-1].best
        if isinstance(goal, BestGoal) and goal.asks_for_best and best is not None:
            measure = measured_at(goal, choice, best.at, goal.least(choice))
    result = _result(latest[-1], measure, interrupted=plan_to.pressed.is_set())
    if nearly is not None and result.plan is None:
        result = replace(result, reason=f"{result.reason}; {said_of(nearly)}")
    return _Reached(replace(result, goal=told(choice, goal, measure)), latest[-1], measure)


def _as_early_as_can_be(
    found: _Reached,
    goal: Goal,
    deadline: Deadline,
    effort: Effort,
    on_progress: OnProgress | None,
    pressed: Event,
) -> Result:
    """Look for the plan that ends earliest, from the cheapest one on."""
    result, joint, measure = found

    def tell(search: Earliest) -> None:
        if on_progress is not None and search.best is not None:
            cost, end_s = search.best.plan.cost, search.best.schedule.makespan_s
            gap, elapsed_s = gap_of(cost, result.bound), deadline.elapsed_s
            on_progress(Progress("schedule", cost, result.bound, gap, elapsed_s, end_s, search.bound_s))

    # What is left of the migrations was spent on making this placement nicer: another would undo that.
    spent = isinstance(goal, BestGoal) and goal.asks_for_best and goal.spends
    search = Earliest(joint, deadline, effort, elsewhere=not spent, on_change=tell)
    search.run()
    assert search.best is not None
    at, plan, schedule = search.best
    if measure is not None and isinstance(goal, BestGoal):
        measure = measured_at(goal, joint.choice, at, measure.bound)
    schedule = replace(schedule, makespan_bound_s=min(search.bound_s, schedule.makespan_s))
    interrupted = result.interrupted or search.interrupted or pressed.is_set()
    proven = schedule.is_proven and (measure is None or measure.is_best)
    assert joint.best is not None
    shut = bool(goal.emptied(joint.choice)) and not joint.best.passes
    why = why_no_earlier(schedule, shut=shut, interrupted=interrupted)
    return replace(
        result,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        plan=plan,
        schedule=schedule,
        bound=min(result.bound or 0, plan.cost),
        reason=why if measure is None else f"{measured(measure)}; {why}",
        seconds={**result.seconds, "schedule": deadline.elapsed_s - result.seconds["reach"]},
        interrupted=interrupted,
        goal=told(joint.choice, goal, measure),
        target=_judged(joint, at),
        why=tuple(why_each_moves(joint.choice, joint.goal, at)),
    )


def _in_time(found: _Reached, deadline: Deadline, effort: Effort, on_progress: OnProgress | None) -> Result:
    """Schedule the plan, over no host that is being emptied unless it passes over one already.

    After Ctrl-C amid it the best schedule so far is written out.
    """
    result, joint, _ = found
    assert joint.best is not None
    assert result.plan is not None
    cheapest = result.plan

    def tell(makespan_s: int, bound_s: int) -> None:
        if on_progress is not None and not deadline.stopped:
            known, elapsed_s = (result.cost, result.bound, result.gap), deadline.elapsed_s
            on_progress(Progress("schedule", *known, elapsed_s, makespan_s, bound_s))

    pool = pool_to(joint.choice, joint.goal, joint.best.at, shut=not joint.best.passes)
    objective, how, kept = joint.choice.objective, joint.parameters.plan.schedule, Kept()
    asked = pool, cheapest, objective, deadline, effort
    try:
        plan, times = scheduled(*asked, listen=tell, parameters=how, kept=kept)
    except KeyboardInterrupt:
        deadline.stop()
        result = replace(result, interrupted=True)
        plan, times = scheduled(*asked, parameters=how, kept=kept)
    if len(joint.choice.fixed) < joint.choice.problem.num_vms:
        # What is proven of one placement is not of the others, to which a plan may end earlier.
        times = replace(times, makespan_bound_s=None)
    return replace(result, plan=plan, schedule=times)


def _judged(joint: Joint, at: list[int]) -> PoolState:
    """Give a placement by names; ``RuntimeError`` where the goal is not met, which says two things then."""
    after = joint.choice.after(at)
    if broken := list(joint.goal.judge(joint.choice.wanted.current, after)):
        what = f"{joint.goal.name}: judge() says of the placement found, which constrain() lets in"
        raise RuntimeError(f"{what}: {broken[0]}")
    return after


def _result(joint: Joint, measure: Measure | None, *, interrupted: bool) -> Result:
    choice = joint.choice
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
            reason=no_plan(joint, interrupted=interrupted),
            seconds=seconds,
            interrupted=interrupted,
        )
    after = _judged(joint, joint.best.at)
    bound = min(joint.bound, best.cost or 0)
    proven = joint.settled and (measure is None or measure.is_best)
    why = why_no_cheaper(joint, bound, interrupted=interrupted)
    return replace(
        best,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        bound=bound,
        reason=why if measure is None else f"{measured(measure)}; {why}",
        seconds={**best.seconds, **seconds},
        interrupted=interrupted,
        target=after,
        why=tuple(why_each_moves(choice, joint.goal, joint.best.at)),
    )
