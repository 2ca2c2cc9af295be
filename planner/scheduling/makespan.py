"""Short schedules of a plan, and how short they could be at best. ALGORITHM.md, "Short schedules"."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from heuristics.in_order import pushed_early
from heuristics.tasks import TimedWork
from planner.scheduling.attempts import (
    go_all_ways,
    go_other_ways,
    list_again,
    list_at_first,
    raise_bound,
    refute_ways_for_few,
    reorder_all,
    reorder_at_the_same_cost,
    reorder_in_part,
)
from planner.scheduling.bounds import makespan_bound
from planner.scheduling.freedom import any_way, at_no_more_than, cost_of
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.horizons import refute_for_few, refute_soon
from planner.scheduling.least import Least
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.standing import Kept, ScheduleAsked, SoFar
from planner.scheduling.timetable import Timetable
from planner.scheduling.worthwhile import (
    few_step_aside,
    has_few_tasks,
    has_few_ways,
    is_in_reach,
    is_proven_by_tasks,
    is_small,
    is_soon_exhausted,
    is_told_by_horizons,
    is_told_by_ways,
    room_decides_for_few,
    room_decides_for_many,
    room_is_short,
    stepping_aside_decides,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heuristics import Deadline
    from heuristics.tasks import Work
    from models.parameters import Share
    from planner.cp.solve import Effort
    from planner.scheduling.parameters import ScheduleParameters, Shares
    from planner.scheduling.standing import Listen

log = logging.getLogger(__name__)


def shorten(
    work: Work,
    deadline: Deadline,
    effort: Effort,
    listen: Listen | None = None,
    parameters: ScheduleParameters = DEFAULT,
    *,
    cost_is_free: bool = False,
    begun: Sequence[int] | None = None,
    kept: Kept | None = None,
) -> Timetable:
    """Give a short schedule of these tasks, or of others that cost no more; or of any others.

    Parameters
    ----------
    work
        The tasks of a plan, in a safe order.
    deadline
        A schedule comes back whatever it says.
    listen
        Told (makespan, bound) whenever either is better.
    cost_is_free
        Any tasks will do that bring everyone to his target: the schedule that ends earliest is sought.
    begun
        Starts of a schedule that is known, perhaps by other durations: in that order it ends no later than if
        each task started as early as it may.
    kept
        Has the best so far at every moment: Ctrl-C is raised, and what is found is in there.
    """
    freedom = any_way(work.problem) if cost_is_free else at_no_more_than(work)
    most_cost = None if cost_is_free else cost_of(work)
    asked = ScheduleAsked(freedom, most_cost, effort, listen, parameters, kept or Kept())
    began = deadline.elapsed_s
    bound = makespan_bound(FreedomInTime(freedom, Least(work.clock.for_proofs())))
    bound_s = deadline.elapsed_s - began
    standing = SoFar(asked, TimedWork(work, work.one_by_one()), bound, deadline)
    list_at_first(standing)
    if begun is not None:
        standing.take_shorter(pushed_early(TimedWork(work, list(begun))))
    # The other bounds look at every VM too before they look at a clock.
    if not standing.done and deadline.left_s > 2 * bound_s:
        raise_bound(standing)
    if not standing.done:
        for attempt in _attempts(standing):
            if not standing.done and attempt.wanted(standing):
                attempt.run(standing, attempt.time(standing))
    if is_in_reach(standing):
        standing.timed = pushed_early(standing.timed)
        standing.keep()
    log.info("makespan %d s, bound %d s by %s", standing.makespan, standing.bound.seconds, standing.bound.why)
    return Timetable(*standing.timed, standing.bound.seconds)


class Attempt(NamedTuple):
    """A row of the tables below: when it is of use, how long it may take, and what does it."""

    wanted: Callable[[SoFar], bool]
    time: Callable[[SoFar], Deadline]
    run: Callable[[SoFar, Deadline], None]


def _always(_: SoFar) -> bool:
    return True


def _wires_decide_for_many(standing: SoFar) -> bool:
    return is_small(standing) and not has_few_tasks(standing) and not room_is_short(standing)


def _is_in_part_alone(standing: SoFar) -> bool:
    """Tell whether parts are all that models reach: a model of all tasks would have said the last word."""
    return is_in_reach(standing) and not is_proven_by_tasks(standing)


def _all(standing: SoFar) -> Deadline:
    return standing.deadline


def _part(share: Callable[[Shares], Share]) -> Callable[[SoFar], Deadline]:
    return lambda standing: standing.deadline.share(share(standing.asked.parameters.shares))


def _all_but(share: Callable[[Shares], Share]) -> Callable[[SoFar], Deadline]:
    return lambda standing: standing.deadline.all_but(share(standing.asked.parameters.shares))


FEW_WAIT_FOR_ROOM = (
    # What follows is for the bound alone, though time is left: with further migrations, which begin with the
    # same, it shall end no later.
    Attempt(_always, _part(lambda it: it.same_cost), reorder_at_the_same_cost),
    Attempt(is_told_by_horizons, _all, refute_for_few),
    Attempt(is_told_by_ways, _all, refute_ways_for_few),
)
"""The end of few tasks waits for room, and the plan shall cost no more."""

FEW_WAIT_FOR_ROOM_AT_ANY_COST = (
    Attempt(_always, _part(lambda it: it.same_cost_first), reorder_at_the_same_cost),
    Attempt(_always, _part(lambda it: it.aside_of_few), go_other_ways),
    Attempt(_always, _part(lambda it: it.these_ways), reorder_in_part),
    Attempt(has_few_ways, _all, go_all_ways),
    Attempt(_always, _all, reorder_in_part),
)
"""The same where it may cost more: first as above, then with further migrations, what they are good for."""

ASIDE_FIRST = (
    Attempt(_always, _part(lambda it: it.aside_first), go_other_ways),
    Attempt(has_few_ways, _part(lambda it: it.first), reorder_in_part),
    Attempt(has_few_ways, _all, go_all_ways),
    Attempt(is_in_reach, _all, reorder_in_part),
)
"""Many may step aside, and the end waits for room: nothing of the tasks at hand alone is worth its time."""

ROOM_FIRST = (
    Attempt(is_told_by_horizons, _part(lambda it: it.refuting), refute_soon),
    Attempt(_always, _part(lambda it: it.room_first), go_other_ways),
    Attempt(_always, _all, reorder_in_part),
)
"""The end waits for room, at no more cost, and comes too late for a model of all tasks to help."""

USUAL = (
    Attempt(is_told_by_horizons, _part(lambda it: it.refuting), refute_soon),
    Attempt(is_small, _part(lambda it: it.all_at_once), reorder_all),
    Attempt(_wires_decide_for_many, _part(lambda it: it.lists_again), list_again),
    Attempt(has_few_ways, _part(lambda it: it.first), reorder_in_part),
    Attempt(has_few_ways, _all, go_all_ways),
    Attempt(is_in_reach, _part(lambda it: it.other_ways), go_other_ways),
    Attempt(is_proven_by_tasks, _all_but(lambda it: it.proof), reorder_in_part),
    Attempt(is_proven_by_tasks, _all, reorder_all),
    Attempt(_is_in_part_alone, _all, reorder_in_part),
)
"""All others; pools out of reach of models have their list schedule, and the bound."""

FEW_AT_ANY_COST = (
    Attempt(_always, _part(lambda it: it.same_cost_first), reorder_at_the_same_cost),
    *USUAL,
)
"""The end of few tasks waits for room and all ways are soon exhausted, or some step aside and others could.

Where one duration dwarfs the rest the model may take long: what costs the same comes first, to end no later.
"""

FEW_STEP_ASIDE = (
    Attempt(_always, _part(lambda it: it.same_cost), reorder_at_the_same_cost),
    *USUAL,
    Attempt(is_told_by_ways, _all, refute_ways_for_few),
)
"""The end of few tasks waits for no room, but some step aside and others could; at no more cost."""


def _attempts(standing: SoFar) -> tuple[Attempt, ...]:
    """Give what is tried, in order, by what the end of the first schedule waits for."""
    any_cost, room_decides = standing.asked.cost_is_free, room_decides_for_few(standing)
    if room_decides and not is_soon_exhausted(standing):
        return FEW_WAIT_FOR_ROOM_AT_ANY_COST if any_cost else FEW_WAIT_FOR_ROOM
    if room_decides or few_step_aside(standing):
        return FEW_AT_ANY_COST if any_cost else FEW_STEP_ASIDE
    if stepping_aside_decides(standing):
        return ASIDE_FIRST
    return ROOM_FIRST if room_decides_for_many(standing) else USUAL
