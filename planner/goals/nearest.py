"""Shares as near the pool's as can be: what is looked for where they cannot be as near as was asked."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from planner.goals.goal import BestGoal
from planner.goals.shares import SCALE, TOLD, counted, furthest_step, pool_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics import Deadline
    from models.state import PoolState
    from planner.goals.balance import Balance
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal
    from planner.goals.placement_model import Expr, PlacementModel

WIDER = (16, 8, 4, 2)
"""Times as far as was asked, which are tried by hand one after another for a start."""


class NearestShares(BestGoal):
    """How far the share that is furthest from the pool's is from it, as little as can be.

    Parameters
    ----------
    wish
        A balance within some distance.
    """

    name = "balance"

    def __init__(self, wish: Balance) -> None:
        self.wish = wish
        self.at_most = wish.at_most

    def words(self) -> str:
        """Say what is looked for."""
        return f"every host's share is as near the pool's as can be{self.within_words()}"

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:  # noqa: ARG002
        """Refuse nothing: nearer is better."""
        yield from ()

    def constrain(self, model: PlacementModel) -> None:
        """Ask for nothing."""

    def focus(self, choice: Choice) -> Sequence[int]:
        """The fullest and the emptiest by turns."""
        return self.wish.focus(choice)

    def improved(self, choice: Choice, at: list[int], hosts: int, turn: int) -> Sequence[int]:
        """The fullest hosts, and the emptiest."""
        return self.wish.improved(choice, at, hosts, turn)

    def measured(self, before: PoolState, after: PoolState) -> Fraction:
        """The largest distance."""
        return max(self.wish.distances(before, after), default=Fraction(0))

    def measure(self, model: PlacementModel) -> Expr:
        """The largest distance, nearly, in ``SCALE`` parts, or in fewer where amounts are very large."""
        parts = model.parts_of_share(SCALE)
        off = model.cp.new_int_var(0, parts, "off")
        for host, resource in counted(model.choice, self.wish.numbers(model.choice)):
            usable, load = model.problem.usable[host][resource], model.load(host, resource)
            wanted = round(pool_share(model.choice, resource) * usable)
            model.cp.add(off * usable >= (load - wanted) * parts)
            model.cp.add(off * usable >= (wanted - load) * parts)
        return off

    def as_good_as(self, value: Fraction) -> Goal:
        """No share further away than that."""
        return self.wish.as_near(value)

    def better_than(self, value: Fraction) -> Goal:
        """Every share nearer than that."""
        return self.wish.as_near(value, strictly=True)

    def least(self, choice: Choice) -> Fraction:
        """Bound the distance: every load is a multiple of what all demands have in common."""
        found = (furthest_step(choice, resource) for resource in self.wish.numbers(choice))
        return max((distance for distance, _ in filter(None, found)), default=Fraction(0))

    def told(self, value: Fraction) -> str:
        """Say how near, rounded up, so that it can be asked for."""
        return f"within {ceil(value * TOLD) / TOLD:g} of the pool's"

    def told_least(self, value: Fraction) -> str:
        """Say how near nothing can be, rounded down."""
        least = floor(value * TOLD) / TOLD
        return f"nearer than {least:g} cannot be" if least else "how much nearer could be is open"

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:
        """Bring all within some distance by hand: from the largest of a few on, as far as that goes."""
        near = max(self.wish.within or Fraction(0), self.least(choice), Fraction(1, TOLD))
        best = None
        for times in WIDER:
            at = self.wish.as_near(near * times).start(choice, deadline)
            if at is None:
                break
            best = at
        return best
