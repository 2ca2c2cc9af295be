"""Short schedules of a plan, and how short they could be at best. ALGORITHM.md, "Short schedules"."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from heuristics.justify import short_schedule
from heuristics.spare import Spare
from planner.scheduling.bounds import Bound, makespan_bound
from planner.scheduling.detour_model import DetourModel, num_paths
from planner.scheduling.freedom import any_way, at_no_more_than
from planner.scheduling.idle_room import raised_by_idle_room
from planner.scheduling.least import Least
from planner.scheduling.one_host import raised_by_hosts
from planner.scheduling.reorder import reorder
from planner.scheduling.reroute import reroute, waits_for_room
from planner.scheduling.route_model import RouteModel, host_limits
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom

log = logging.getLogger(__name__)

Listen = Callable[[int, int], None]
"""Told the makespan and its bound, in seconds."""

SHAKES = 200
"""How often the best list schedule is shaken, if time allows."""

LIST_SHARE, BOUND_SHARE, QUICK_SHARE = 0.15, 0.1, 0.2
"""Parts of the time left for list schedules, the bound of single hosts, the first try of the model."""

LARGE_BOUND_SHARE = 0.2
"""Part of the time kept for the bound where lists are all that finds schedules."""

OTHER_WAYS_SHARE = 0.6
"""Part of the time left for steps aside, where room is what the end waits for."""

PROOF_SHARE = 0.3
"""Part of the time left after neighbourhoods for the model of everything, where its bound counts."""

FIRST_SHARE, DETOUR_SHARE = 0.3, 0.6
"""Parts of the time left for neighbourhoods before the model of all ways, and for that model."""

MOST_WAYS = 2_500
"""Ways of all VMs together, up to which a model holds all of them."""

MOST_AT_ONCE, MOST_IN_PART = 2_000, 5_000
"""Tasks up to which a model holds all of them, freely or most of them in order."""


def shorten(work: Work, deadline: Deadline, effort: Effort, listen: Listen | None = None) -> Timetable:
    """Give a short schedule of these tasks, or of others that cost no more.

    Parameters
    ----------
    work
        The tasks of a plan, in a safe order.
    deadline
        A schedule comes back whatever it says.
    listen
        Told (makespan, bound) whenever either is better.
    """
    return _Search(work, at_no_more_than(work), deadline, effort, listen).run()


def quicken(work: Work, deadline: Deadline, effort: Effort, listen: Listen | None = None) -> Timetable:
    """Give the schedule that ends earliest, of any tasks that bring everyone to his target.

    Parameters
    ----------
    work
        The tasks of some plan, in a safe order.
    deadline
        A schedule comes back whatever it says.
    listen
        Told (makespan, bound) whenever either is better.
    """
    return _Search(work, any_way(work.problem), deadline, effort, listen, cost_is_free=True).run()


class _Search:
    """The best schedule and the best bound so far."""

    def __init__(
        self,
        work: Work,
        freedom: Freedom,
        deadline: Deadline,
        effort: Effort,
        listen: Listen | None,
        *,
        cost_is_free: bool = False,
    ) -> None:
        self.work, self.freedom, self.cost_is_free = work, freedom, cost_is_free
        self.deadline, self.effort = deadline, effort
        self.listen = listen
        self.bound = Bound(0, "nothing moves")
        self.starts: list[int] = []

    @property
    def makespan(self) -> int:
        """Of the best schedule."""
        return self.work.makespan(self.starts)

    def _tell_length(self, makespan: int) -> None:
        if self.listen is not None:
            self.listen(makespan, self.bound.seconds)

    def _tell(self, starts: list[int] | None = None) -> None:
        """Report the best schedule, or one that a stage in its midst has found, and the best bound."""
        if self.listen is not None:
            self.listen(self.work.makespan(self.starts if starts is None else starts), self.bound.seconds)

    @property
    def done(self) -> bool:
        """Tell whether nothing is left to find, or no time to find it; report how far it has come."""
        self._tell()
        return self.makespan <= self.bound.seconds or self.deadline.over

    def run(self) -> Timetable:
        """Run all stages, each only while something is left to find and time to find it."""
        work = self.work
        self.bound = makespan_bound(work.problem, work.clock, self.freedom)
        self._list()
        if not self.done:
            self._raise_bound()
        if not self.done and len(self.work.tasks) <= MOST_AT_ONCE:
            self._all_at_once(QUICK_SHARE)
        if not self.done and self._ways(1) <= MOST_WAYS:
            self._neighbourhoods(FIRST_SHARE)
            self._by_more_and_more_ways()
        if not self.done and self._is_in_reach:
            self._by_other_ways(OTHER_WAYS_SHARE)
        if not self.done and self._is_in_reach:
            last = PROOF_SHARE if self._only_these_tasks and len(self.work.tasks) <= MOST_AT_ONCE else 0.0
            self._neighbourhoods(1 - last)
            if last and not self.done:
                self._all_at_once(1.0)
        log.info("makespan %d s, bound %d s by %s", self.makespan, self.bound.seconds, self.bound.why)
        return Timetable(self.work, self.starts, self.bound.seconds)

    @property
    def _only_these_tasks(self) -> bool:
        """Tell whether every plan asked for has these tasks, so that a bound for them is one for all."""
        return self.freedom.is_none and len(self.work.tasks) == len(self.work.problem.displaced)

    @property
    def _is_in_reach(self) -> bool:
        """Tell whether there are few enough tasks for models of parts of them."""
        return len(self.work.tasks) <= MOST_IN_PART

    def _list(self) -> None:
        """Schedule by lists: in any case once, and then for a share of the time, or long enough."""
        share = LIST_SHARE if self._is_in_reach else 1 - LARGE_BOUND_SHARE
        some = self.deadline.within(share * self.deadline.left_s)
        self.starts = short_schedule(
            self.work, some, bound=self.bound.seconds, seed=self.effort.seed, shakes=SHAKES, listen=self._tell
        )

    def _raise_bound(self) -> None:
        share = BOUND_SHARE if self._is_in_reach else 1.0
        work, some = self.work, self.deadline.within(share * self.deadline.left_s)
        self.bound = raised_by_idle_room(
            work.problem, work.clock, self.freedom, Least(work.clock), self.bound, some
        )
        self.bound = raised_by_hosts(
            work.problem, work.clock, self.freedom, self.bound, self.makespan, some, self.effort
        )

    def _ways(self, detours: int) -> float:
        """Give the number of ways that a model of all of them has; infinity where it does not say enough."""
        problem, aside = self.work.problem, self.freedom.aside
        if not self.cost_is_free or any(self.freedom.off) or not Spare(problem, problem.src).is_sane():
            return inf
        return sum(num_paths(problem, detours) if one else 1 for one in aside)

    def _by_other_ways(self, share: float) -> None:
        """Where room is short: let VMs step aside that need not, or, at the same cost, elsewhere."""
        aside = len(self.work.tasks) > len(self.work.problem.displaced)
        if not (aside or (self.cost_is_free and any(self.freedom.aside))):
            return
        if waits_for_room(self.work, self.starts):
            some = self.deadline.within(share * self.deadline.left_s)
            self.work, self.starts = reroute(
                self.work,
                self.starts,
                self.freedom,
                some,
                self.effort,
                bound=self.bound.seconds,
                any_cost=self.cost_is_free,
                listen=self._tell_length,
            )

    def _by_more_and_more_ways(self) -> None:
        """Allow one detour a VM, then more, as long as each is answered in time and the pool is small."""
        for detours in (1, 2, 3):
            if self.done or self._ways(detours) > MOST_WAYS or not self._by_all_ways(detours):
                return

    def _by_all_ways(self, detours: int) -> bool:
        """Ask for the earliest end by any way; tell whether there was time enough for an answer.

        First longer ways are let in, for the bound.
        """
        some = self.deadline.within(DETOUR_SHARE * self.deadline.left_s)
        found = self._model_of_ways(detours, longer=True).find(some, self.effort)
        self._take(found.timetable)
        if found.bound is not None and found.bound > self.bound.seconds:
            self.bound = Bound(found.bound, "whoever waits for whom")
        if found.timetable is None and not self.done:
            without = self._model_of_ways(detours, longer=False).find(some, self.effort)
            self._take(without.timetable)
        if self.makespan <= self.bound.seconds and len(self.work.tasks) > len(self.work.problem.displaced):
            self._with_fewer_migrations(detours)
        return found.proven

    def _with_fewer_migrations(self, detours: int) -> None:
        """Of the plans that end as early, look for one of fewer migrations."""
        model = self._model_of_ways(detours, longer=False)
        model.cheapest()
        fewer = model.find(self.deadline, self.effort).timetable
        if fewer is not None and len(fewer.work.tasks) < len(self.work.tasks):
            self.work, self.starts = fewer.work, fewer.starts

    def _model_of_ways(self, detours: int, *, longer: bool) -> DetourModel:
        problem, clock, least = self.work.problem, self.work.clock, Least(self.work.clock)
        bound, horizon = self.bound.seconds, self.makespan
        model = DetourModel(
            problem, clock, self.freedom, least, bound, horizon, detours=detours, longer=longer
        )
        model.hint(Timetable(self.work, self.starts))
        return model

    def _take(self, found: Timetable | None) -> None:
        if found is not None and found.makespan_s < self.makespan:
            self.work, self.starts = found.work, found.starts

    def _all_at_once(self, share: float) -> None:
        """Ask for the best schedule of these tasks; how late it ends at least bounds all if these are all."""
        some = self.deadline.within(share * self.deadline.left_s)
        model = RouteModel(self.work, host_limits(self.work), self.bound.seconds, self.makespan)
        model.hint(self.starts)
        times = model.solve(some, self.effort)
        if times.starts is not None and self.work.makespan(times.starts) < self.makespan:
            self.starts = times.starts
        if self._only_these_tasks and times.bound is not None and times.bound > self.bound.seconds:
            self.bound = Bound(times.bound, "whoever waits for whom")

    def _neighbourhoods(self, share: float) -> None:
        some = self.deadline.within(share * self.deadline.left_s)
        self.starts = reorder(
            self.work, self.starts, some, self.effort, bound=self.bound.seconds, listen=self._tell
        )
