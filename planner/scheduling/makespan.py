"""Short schedules of a plan, and how short they could be at best. ALGORITHM.md, "Short schedules"."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from heuristics.justify import short_schedule
from heuristics.spare import Spare
from heuristics.tasks import TimedWork
from models.parameters import Share
from planner.scheduling.bounds import Bound, makespan_bound
from planner.scheduling.detour_model import DetourModel, num_paths
from planner.scheduling.freedom import any_way, at_no_more_than
from planner.scheduling.idle_room import raised_by_idle_room
from planner.scheduling.least import Least
from planner.scheduling.one_host import raised_by_hosts
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.reorder import reorder
from planner.scheduling.reroute import reroute, waits_for_room
from planner.scheduling.route_model import RouteModel, host_limits
from planner.scheduling.same_cost import at_the_same_cost
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.parameters import ModelSizes, ScheduleParameters

log = logging.getLogger(__name__)

Listen = Callable[[int, int], None]
"""Told the makespan and its bound, in seconds."""


def shorten(
    work: Work,
    deadline: Deadline,
    effort: Effort,
    listen: Listen | None = None,
    parameters: ScheduleParameters = DEFAULT,
    *,
    cost_is_free: bool = False,
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
    """
    freedom = any_way(work.problem) if cost_is_free else at_no_more_than(work)
    return _Stages(work, freedom, deadline, effort, listen, parameters, cost_is_free=cost_is_free).run()


def widely(effort: Effort, num_tasks: int, sizes: ModelSizes) -> Effort:
    """Give a small model more strategies than workers; what one worker finds shall stay the same."""
    if effort.workers == 1 or num_tasks > sizes.most_tried_widely:
        return effort
    return replace(effort, workers=effort.workers * sizes.strategies)


class _Stages:
    """The best schedule and the best bound so far."""

    def __init__(
        self,
        work: Work,
        freedom: Freedom,
        deadline: Deadline,
        effort: Effort,
        listen: Listen | None,
        parameters: ScheduleParameters,
        *,
        cost_is_free: bool = False,
    ) -> None:
        self.work, self.freedom, self.cost_is_free = work, freedom, cost_is_free
        self.clock = work.clock.for_proofs()
        self.deadline, self.effort = deadline, effort
        self.listen = listen
        self.parameters, self.shares, self.sizes = parameters, parameters.shares, parameters.sizes
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
        began = self.deadline.elapsed_s
        self.bound = makespan_bound(work.problem, self.clock, self.freedom)
        bound_s = self.deadline.elapsed_s - began
        self._list()
        # The other bounds look at every VM too before they look at a clock.
        if not self.done and self.deadline.left_s > 2 * bound_s:
            self._raise_bound()
        if not self.done and self._room_decides_for_few:
            return self._of_few()
        aside_first = not self.done and self._is_in_reach and self._stepping_aside_decides
        if aside_first:
            self._by_other_ways(self.deadline.share(self.shares.aside_first))
        elif self._is_small:
            self._all_at_once(self.deadline.share(self.shares.all_at_once))
            if not self.done and not self._has_few_tasks and not self._room_is_short:
                self._shake(self.deadline.share(self.shares.lists_again))
        if not self.done and self._has_few_ways:
            self._neighbourhoods(self.deadline.share(self.shares.first))
            self._by_more_and_more_ways()
        if not self.done and self._is_in_reach and not aside_first:
            self._by_other_ways(self.deadline.share(self.shares.other_ways))
        if not self.done and self._is_in_reach:
            proves = self._only_these_tasks and self._is_small
            self._neighbourhoods(self._all_but(self.shares.proof if proves else Share(0.0)))
            if proves:
                self._all_at_once(self.deadline)
        return self._result()

    def _of_few(self) -> Timetable:
        """Do the same with and without further migrations; then, with them, what they are good for.

        Without, it ends there though time is left: with them it shall end no later, and begins with the same.
        """
        shares = self.shares
        if not self.cost_is_free:
            self._at_the_same_cost(self.deadline.share(shares.same_cost))
            return self._result()
        self._at_the_same_cost(self.deadline.share(shares.same_cost_first))
        if not self.done:
            self._by_other_ways(self.deadline.share(shares.aside_of_few))
        if not self.done:
            self._neighbourhoods(self.deadline.share(shares.these_ways))
        if not self.done and self._has_few_ways:
            self._by_more_and_more_ways()
        if not self.done:
            self._neighbourhoods(self.deadline)
        return self._result()

    def _result(self) -> Timetable:
        log.info("makespan %d s, bound %d s by %s", self.makespan, self.bound.seconds, self.bound.why)
        return Timetable(self.work, self.starts, self.bound.seconds)

    @property
    def _only_these_tasks(self) -> bool:
        """Tell whether every plan asked for has these tasks, so that a bound for them is one for all."""
        return self.freedom.is_none and len(self.work.tasks) == len(self.work.problem.displaced)

    @property
    def _room_decides_for_few(self) -> bool:
        """Tell whether the end of few tasks waits for room; unless a model of all ways is soon exhausted.

        Where VMs have more ways aside than that, these gain so much that nothing else need come first.
        """
        problem, sizes = self.work.problem, self.sizes
        few = self._has_few_tasks and problem.num_vms * num_paths(problem, 1) <= sizes.most_ways
        by_ways = self.cost_is_free and self._ways(1) <= sizes.few_ways
        return few and not by_ways and waits_for_room(self.work, self.starts)

    @property
    def _is_small(self) -> bool:
        """Tell whether there are few enough tasks for a model of all of them."""
        return len(self.work.tasks) <= self.sizes.most_at_once

    @property
    def _is_in_reach(self) -> bool:
        """Tell whether there are few enough tasks for models of parts of them."""
        return len(self.work.tasks) <= self.sizes.most_in_part

    def _all_but(self, kept: Share) -> Deadline:
        """Give a deadline that leaves a share of the time to others."""
        left_s = self.deadline.left_s
        return self.deadline.within(left_s - kept.of(left_s))

    @property
    def _stepping_aside_decides(self) -> bool:
        """Tell whether the end waits for room, and VMs may step aside in more ways than are soon exhausted.

        A model of the tasks at hand would only find how late they end without.
        """
        free = self.cost_is_free and any(self.freedom.aside) and self._ways(1) > self.sizes.few_ways
        return free and self._room_is_short

    @property
    def _room_is_short(self) -> bool:
        """Tell whether the end waits for room, and for so long that the wires are not what decides."""
        is_short = self.makespan > (1 + self.sizes.short_of_room) * self.bound.seconds
        return is_short and waits_for_room(self.work, self.starts)

    @property
    def _has_few_ways(self) -> bool:
        """Tell whether the pool is small enough for a model of all ways."""
        return self._ways(1) <= self.sizes.most_ways

    @property
    def _has_few_tasks(self) -> bool:
        """Tell whether the tasks are few enough for everything to be tried widely."""
        return len(self.work.tasks) <= self.sizes.most_tried_widely

    @property
    def _share_of_lists(self) -> Share:
        """Give how much of the time they may take, by what comes after them."""
        if self._has_few_tasks:
            return self.shares.lists_of_few
        return self.shares.lists if self._is_small or self.cost_is_free else self.shares.lists_of_many

    def _list(self) -> None:
        """Schedule by lists: in any case once, and then for a share of the time, or long enough."""
        if self._is_in_reach:
            some = self.deadline.share(self._share_of_lists)
        else:
            some = self._all_but(self.shares.kept_for_bound)
        self.starts = short_schedule(
            self.work,
            some,
            bound=self.bound.seconds,
            seed=self.effort.seed,
            shakes=self.parameters.shakes_of_few if self._has_few_tasks else self.parameters.shakes,
            listen=self._tell,
            parameters=self.parameters.lists,
        )

    def _shake(self, deadline: Deadline) -> None:
        """Begin list schedules anew from the best: where wires decide, they alone come close to the bound."""
        self.starts = short_schedule(
            self.work,
            deadline,
            bound=self.bound.seconds,
            seed=self.effort.seed + 1,
            shakes=self.parameters.shakes,
            begun=self.starts,
            listen=self._tell,
            parameters=self.parameters.lists,
        )

    def _raise_bound(self) -> None:
        work, how = self.work, self.parameters.bound
        problem, clock, freedom = work.problem, self.clock, self.freedom
        some = self.deadline.share(self.shares.bound if self._is_in_reach else Share())
        least = Least(clock, how.most_modes)
        self.bound = raised_by_idle_room(problem, clock, freedom, least, self.bound, some, how)
        self.bound = raised_by_hosts(
            problem, clock, freedom, self.bound, self.makespan, some, self.effort, how
        )

    def _ways(self, detours: int) -> float:
        """Give the number of ways that a model of all of them has; infinity where it does not say enough."""
        problem, aside = self.work.problem, self.freedom.aside
        if not self.cost_is_free or any(self.freedom.off) or not Spare(problem, problem.src).is_sane():
            return inf
        return sum(num_paths(problem, detours) if one else 1 for one in aside)

    def _by_other_ways(self, deadline: Deadline) -> None:
        """Where room is short: let VMs step aside that need not, or, at the same cost, elsewhere."""
        aside = len(self.work.tasks) > len(self.work.problem.displaced)
        if not (aside or (self.cost_is_free and any(self.freedom.aside))):
            return
        if self._room_is_short:
            self.work, self.starts = reroute(
                self.work,
                self.starts,
                self.freedom,
                deadline,
                self.effort,
                bound=self.bound.seconds,
                any_cost=self.cost_is_free,
                listen=self._tell_length,
                parameters=self.parameters,
            )

    def _by_more_and_more_ways(self) -> None:
        """Allow one detour a VM, then more, as long as each is answered in time and the pool is small."""
        for detours in (1, 2, 3):
            if self.done or self._ways(detours) > self.sizes.most_ways or not self._by_all_ways(detours):
                return

    def _by_all_ways(self, detours: int) -> bool:
        """Ask for the earliest end by any way; tell whether there was time enough for an answer.

        First longer ways are let in, for the bound.
        """
        some = self.deadline.share(self.shares.ways)
        found = self._model_of_ways(detours, longer=True).find(some, self.effort)
        self._take(found.timetable)
        if not any(self.freedom.wanders):
            # The model has no ways of those that are shut down or provisioned.
            self._take_bound(found.bound)
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
        problem, clock = self.work.problem, self.work.clock
        least = Least(clock, self.parameters.bound.most_modes)
        bound, horizon = self.bound.seconds, self.makespan
        model = DetourModel(
            problem, clock, self.freedom, least, bound, horizon, detours=detours, longer=longer
        )
        model.hint(Timetable(self.work, self.starts))
        return model

    def _take(self, found: Timetable | None) -> None:
        if found is not None and found.makespan_s < self.makespan:
            self.work, self.starts = found.work, found.starts

    def _take_bound(self, seconds: int | None) -> None:
        """Take the bound of a model for one of the pool, unless rates are rounded in it."""
        if seconds is not None and seconds > self.bound.seconds and self.work.clock.is_exact:
            self.bound = Bound(seconds, "whoever waits for whom")

    def _all_at_once(self, deadline: Deadline) -> None:
        """Ask for the best schedule of these tasks; how late it ends at least bounds all if these are all."""
        if self.done:
            return
        model = RouteModel(self.work, host_limits(self.work), self.bound.seconds, self.makespan)
        model.hint(self.starts)
        times = model.solve(deadline, widely(self.effort, len(self.work.tasks), self.sizes))
        if times.starts is not None and self.work.makespan(times.starts) < self.makespan:
            self.starts = times.starts
        if self._only_these_tasks:
            self._take_bound(times.bound)

    def _at_the_same_cost(self, deadline: Deadline) -> None:
        found = at_the_same_cost(
            TimedWork(self.work, self.starts),
            deadline,
            self.effort,
            self.shares.same_cost_work.of(self.deadline.nominal),
            enough=self.bound.seconds,
            listen=self._tell_length,
            parameters=self.parameters,
        )
        self.work, self.starts = found.timed
        if self._only_these_tasks and found.proven:
            self._take_bound(self.makespan)

    def _neighbourhoods(self, deadline: Deadline) -> None:
        self.starts = reorder(
            self.work,
            self.starts,
            deadline,
            self.effort,
            bound=self.bound.seconds,
            listen=self._tell,
            parameters=self.parameters,
        )
