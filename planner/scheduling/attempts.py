"""What may make a schedule shorter, or prove how short one could be: each begins in how things stand."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from heuristics.compiled.at_hand import CompiledPart, begin_to_compile, is_kept
from heuristics.in_order import pushed_early
from heuristics.justify import short_schedule
from heuristics.tasks import TimedWork
from models.parameters import Share
from planner.scheduling.detour_model import DetourModel
from planner.scheduling.freedom import stopped_in
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.heads import margins, raised_by_waiting
from planner.scheduling.horizons import refute, with_more_strategies
from planner.scheduling.idle_room import raised_by_idle_room
from planner.scheduling.least import Least
from planner.scheduling.one_host import raised_by_hosts
from planner.scheduling.reorder import reorder
from planner.scheduling.reroute import reroute
from planner.scheduling.route_model import RouteModel, host_limits
from planner.scheduling.same_cost import at_the_same_cost
from planner.scheduling.timetable import Timetable
from planner.scheduling.worthwhile import (
    has_few_tasks,
    has_only_these_tasks,
    has_steps_aside,
    is_in_reach,
    is_small,
    num_ways,
    room_is_short,
)

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.parameters import ListParameters
    from planner.cp.solve import Effort
    from planner.scheduling.detour_model import WayFound
    from planner.scheduling.route_model import Times
    from planner.scheduling.standing import SoFar


def list_at_first(standing: SoFar) -> None:
    """Schedule by lists: in any case once, and then for a share of the time, or long enough."""
    asked, deadline = standing.asked, standing.deadline
    parameters, shares = asked.parameters, asked.parameters.shares
    if not is_in_reach(standing):
        some = deadline.all_but(shares.kept_for_bound)
    elif has_few_tasks(standing):
        some = deadline.share(shares.lists_of_few)
    elif is_small(standing) or asked.cost_is_free:
        some = deadline.share(shares.lists)
    else:
        some = deadline.share(shares.lists_of_many)
    _have_lists_compiled(len(standing.work.tasks), some, asked.effort, parameters.lists)
    starts = short_schedule(
        standing.work,
        some,
        bound=standing.bound.seconds,
        seed=asked.effort.seed,
        shakes=parameters.shakes_of_few if has_few_tasks(standing) else parameters.shakes,
        listen=standing.hear_starts,
        parameters=parameters.lists,
    )
    standing.take_starts(starts)


def _have_lists_compiled(num_tasks: int, deadline: Deadline, effort: Effort, how: ListParameters) -> None:
    """Begin to compile what makes lists, unless that is done; with one worker nobody shall work beside it."""
    wanted = effort.workers > 1 and num_tasks > how.few_tasks and deadline.left_s >= how.compile_s
    if wanted and not is_kept(CompiledPart.ORDERS):
        begin_to_compile(CompiledPart.ORDERS)


def list_again(standing: SoFar, deadline: Deadline) -> None:
    """Begin list schedules anew from the best: where wires decide, they alone come close to the bound."""
    asked = standing.asked
    starts = short_schedule(
        standing.work,
        deadline,
        bound=standing.bound.seconds,
        seed=asked.effort.seed + 1,
        shakes=asked.parameters.shakes,
        begun=standing.timed.starts,
        listen=standing.hear_starts,
        parameters=asked.parameters.lists,
    )
    standing.take_starts(starts)


def raise_bound(standing: SoFar) -> None:
    """Look at who waits for whom from host to host, and at one host after the other."""
    asked, work = standing.asked, standing.work
    some = standing.deadline.share(asked.parameters.shares.bound if is_in_reach(standing) else Share())
    how = asked.parameters.bound
    free = FreedomInTime(asked.freedom, Least(work.clock.for_proofs(), how.most_modes))
    standing.known = known = margins(free, standing.makespan, some, how)
    standing.raise_to(raised_by_waiting(free, standing.bound, known))
    standing.raise_to(raised_by_idle_room(free, standing.bound, some, how))
    raised_by_hosts(
        *(free, standing.bound, standing.makespan, some, asked.effort, known, how), listen=standing.raise_to
    )


def reorder_at_the_same_cost(standing: SoFar, deadline: Deadline) -> None:
    """Do what ends the same at every run, for few tasks: neighbourhoods, and other shelters."""
    asked = standing.asked
    found = at_the_same_cost(
        standing.timed,
        deadline,
        asked.effort,
        asked.parameters.shares.same_cost_work.of(standing.deadline.nominal),
        enough=standing.bound.seconds,
        listen=standing.hear,
        parameters=asked.parameters,
    )
    # Here already, and not in the end alone: what follows with more migrations shall begin with the same.
    standing.take_no_later(pushed_early(found.timed))
    if has_only_these_tasks(standing) and found.proven:
        standing.raise_to_model(standing.makespan)


def reorder_in_part(standing: SoFar, deadline: Deadline) -> None:
    """Free some tasks at a time."""
    asked = standing.asked
    starts = reorder(
        *standing.timed,
        deadline,
        asked.effort,
        bound=standing.bound.seconds,
        listen=standing.hear_starts,
        parameters=asked.parameters,
    )
    standing.take_starts(starts)


def reorder_all(standing: SoFar, deadline: Deadline) -> None:
    """Ask for the best schedule of these tasks; how late it ends at least bounds all if these are all."""
    asked, work = standing.asked, standing.work
    known = standing.known if has_only_these_tasks(standing) else None
    sizes = asked.parameters.sizes
    limits, bound = host_limits(work), standing.bound.seconds
    # Of many tasks it proves next to nothing, and finds more without being asked what comes first.
    most_pairs = sizes.most_pairs if has_few_tasks(standing) else 0
    model = RouteModel(work, limits, bound, standing.makespan, known, most_pairs=most_pairs)
    model.hint(standing.timed.starts)

    def take(times: Times) -> None:
        if times.starts is not None:
            standing.hear_starts(times.starts)
        if has_only_these_tasks(standing):
            standing.raise_to_model(times.bound)

    take(model.solve(deadline, with_more_strategies(asked.effort, sizes.strategies), take))


def go_other_ways(standing: SoFar, deadline: Deadline) -> None:
    """Where room is short: try other orders, and let VMs step aside that need not, or elsewhere."""
    asked = standing.asked
    if room_is_short(standing):
        found = reroute(
            *standing.timed,
            asked.freedom,
            deadline,
            asked.effort,
            bound=standing.bound.seconds,
            any_cost=asked.cost_is_free,
            listen=standing.hear,
            parameters=asked.parameters,
        )
        if found.makespan <= standing.makespan:
            # One that is as short may have been spared a detour.
            standing.take_no_later(found)


def go_all_ways(standing: SoFar, deadline: Deadline) -> None:
    """Allow one detour a VM, then more, as long as each is answered in time, says more, and ways are few."""
    most_ways = standing.asked.parameters.sizes.most_ways
    for detours in count(1):
        if standing.done or num_ways(standing, detours) > most_ways:
            return
        if not _go_all_ways(standing, deadline, detours):
            return


def _go_all_ways(standing: SoFar, deadline: Deadline, detours: int) -> bool:
    """Ask for the earliest end by any way; tell whether it was found, and with longer ways yet.

    First longer ways are let in, for the bound.
    """

    def take_plan(found: WayFound) -> None:
        standing.take(found.timetable)

    def take(found: WayFound) -> None:
        take_plan(found)
        standing.raise_to_model(found.bound)

    effort, share = standing.asked.effort, standing.asked.parameters.shares.ways
    found = _model_of_ways(standing, detours, longer=True).find(deadline.share(share), effort, take)
    take(found)
    if found.timetable is None and not standing.done:
        without = _model_of_ways(standing, detours, longer=False)
        take_plan(without.find(deadline.share(share), effort, take_plan))
    if standing.makespan <= standing.bound.seconds and has_steps_aside(standing):
        _spare_migrations(standing, deadline, detours)
    return found.far


def _spare_migrations(standing: SoFar, deadline: Deadline, detours: int) -> None:
    """Of the plans that end as early, look for a cheaper one."""
    model = _model_of_ways(standing, detours, longer=False)
    model.cheapest()

    def take(found: WayFound) -> None:
        if found.timetable is not None:
            standing.hear(TimedWork(found.timetable.work, found.timetable.starts))

    take(model.find(deadline, standing.asked.effort, take))


def _model_of_ways(
    standing: SoFar,
    detours: int,
    *,
    longer: bool,
    horizon: int | None = None,
    most_cost: int | None = None,
) -> DetourModel:
    """Give the model of all ways; with a horizon, of whether it is met."""
    asked, work = standing.asked, standing.work
    model = DetourModel(
        FreedomInTime(asked.freedom, Least(work.clock, asked.parameters.bound.most_modes)),
        standing.bound.seconds,
        standing.makespan if horizon is None else horizon,
        detours=detours,
        longer=longer,
        stopped=stopped_in(work),
        most_cost=most_cost,
        shortest=horizon is None,
    )
    if horizon is None:
        model.hint(Timetable(*standing.timed))
    return model


def refute_ways_for_few(standing: SoFar, deadline: Deadline) -> None:
    """Bound the earliest end by any ways at the cost of the first plan: by its model, and by horizons.

    With one detour a VM, then more, as long as ways are few. For the bound alone: no plan is taken.
    """
    sizes, how = standing.asked.parameters.sizes, standing.asked.parameters.horizons
    most_cost = standing.asked.most_cost
    effort = with_more_strategies(standing.asked.effort, sizes.strategies)
    for detours in count(1):
        if standing.done or deadline.over or num_ways(standing, detours) > sizes.most_ways:
            return
        earliest = _model_of_ways(standing, detours, longer=True, most_cost=most_cost)
        found = earliest.find(deadline.share(how.patience_for_few), effort)
        standing.raise_to_model(found.bound)
        if found.far:
            continue

        def ask(horizon: int, deadline: Deadline, detours: int = detours) -> bool:
            model = _model_of_ways(standing, detours, longer=True, horizon=horizon, most_cost=most_cost)
            return model.find(deadline, effort).refuted

        refute(standing, ask, deadline, how.patience_for_few.of(deadline.left_s))
