"""``schedule()``: when to start each action of a plan, and what it has to wait for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from heuristics.deadline import clock_of
from heuristics.in_order import pushed_early
from heuristics.tasks import TimedWork
from models.errors import PlannerError
from models.mistakes import check_callable_if_given, check_kind, given_or
from models.objective import NAMED, Objective
from models.plan import Plan
from models.pool import Pool
from models.replay import replay
from models.replay_in_time import replay_in_time
from planner.cp.asked import threads
from planner.cp.solve import Effort
from planner.progress import Progress
from planner.scheduling.judging import judge_schedule
from planner.scheduling.loosen import kept_for_loosening, loosened
from planner.scheduling.makespan import shorten
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.standing import Kept
from planner.scheduling.timetable import in_time_alone, work_of_plan, written_out

if TYPE_CHECKING:
    from heuristics import Deadline
    from models.schedule import Schedule
    from planner.progress import OnProgress
    from planner.scheduling.parameters import ScheduleParameters
    from planner.scheduling.standing import Listen
    from planner.scheduling.timetable import Timetable


class ScheduledPlan(NamedTuple):
    """A plan and its schedule.

    Parameters
    ----------
    plan
        In an order that is safe one by one too.
    schedule
        Of its actions.
    """

    plan: Plan
    schedule: Schedule


def schedule(
    pool: Pool,
    plan: Plan,
    *,
    time_limit_s: float = 30.0,
    seed: int = 0,
    workers: int | None = None,
    deadline: Deadline | None = None,
    on_progress: OnProgress | None = None,
    parameters: ScheduleParameters | None = None,
) -> ScheduledPlan:
    """Find a short schedule of a plan, from wherever the plan is, and precedences that are safe.

    Parameters
    ----------
    pool
        With what it says of time.
    plan
        That the replay accepts. What comes back costs no more; its order, who steps aside, and where to, may
        be others.
    time_limit_s
        For all of it. A schedule comes back in any case; the rest of the time is for shorter ones.
    seed
        Of what is drawn. How far it comes depends on the clock too.
    workers
        Threads of the solver; None: one a core.
    deadline
        In place of ``time_limit_s``, a clock that is running already.
    on_progress
        Told of every shorter schedule, and of every better bound, as by :func:`~planner.plan.plan`.
    parameters
        Of the search for a short schedule; None: the defaults, which are what came out best.

    Returns
    -------
    ScheduledPlan
        ``(plan, schedule)``, judged: in time, and whatever the durations.

    Raises
    ------
    PlannerError
        A ``ValueError``: the replay does not accept the plan, or a migration takes more than 10^9 s.
    """
    check_kind("pool", pool, Pool)
    check_kind("plan", plan, Plan)
    # As in plan(): who asks for times sends nobody on a way that takes years, whatever the pool says of it.
    pool = Pool(pool.current.timed(), pool.target.timed())
    if broken := replay(pool, plan):
        raise PlannerError(f"the plan cannot be scheduled: {broken[0]}")
    clock = clock_of(time_limit_s, deadline)
    how = given_or(DEFAULT, "parameters", parameters)
    check_callable_if_given("on_progress", on_progress)
    effort = Effort(threads(workers), seed)
    prices = plan.prices
    # What others cost it does not say: for the bound that may be nothing, and nobody else is sent anywhere.
    objective = plan.objective if plan.objective in NAMED else lambda vm: prices.get(vm.name, 0)
    listen = None if on_progress is None else _telling(on_progress, plan.cost, clock)
    found, times = scheduled(pool, plan, objective, clock, effort, listen=listen, parameters=how)
    return ScheduledPlan(replace(found, objective=plan.objective), times)


def in_the_same_order(pool: Pool, plan: Plan, schedule: Schedule) -> int:
    """Give the makespan when actions start in the order of a schedule, as early as they may in this pool.

    Which may have other durations and limits than that for which the schedule was made.
    """
    return pushed_early(TimedWork(work_of_plan(pool, plan), list(schedule.start_s))).makespan


def scheduled_again(
    pool: Pool,
    plan: Plan,
    objective: Objective,
    deadline: Deadline,
    effort: Effort,
    *,
    begun: Schedule,
    parameters: ScheduleParameters = DEFAULT,
) -> int:
    """Give the makespan of a plan that is scheduled once more, from a schedule that it has.

    It is judged in time, and not written out: what waits for what can take longer than all of the search.
    """
    found = _searched(
        *(pool, plan, objective, deadline, effort, Kept()),
        cost_is_free=False,
        bears_bad_luck=False,
        listen=None,
        parameters=parameters,
        begun=begun,
    )
    again, times = in_time_alone(found)
    if broken := replay_in_time(pool, again.actions, times):
        raise RuntimeError(f"the replay rejects the schedule found: {broken[0]}")
    return times.makespan_s


def _telling(on_progress: OnProgress, cost: int, clock: Deadline) -> Listen:
    """Give who tells of a makespan and its bound, each pair once."""
    told: list[tuple[int, int]] = []

    def tell(makespan_s: int, bound_s: int) -> None:
        if told[-1:] != [(makespan_s, bound_s)]:
            told[:] = [(makespan_s, bound_s)]
            on_progress(Progress("schedule", cost, None, None, clock.elapsed_s, makespan_s, bound_s))

    return tell


def scheduled(
    pool: Pool,
    plan: Plan,
    objective: Objective,
    deadline: Deadline,
    effort: Effort,
    *,
    cost_is_free: bool = False,
    listen: Listen | None = None,
    parameters: ScheduleParameters = DEFAULT,
    kept: Kept | None = None,
) -> ScheduledPlan:
    """Schedule a plan that the replay has accepted; see :func:`schedule`.

    Parameters
    ----------
    objective
        What the plan is priced by.
    deadline
        For all of it; what writing it out and judging it takes is kept back here.
    cost_is_free
        A plan that costs more may take its place if it ends earlier.
    listen
        Told the makespan and its bound, in seconds, whenever either is better.
    kept
        Has the best so far at every moment. Ctrl-C is raised; whoever asks again then is given what is in
        there, and nothing better is looked for.
    """
    kept = kept or Kept()
    found = kept.timetable
    if found is None:
        found = _searched(
            *(pool, plan, objective, deadline, effort, kept),
            cost_is_free=cost_is_free,
            bears_bad_luck=True,
            listen=listen,
            parameters=parameters,
            begun=None,
        )
    again, times = written_out(found, parameters)
    if broken := judge_schedule(pool, again, times):
        raise RuntimeError(f"the replay rejects the schedule found: {broken[0]}")
    return ScheduledPlan(again, times)


def _searched(
    pool: Pool,
    plan: Plan,
    objective: Objective,
    deadline: Deadline,
    effort: Effort,
    kept: Kept,
    *,
    cost_is_free: bool,
    bears_bad_luck: bool,
    listen: Listen | None,
    parameters: ScheduleParameters,
    begun: Schedule | None,
) -> Timetable:
    """Look for a short schedule.

    Parameters
    ----------
    bears_bad_luck
        Of schedules that are as short, one is looked for that ends earlier on average when durations vary.
    begun
        A schedule of the plan, perhaps made for other durations: in its order nothing ends later.
    """
    began = deadline.elapsed_s
    work = work_of_plan(pool, plan, objective)
    shares, num_tasks = parameters.shares, len(work.tasks)
    write_s = parameters.write_s_an_action * num_tasks
    if num_tasks > parameters.sizes.most_tried_widely:
        # A machine that took long to read so many tasks will take long to write them.
        write_s = max(write_s, parameters.write_a_reading * (deadline.elapsed_s - began))
    write_s = min(write_s, parameters.write_most * deadline.limit_s)
    deadline = deadline.keeping(deadline.reserve_s + write_s)
    kept_s = kept_for_loosening(num_tasks, deadline, effort, parameters) if bears_bad_luck else 0.0
    most = deadline.keeping(deadline.reserve_s + kept_s)
    starts = None if begun is None else begun.start_s
    found = shorten(
        work, most, effort, listen, parameters, cost_is_free=cost_is_free, begun=starts, kept=kept
    )
    if kept_s:
        ended_early = deadline.left_s > 2 * kept_s
        some_s = shares.early_loosening.of(deadline.left_s) if ended_early else kept_s
        found = loosened(found, deadline.within(some_s), effort, parameters)
        kept.timetable = found
    return found
