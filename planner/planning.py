"""From two placements to a proven plan: what ``plan()`` and ``find()`` do, solver and all."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from heuristics import Deadline, PathFinder, path_finder
from heuristics.deadline import checked_limit
from heuristics.downtime import shorten_downtime
from models.moves import plan_of
from models.objective import Objective, objective_name
from models.pool import Pool
from models.problem import Problem
from models.replay import replay
from planner.cp.solve import Effort
from planner.result import Result, Status
from planner.scheduling.schedule import scheduled
from planner.search.certificate import certificate
from planner.search.elsewhere import components_go_to
from planner.search.impossible import AllPlacementsSearched
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT
from planner.search.portfolio import search
from planner.search.stage import Search
from planner.search.witness import second_witness
from planner.verdict.reason import reason_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from models.plan import Plan
    from models.schedule import Schedule
    from models.state import PoolState
    from planner.progress import OnProgress
    from planner.search.parameters import Reserve, SearchParameters, Witness

log = logging.getLogger(__name__)

TIME = "time"
"""The objective of what ends earliest."""


def planned(
    current: PoolState,
    target: PoolState,
    *,
    objective: Objective,
    time_limit_s: float,
    seed: int,
    workers: int | None,
    heuristic: str | PathFinder,
    on_progress: OnProgress | None,
    deadline: Deadline | None,
    executor: Executor | None,
    proof: bool,
    schedule: bool,
    parameters: SearchParameters,
) -> Result:
    """Do what :func:`planner.plan` promises."""
    deadline = deadline or Deadline(checked_limit(time_limit_s))
    timed = schedule or objective == TIME
    reserve = parameters.reserve
    incumbent, pool = _incumbent(current, target, objective, deadline, reserve, on_progress, timed=timed)
    check = deadline.keeping(incumbent.deadline.reserve_s)
    if isinstance(heuristic, str) and heuristic != "auto":
        path_finder(heuristic)  # an unknown name is an error now, not after a while
    workers = workers or os.cpu_count() or 1
    effort = Effort(workers, seed, by_clock=workers > 1)
    interrupted = False
    try:
        with components_go_to(executor):
            search(Search(incumbent, effort, parameters, heuristic))
    except KeyboardInterrupt:
        interrupted = True
        check.stop()
    finally:
        # Whatever ended it: no thread goes on, and what one still finds comes too late.
        incumbent.close()
        incumbent.deadline.stop()
    clock = _clock(deadline, incumbent, reserve, interrupted=interrupted) if timed else None
    result = _result(pool, incumbent, effort, check, clock, parameters.witness, interrupted=interrupted)
    return _with_proof(result, incumbent, check, reserve) if proof and not interrupted else result


def found(
    current: PoolState,
    target: PoolState,
    *,
    method: str | PathFinder,
    objective: Objective,
    time_limit_s: float,
    seed: int,
    deadline: Deadline | None,
    schedule: bool,
) -> Result:
    """Do what :func:`planner.find` promises."""
    finder = path_finder(method) if isinstance(method, str) else method
    deadline = deadline or Deadline(checked_limit(time_limit_s))
    timed = schedule or objective == TIME
    reserve = DEFAULT.reserve
    incumbent, pool = _incumbent(current, target, objective, deadline, reserve, None, timed=timed)
    interrupted = False
    try:
        incumbent.prove(incumbent.relaxation.mandatory)
        with incumbent.during("heuristic"):
            came = finder.find(incumbent.problem, deadline, seed)
            incumbent.offer(came.moves, finder.name)
        if came.proven and came.moves is not None:
            incumbent.prove_optimal()
        elif came.proven:
            incumbent.prove_impossible(AllPlacementsSearched(finder.name))
    except KeyboardInterrupt:
        interrupted = True
    clock = _clock(deadline, incumbent, reserve, interrupted=interrupted) if timed else None
    check, effort = incumbent.deadline, Effort(1, seed)
    return _result(pool, incumbent, effort, check, clock, DEFAULT.witness, interrupted=interrupted)


def _incumbent(
    current: PoolState,
    target: PoolState,
    objective: Objective,
    deadline: Deadline,
    reserve: Reserve,
    on_progress: OnProgress | None,
    *,
    timed: bool,
) -> tuple[Incumbent, Pool]:
    pool = Pool(current, target)
    pool.check()
    problem = Problem(pool, objective)
    limit_s, moving = deadline.limit_s, len(problem.displaced)
    reserve_s = min(reserve.check_s_a_vm * problem.num_vms, reserve.check_most * limit_s)
    if timed:
        reserve_s += min(reserve.schedule_s_a_move * moving, reserve.schedule_most * limit_s)
    if objective == TIME:
        reserve_s += reserve.makespan * max(0.0, deadline.left_s - reserve_s)
    return Incumbent(problem, deadline.keeping(reserve_s), on_progress), pool


def _clock(deadline: Deadline, incumbent: Incumbent, reserve: Reserve, *, interrupted: bool) -> Deadline:
    """Give what a schedule has time for: all that is left but for writing it out and replaying it."""
    write_s = reserve.write_s_a_move * len(incumbent.moves or ())
    clock = deadline.keeping(min(write_s, reserve.write_most * deadline.limit_s))
    if interrupted:
        clock.stop()
    return clock


def _result(
    pool: Pool,
    incumbent: Incumbent,
    effort: Effort,
    check: Deadline,
    clock: Deadline | None,
    parameters: Witness,
    *,
    interrupted: bool,
) -> Result:
    """Give the result, its plan judged by the replay and, where it is small, by the step model.

    Parameters
    ----------
    check
        For shortening downtime and for the step model.
    clock
        For a schedule; None where none is wanted.
    parameters
        Of the step model.
    """
    problem = incumbent.problem
    if incumbent.moves is not None:
        incumbent.rearrange(shorten_downtime(problem, incumbent.moves, check))
    best, times = _plan_of(incumbent, incumbent.moves), None
    if best is not None:
        try:
            with incumbent.during("check"):
                _replayed(pool, best)
                second_witness(incumbent, effort, check, parameters)
        except KeyboardInterrupt:
            # The step model may be spared, the replay not.
            interrupted = True
            _replayed(pool, best)
        if clock is not None:
            best, times, stopped = _in_time(pool, incumbent, best, clock, effort)
            interrupted |= stopped
    return Result(
        status=status_of(incumbent) if times is None else timed_status_of(incumbent, times),
        objective=objective_name(problem.objective),
        plan=best,
        bound=None if incumbent.impossible else incumbent.bound,
        heuristic_plan=_plan_of(incumbent, incumbent.first),
        heuristic_name=incumbent.first_name,
        reason=reason_of(incumbent, best, interrupted=interrupted),
        seconds=dict(incumbent.seconds),
        interrupted=interrupted,
        schedule=times,
    )


def _with_proof(result: Result, incumbent: Incumbent, deadline: Deadline, reserve: Reserve) -> Result:
    """Give the result with what a stranger can check of it."""
    impossible = result.status is Status.INFEASIBLE
    share = deadline.within(max(reserve.proof_s, deadline.elapsed_s))
    with incumbent.during("proof"):
        proof = certificate(incumbent.problem, result.bound, impossible=impossible, deadline=share)
    return replace(result, proof=proof, seconds=dict(incumbent.seconds))


def _in_time(
    pool: Pool, incumbent: Incumbent, best: Plan, clock: Deadline, effort: Effort
) -> tuple[Plan, Schedule, bool]:
    """Schedule a plan; after Ctrl-C, which the last value tells, it is the first schedule there is."""
    objective, interrupted = incumbent.problem.objective, False
    free = objective == TIME
    with incumbent.during("schedule"):
        try:
            found = scheduled(pool, best, objective, clock, effort, cost_is_free=free)
        except KeyboardInterrupt:
            interrupted = True
            clock.stop()
            found = scheduled(pool, best, objective, clock, effort, cost_is_free=free)
    return found.plan, found.schedule, interrupted


def _replayed(pool: Pool, best: Plan) -> None:
    """Raise ``RuntimeError`` where the replay rejects a plan, which is a fault of ours."""
    if violations := replay(pool, best):
        raise RuntimeError(f"the replay rejects the plan found: {violations[0]}")


def status_of(incumbent: Incumbent) -> Status:
    """Give the word for what is known."""
    if incumbent.moves is None:
        return Status.NO_PLAN_FOUND if incumbent.impossible is None else Status.INFEASIBLE
    return Status.OPTIMAL if incumbent.settled else Status.FEASIBLE


def timed_status_of(incumbent: Incumbent, times: Schedule) -> Status:
    """Give the word for what is known of the cost, or, where the end comes first, of the end."""
    if incumbent.problem.objective != TIME:
        return status_of(incumbent)
    return Status.OPTIMAL if times.is_proven else Status.FEASIBLE


def _plan_of(incumbent: Incumbent, moves: list[tuple[int, int]] | None) -> Plan | None:
    return None if moves is None else plan_of(incumbent.problem, moves)
