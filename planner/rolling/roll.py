"""``roll()``: an update rolled through a cluster, each VM moving as rarely as can be, and a proven bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace as with_field

from heuristics.deadline import Deadline, clock_of
from models.errors import PlannerError
from models.goal_told import GoalTold, Held
from models.mistakes import check_callable_if_given, check_kind, given_or
from models.objective import Objective, objective_name
from models.pool import Pool
from models.rolling_plan import RollingPlan
from models.state import check_state
from planner.cp.asked import threads
from planner.cp.solve import Effort
from planner.finishing import TIME
from planner.result import Planned, Status
from planner.rolling.parameters import DEFAULT, RollingParameters
from planner.rolling.search import RollingSearch
from planner.rolling.timing import in_time, one_by_one
from planner.rolling.upgrade import Upgrade, checked_at_once
from planner.verdict.ended import why_ended
from planner.verdict.sentences import are, exactly, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.plan_file import PlanFile
    from models.state import PoolState
    from planner.progress import OnProgress
    from planner.rolling.timing import TimedSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingResult(Planned[RollingPlan]):
    """What :func:`roll` returns: the steps, updates of hosts among them, and who is where at the end.

    Parameters
    ----------
    at_once
        Hosts that may be updated at the same time.
    """

    at_once: int = 1

    def file(self) -> PlanFile:
        """Give the plan file of this result."""
        return with_field(Planned.file(self), at_once=self.at_once)


def roll(
    current: PoolState,
    *hosts: str,
    at_once: int = 1,
    home: bool = False,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
    deadline: Deadline | None = None,
    schedule: bool = False,
    parameters: RollingParameters | None = None,
) -> RollingResult:
    """Empty each host once, update it, and move each VM as rarely as can be.

    Parameters
    ----------
    current
        Who is where. Where no host names a version, all count as version 0.
    hosts
        The hosts to update; none: all.
    at_once
        Hosts that are emptied and updated together, fewer where there is no room for so many. The bound is
        that of any number.
    home
        All VMs are home again at the end.
    objective, time_limit_s, seed, workers, on_progress, deadline
        As for :func:`planner.plan`; ``time`` is no objective of a rolling update, in which the updates take
        far longer than what migrates between them.
    schedule
        Say when each step runs, at most ``at_once`` updates at a time; where there is no time left to find
        out what may run side by side, one step after another.
    parameters
        Of the search; None: the defaults.

    Returns
    -------
    RollingResult
        The bound holds for every order of the hosts and every placement in between. The plan has been
        replayed.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool or a request breaks the contract.
    """
    whole = clock_of(time_limit_s, deadline)
    check_state("current", current)
    if objective == TIME:
        raise PlannerError(
            "objective: 'time' is not for a rolling update, which is made as cheap as can be; "
            "schedule=True (--schedule) says when"
        )
    check_callable_if_given("on_progress", on_progress)
    check_kind("home", home, bool)
    check_kind("schedule", schedule, bool)
    how, effort = given_or(DEFAULT, "parameters", parameters), Effort(threads(workers), seed)
    clock = whole.keeping(whole.reserve_s + how.schedule.of(whole.left_s)) if schedule else whole
    if schedule:
        current = current.timed()
    upgrade = Upgrade(current, hosts, objective)
    search = RollingSearch(
        upgrade,
        checked_at_once(at_once),
        home=home,
        deadline=clock,
        seed=effort.seed,
        workers=effort.workers,
        on_progress=on_progress,
        parameters=how,
    )
    if search.hopeless is None:
        search.run()
    result = replace(_result(search), goal=_told(current, hosts, at_once, home=home))
    return _with_times(result, current, at_once, whole, how) if schedule else result


def _told(state: PoolState, hosts: Sequence[str], at_once: int, *, home: bool) -> GoalTold:
    """Say what was asked for, and who could move."""
    known = number_of(len(state.hosts), "host")
    count = len(hosts) or len(state.hosts)
    which = f"{count} of {known}" if hosts else f"{'all ' * (count > 1)}{known}"
    asked = f"{which} {are(count)} emptied and updated, {at_once} at a time"
    held = tuple(Held(vm.name, "it is not movable") for vm in state.vms if not vm.movable)
    asked += ", and all VMs are home again" if home else ""
    return GoalTold(asked, len(state.placement) - len(held), held=held)


def _with_times(
    result: RollingResult, current: PoolState, at_once: int, deadline: Deadline, how: RollingParameters
) -> RollingResult:
    """Give the result with a schedule of its plan; after Ctrl-C and without time one step after another."""
    if result.plan is None or result.target is None:
        return result
    plan, pool = result.plan, Pool(current, result.target)
    timed: TimedSteps | None = None
    try:
        if deadline.left_s >= how.schedule_s_a_step * len(plan.steps):
            timed = in_time(pool, plan.steps, at_once, deadline, how.goal.plan.schedule)
    except KeyboardInterrupt:
        result = replace(result, interrupted=True)
    steps, times = timed or one_by_one(pool, plan.steps, at_once)
    return replace(result, plan=replace(plan, steps=steps), schedule=times)


def _result(search: RollingSearch) -> RollingResult:
    """Give what a search came to."""
    return RollingResult(
        status=_status(search),
        objective=objective_name(search.upgrade.objective),
        plan=search.best,
        at_once=search.at_once,
        bound=search.bound if search.hopeless is None else None,
        reason=_reason(search),
        target=search.end,
        seconds={"rolling": search.deadline.elapsed_s},
        interrupted=search.interrupted,
    )


def _status(search: RollingSearch) -> Status:
    if search.best is None:
        return Status.NO_PLAN_FOUND if search.hopeless is None else Status.INFEASIBLE
    return Status.OPTIMAL if search.is_settled else Status.FEASIBLE


def _reason(search: RollingSearch) -> str:
    interrupted = search.interrupted
    if search.best is None and search.hopeless is not None:
        return f"no plan exists: {search.hopeless}"
    if search.best is None:
        ended = why_ended(search.deadline, interrupted=interrupted)
        if not interrupted and not search.deadline.over:
            ended = "no way was found to empty every host"
            if search.all_emptied and search.home:
                ended = "every host could be emptied, but no way was found to bring all VMs home"
            if search.rejected is not None:
                ended += f", and the replay rejects the one that was: {search.rejected}"
        return f"no plan found, and no proof that there is none: {ended}"
    assert search.bound is not None  # what is not hopeless has one
    unit = partial(exactly, objective=search.best.objective)
    least = f"costs less than {unit(search.bound)}"
    if search.is_settled:
        return f"proven: no order of the hosts {least}"
    few = ", one at a time either," if search.at_once > 1 else ""
    why = f"proven: no order of the hosts{few} {least}"
    return f"{why}; this one costs {unit(search.best.cost)}" + ("; interrupted" if interrupted else "")
