"""A local search over the order of all tasks and the ways of VMs, each step scheduled in a moment.

The schedule is looked at from both ends in turn: in the film that runs backwards other changes are small
ones. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from heuristics.in_order import Leg, PlacedLegs, Reel, legs_of, work_of_legs
from heuristics.placed_again import OrderChange, PlacedByHost
from heuristics.spare import Spare
from heuristics.tasks import TimedWork
from planner.scheduling.order_changes import NearbyChanges

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from heuristics import Deadline
    from planner.scheduling.order_changes import Brief
    from planner.scheduling.parameters import OtherWays


class OrderSearch:
    """The order at hand, and the schedule that ends earliest.

    Parameters
    ----------
    timed
        A schedule to begin with.
    brief
        What others have to keep to.
    """

    def __init__(self, timed: TimedWork, brief: Brief, rng: Random, how: OtherWays) -> None:
        work, starts = timed
        problem, clock = work.problem, work.clock
        self.problem, self.clock, self.rng, self.how = problem, clock, rng, how
        self.bound = brief.bound
        self.work, self.starts, self.makespan = work, starts, work.makespan(starts)
        self.film, self.other = Reel(problem, clock), Reel(problem, clock, turned=True)
        self._in_part = PlacedByHost.is_by_host(self.film) and len(work.tasks) > how.most_whole
        self._turns = all(Spare(problem, at).is_sane() for at in (problem.src, problem.dst))
        self._changes = NearbyChanges(work, brief, rng, how)
        self._steps = self._since = 0
        self._whole_s: float | None = None
        self._aim_at()
        self._become(self._placed(legs_of(work, starts)))

    def _aim_at(self) -> None:
        """Let VMs count as late that are home after a good part of the shortest makespan."""
        self.aim = max(self.bound, int(self.how.aim * self.makespan))
        self.price = self.how.price * self.makespan

    def _placed(self, legs: list[Leg]) -> PlacedLegs:
        found = self.film.placed(legs, aim=self.aim, price=self.price)
        assert found is not None, "in the order of its starts, a schedule is safe"
        return found

    def _become(self, now: PlacedLegs) -> None:
        """Take a schedule as the one at hand, and as the best if it ends earlier or steps aside less."""
        self.now = now
        self._by_host = PlacedByHost(self.film, now, self.aim, self.price)
        self._changes.look_at(self.film, now, self._by_host, self.aim)
        if (now.makespan, len(now.legs)) < (self.makespan, len(self.work.tasks)):
            self._keep(now)

    def _keep(self, now: PlacedLegs) -> None:
        legs, starts = self.film.mirrored(now) if self.film.turned else (now.legs, now.starts)
        self.makespan = now.makespan
        self.work, self.starts = work_of_legs(self.problem, self.clock, legs), starts

    @property
    def best(self) -> TimedWork:
        """The schedule that ends earliest."""
        return TimedWork(self.work, self.starts)

    def run(
        self,
        some: Deadline,
        deadline: Deadline,
        rounds: int | None = None,
        listen: Callable[[TimedWork], None] | None = None,
    ) -> bool:
        """Go on for some of the time; tell whether there is use in going on after it.

        Parameters
        ----------
        some, deadline
            The end of this part and of the whole, by which the search cools.
        rounds
            Steps at most, by which it cools then; None: as long as there is time.
        listen
            Told of every shorter schedule.
        """
        patience = self.how.patience + self.how.patience_a_task * len(self.work.tasks)
        whole_s = self._whole_s = self._whole_s or deadline.left_s
        while self._steps != rounds and not some.over:
            if self.makespan <= self.bound or self._since > patience:
                return False
            better = self.step(deadline.left_s / whole_s if rounds is None else 1 - self._steps / rounds)
            self._since = 0 if better else self._since + 1
            if better and listen is not None:
                listen(self.best)
        return self._steps != rounds and not deadline.over

    def step(self, left: float) -> bool:
        """Try one change; tell whether the makespan is shorter than ever.

        Parameters
        ----------
        left
            The part of the time that is left: the less, the less may a schedule get worse.
        """
        before = self.makespan
        self._steps += 1
        if self._steps % self.how.steps_a_film == 0:
            self._turn()
        change = self._changes.drawn()
        if change is not None:
            warmth = self.how.warmth * self.makespan * (left * self.how.cycles % 1)
            most = self.now.cost - warmth * log(max(self.rng.random(), 1e-12))
            found = self._placed_after(change, most)
            if found is not None:
                self._become(found)
        return self.makespan < before

    def _placed_after(self, change: OrderChange, most: float) -> PlacedLegs | None:
        """Place what a change reaches again; everything, where that is little, or all share a link."""
        if self._in_part:
            return self._by_host.placed(change, most)
        legs = change.of(self.now.legs)
        return self.film.placed(legs, aim=self.aim, price=self.price, most=most)

    def _turn(self) -> None:
        """Go on in the other film, everything pushed to its beginning, and aim anew."""
        self._aim_at()
        legs = self.now.legs
        if self._turns:
            legs, _ = self.film.mirrored(self.now)
            self.film, self.other = self.other, self.film
        self._become(self._placed(legs))
