"""Placement and order as one question: the cheapest plan to any placement that meets the goal.

The cheapest placement is a bound for every plan, and mostly a plan costs no more. Where it does, the reason
becomes a cut, and the next placement is asked for, until bound and plan meet. ALGORITHM.md, "Goals".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.goals.cheapest import Placed, better_tie, cheapest_placement
from planner.goals.cuts import Cuts
from planner.goals.exhaustive import NoNearest, nearest, placements
from planner.goals.missing_room import broken_by_target, why_no_room
from planner.goals.orders import conflict
from planner.goals.placement_model import opening_of, whole_opening
from planner.goals.planned import PlannedTo, planned, walked
from planner.verdict.sentences import are, number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.deadline import Deadline
    from planner.cp.solve import Effort
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal
    from planner.goals.parameters import GoalParameters
    from planner.goals.placement_model import Opening
    from planner.goals.planned import PlanTo


@dataclass(slots=True)
class Joint:
    """A search for the cheapest plan to a placement that meets a goal.

    Attributes
    ----------
    bound
        What every plan to every placement that meets the goal costs at least.
    best
        The best plan so far.
    impossible
        The proof, in words, that there is none.
    """

    choice: Choice
    goal: Goal
    plan_to: PlanTo
    deadline: Deadline
    effort: Effort
    on_change: Callable[[Joint], None] = lambda _: None
    bound: int = 0
    best: PlannedTo | None = None
    impossible: str | None = None
    stage: str = "placement"
    cuts: Cuts = field(default_factory=Cuts)
    _placed: list[int] | None = field(default=None, repr=False)
    """The cheapest placement so far, which may not have been planned to yet."""

    @property
    def parameters(self) -> GoalParameters:
        """How hard is looked for the best."""
        return self.choice.parameters

    @property
    def cost(self) -> int | None:
        """The cost of the best plan."""
        return None if self.best is None else self.best.cost

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to find."""
        return self.impossible is not None or (self.cost is not None and self.cost <= self.bound)

    @property
    def done(self) -> bool:
        """Tell whether to stop."""
        return self.settled or self.deadline.over

    def run(self, start: list[int] | None = None) -> None:
        """Search until nothing is left to find, or the time is up.

        Parameters
        ----------
        start
            A placement that meets the goal. It is planned to first, so that there is a plan whatever comes.

        Raises
        ------
        KeyboardInterrupt
            Ctrl-C; what was found is there all the same.
        """
        try:
            self._run(start)
        except KeyboardInterrupt:
            if self.best is None and self._placed is not None:
                self.plan_at_once(self._placed)
            raise

    def plan_at_once(self, at: list[int]) -> None:
        """Plan to a placement in a moment, as after Ctrl-C: without a plan it is of no use."""
        share = self.deadline.share(self.parameters.shares.interrupted)
        self._take(planned(self.choice, self.goal, at, self.plan_to, share))

    def _run(self, start: list[int] | None) -> None:
        share, goal = self.deadline.share(self.parameters.shares.placement), self.goal
        why = goal.impossible(self.choice) or why_no_room(self.choice, goal, share) or self._too_many()
        if why is not None:
            self.impossible = why
            return
        if start is not None:
            self._plan(start)
        share, every = self.deadline.share(self.parameters.shares.placement), self.parameters.every
        placed = cheapest_placement(self.choice, self.goal, share, self.effort, start, keep=self._keep)
        self.raise_bound(placed.bound)
        if placed.impossible:
            self.impossible = broken_by_target(self.choice) or self.goal.none_meets(self.choice)
            return
        if placed.at is not None:
            self._take_first(placed)
        if not self.done and placements(self.choice) <= every.tiny:
            self._search_all()
        if not self.done:
            self._cut(placed)
        if not self.done and placements(self.choice) <= every.most_placements:
            self._search_all()

    def _keep(self, at: list[int]) -> None:
        self._placed = at

    def _too_many(self) -> str | None:
        """Say that the goal takes more migrations than are allowed, where its bound shows that."""
        most = self.goal.at_most
        if most is None:
            return None
        least = self.goal.bound(self.choice.by_moves())
        if least <= most:
            return None
        return f"it takes {number_of(least, 'migration')} at least, {most} {are(most)} allowed"

    def raise_bound(self, bound: int | None) -> None:
        """Take a bound if it is better."""
        if bound is not None and bound > self.bound:
            self.bound = bound
            self.on_change(self)

    def _take_first(self, placed: Placed) -> None:
        """Plan to the better of the cheapest placements; where that costs more, to the one found first."""
        assert placed.at is not None
        nice = better_tie(self.choice, self.goal, placed, self.deadline, self.effort)
        for at in [nice] if nice == placed.at else [nice, placed.at]:
            found = self._plan(at)
            if found.cost is not None and found.cost <= (placed.cost or 0):
                return

    def _plan(self, at: list[int]) -> PlannedTo:
        self.stage = "order"
        self.on_change(self)
        shares = self.parameters.shares
        share = self.deadline.share(shares.first if self.best is None else shares.later)
        found = planned(self.choice, self.goal, at, self.plan_to, share)
        self.stage = "placement"
        self._take(found)
        return found

    def _take(self, found: PlannedTo) -> None:
        """Take a plan that is allowed and cheaper than the best."""
        is_allowed = found.cost is not None and self.goal.allows(found.migrations)
        if is_allowed and (self.cost is None or (found.cost or 0) < self.cost):
            self.best = found
            self.on_change(self)

    def _search_all(self) -> None:
        """Look at every placement, the nearest first: the end of every question in a tiny pool."""
        self.stage = "exhaustive"
        self.on_change(self)
        share = self.deadline.share(self.parameters.shares.every)
        found = nearest(self.choice, self.goal, share, least=self.bound, below=self.cost)
        if found is NoNearest.UNKNOWN:
            return
        if found is NoNearest.PROVEN:
            if self.best is None:
                self.impossible = "every placement that can be reached was searched; none meets the goal"
            else:
                self.raise_bound(self.cost)
            return
        self.raise_bound(found.cost)
        self._plan(found.at)
        if not self.done and found.moves is not None:
            # Of as few migrations as are allowed nobody else looks for the cheapest.
            self._take(walked(self.choice, self.goal, found.at, found.moves))

    def _cut(self, placed: Placed) -> None:
        """Ask for the next placement, with what is known of orders, until bound and plan meet."""
        opening = self._opening(placed)
        if opening is None:
            return
        for _ in range(self.parameters.cutting.rounds):
            if self.done:
                return
            most = None if self.cost is None else self.cost - 1
            share = self.deadline.share(self.parameters.shares.cut)
            asked = self.cuts.ask(self.choice, self.goal, opening, self.bound, most, share, self.effort)
            known = self._bound_of(asked.bound) if asked.at is not None else self._end(asked.proven)
            if opening.whole:
                self.raise_bound(known)
                if asked.at is None and asked.proven and self.best is None and self.cuts.floor is None:
                    self.impossible = "no placement that meets the goal can be reached"
            if asked.at is None or self.done:
                return
            self._learn(asked.at, asked.aside, asked.bound or 0)

    def _bound_of(self, bound: int | None) -> int | None:
        floor = self.cuts.floor
        return bound if floor is None or bound is None else min(bound, floor)

    def _end(self, proven: bool) -> int | None:
        """Give the bound once nothing cheaper is left to ask for."""
        floor = self.cuts.floor
        if not proven or self.cost is None:
            return floor if proven else None
        return self.cost if floor is None else min(self.cost, floor)

    def _learn(self, at: list[int], aside: frozenset[int], price: int) -> None:
        """Plan to a placement, and cut off what is not so."""
        found = self._plan(at)
        if self.settled:
            return
        if (vms := conflict(self.choice, at, aside)) is not None:
            self.cuts.conflicts.append((dict(enumerate(at)), vms))
        elif found.impossible:
            self.cuts.forbidden.append(at)
        elif found.bound is not None and found.bound > price:
            self.cuts.prices.append((at, found.bound))
        else:
            # Nothing more is known of it than was.
            self.cuts.put_by(at, price if found.bound is None else max(price, found.bound))

    def _opening(self, placed: Placed) -> Opening | None:
        choice = self.choice
        problem, most = choice.problem, self.parameters.cutting.most_single
        if problem.num_vms * problem.num_hosts <= most:
            return whole_opening(choice)
        if placed.opening is None:
            return None
        found = placed.opening
        if len(found.hosts) * len(found.vms) <= most:
            return opening_of(choice, found.base, found.hosts, found.vms)
        return None
