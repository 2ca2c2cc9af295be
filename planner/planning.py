"""From two placements to a proven plan: what ``plan()`` and ``find()`` do, solver and all."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import TYPE_CHECKING

from heuristics import Deadline, PathFinder, path_finder
from heuristics.deadline import clock_of
from heuristics.registry import check_finder
from models.mistakes import check_callable_if_given, check_kind, check_kind_if_given, given_or
from models.pool import Pool
from models.problem import Problem
from planner.cp.asked import threads
from planner.cp.solve import Effort
from planner.finishing import TIME, Draft, finished
from planner.parameters import DEFAULT
from planner.search.elsewhere import components_go_to
from planner.search.first_plan import find_by
from planner.search.incumbent import Incumbent
from planner.search.portfolio import search
from planner.search.stage import Search

if TYPE_CHECKING:
    from models.objective import Objective
    from models.state import PoolState
    from planner.parameters import Reserve, SearchParameters
    from planner.progress import OnProgress
    from planner.result import Result


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
    parameters: SearchParameters | None,
) -> Result:
    """Do what :func:`planner.plan` promises."""
    deadline = clock_of(time_limit_s, deadline)
    parameters, timed = given_or(DEFAULT, "parameters", parameters), schedule or objective == TIME
    workers, work_a_second = threads(workers), parameters.solver.work_a_second
    check_callable_if_given("on_progress", on_progress)
    check_kind_if_given("executor", executor, Executor)
    check_kind("proof", proof, bool)
    check_kind("schedule", schedule, bool)
    effort = Effort(workers, seed, by_clock=workers > 1, work_a_second=work_a_second)
    check_finder(heuristic)
    reserve = parameters.reserve
    incumbent, pool = _incumbent(current, target, objective, deadline, reserve, on_progress, timed=timed)
    draft = Draft(pool, incumbent, effort, deadline, parameters, wants_schedule=timed, wants_proof=proof)
    try:
        with components_go_to(executor):
            search(Search(incumbent, effort, parameters, heuristic))
            if timed and incumbent.moves is None and incumbent.impossible is None:
                # What was kept for the schedule is of no use without a plan.
                incumbent.deadline = deadline.keeping(reserve.without_plan * deadline.left_s)
                search(Search(incumbent, effort, parameters, heuristic))
    except KeyboardInterrupt:
        draft.interrupted = True
    finally:
        # Whatever ended it: no thread goes on, and what one still finds comes too late.
        incumbent.close()
        incumbent.deadline.stop()
    return finished(draft)


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
    effort = Effort(1, seed)
    check_finder(method)
    check_kind("schedule", schedule, bool)
    finder = path_finder(method) if isinstance(method, str) else method
    deadline = clock_of(time_limit_s, deadline)
    timed = schedule or objective == TIME
    reserve = DEFAULT.reserve
    incumbent, pool = _incumbent(current, target, objective, deadline, reserve, None, timed=timed)
    draft = Draft(pool, incumbent, effort, deadline, wants_schedule=timed)
    try:
        incumbent.prove(incumbent.relaxation.mandatory)
        with incumbent.during("heuristic"):
            find_by(finder, incumbent, incumbent.deadline, seed)
    except KeyboardInterrupt:
        draft.interrupted = True
    return finished(draft)


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
    if timed:
        pool = Pool(current.timed(), target.timed())
    pool.check()
    problem = Problem(pool, objective)
    limit_s, moving = deadline.limit_s, len(problem.displaced)
    reserve_s = min(reserve.check_s_a_vm * problem.num_vms, reserve.check_most * limit_s)
    if timed:
        reserve_s += min(reserve.schedule_s_a_move * moving, reserve.schedule_most * limit_s)
    if objective == TIME:
        reserve_s += reserve.makespan * max(0.0, deadline.left_s - reserve_s)
    return Incumbent(problem, deadline.keeping(reserve_s), on_progress), pool
