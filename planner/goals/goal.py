"""What a goal is: the placements it is met by, said twice, and all else that helps to find the cheapest.

A goal says what it wants once by name, for the judge of every result (:meth:`Goal.judge`), and once to the
solver (:meth:`Goal.constrain`); the two share nothing, so that a slip in one is caught by the other. These
two are all that a goal of one's own needs. That every rule of the pool holds at the end is part of every
goal, and not its business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.goals.terms import Terms
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from heuristics import Deadline
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import Expr, PlacementModel


class Goal(ABC):
    """A wish that placements meet or not.

    Attributes
    ----------
    name
        What the goal is called.
    at_most
        The most migrations that a plan may take, detours included; None for any number.
    """

    name: str = "goal"
    at_most: int | None = None

    @abstractmethod
    def words(self) -> str:
        """Say what is wanted: ``nothing is left on h7``."""

    @abstractmethod
    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:
        """Say what of a placement does not meet the goal; nothing where it is met.

        Parameters
        ----------
        before, after
            Who is where now, and at the end. A target given in part may shut VMs down, and provision others.
        """

    @abstractmethod
    def constrain(self, model: PlacementModel) -> None:
        """Say the same to the solver; see :class:`planner.goals.placement_model.PlacementModel`."""

    def mistakes(self, state: PoolState) -> Iterator[str]:  # noqa: ARG002 - for subclasses
        """Say what is wrong with the wish itself: a host that is not there, a share that is none."""
        yield from ()

    def impossible(self, choice: Choice) -> str | None:  # noqa: ARG002
        """Say why no placement can meet the goal, where that is seen without a search."""
        return None

    def none_meets(self, choice: Choice) -> str:  # noqa: ARG002
        """Say that no placement meets the goal, where only a search has shown that."""
        return f"no placement meets the goal{self.within_words()}"

    def bound(self, choice: Choice) -> int:  # noqa: ARG002
        """Give what every placement that meets the goal costs at least."""
        return 0

    def terms(self, choice: Choice) -> Terms:
        """Give what the goal says host by host; the less, the weaker the bound."""
        return Terms(self.emptied(choice))

    def emptied(self, choice: Choice) -> frozenset[int]:  # noqa: ARG002
        """Give the hosts that hold nothing at the end, and accept nothing on the way but as a last resort."""
        return frozenset()

    def singled_out(self) -> frozenset[str]:
        """Give the VMs that :meth:`constrain` asks for by name."""
        return frozenset()

    def focus(self, choice: Choice) -> Sequence[int]:
        """Give the hosts in the order in which the search looks at them: the roomiest first."""
        return roomiest(choice)

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:  # noqa: ARG002
        """Give a placement that meets the goal, if one is easily had before the deadline."""
        return None

    def because(self, choice: Choice, at: Sequence[int], vm: int) -> str:  # noqa: ARG002
        """Say why a VM moves that nothing else moves, behind its name and its host."""
        return f", so that {self.words()}"

    def outcome(self, after: PoolState) -> str | None:  # noqa: ARG002 - for subclasses
        """Say of the placement that was found what the wish was for, where the plan does not show it."""
        return None

    def instead(self) -> BestGoal | None:
        """Give what is looked for, and told, where the wish cannot be met: the same, as well as can be."""
        return None

    def allows(self, migrations: int) -> bool:
        """Tell whether a plan may take so many migrations and stops."""
        return self.at_most is None or migrations <= self.at_most

    def within_words(self) -> str:
        """Say how many migrations it may take, behind what is wanted."""
        return "" if self.at_most is None else f", with at most {number_of(self.at_most, 'migration')}"

    def prefer(self, model: PlacementModel) -> Expr | None:
        """Give what decides among placements of the same cost, to be made small: the hosts touched."""
        return model.hosts_touched()


def does_not_pack(goal: Goal, choice: Choice, what: str) -> str | None:
    """Say that VMs do not pack, of a goal that asks for no more than room on the hosts that are left.

    That there is room by the sums has been looked at before any search. None where it may be for want of
    migrations.

    Parameters
    ----------
    what
        What it comes to: ``some do not fit``.
    """
    if goal.at_most is not None:
        return None
    left = " left" if (gone := goal.emptied(choice)) else ""
    hosts = number_of(choice.problem.num_hosts - len(gone), f"host{left}", f"hosts{left}")
    return f"however the VMs may be put on the {hosts}, {what}, though in sum there is room enough"


class BestGoal(Goal):
    """A wish that placements meet more or less well: the best comes first, then what it costs.

    It has a measure, smaller is better. Each value of it makes a plain goal: as good as that.
    """

    @property
    def asks_for_best(self) -> bool:
        """Tell whether the best is wanted; False makes it a plain goal."""
        return True

    @abstractmethod
    def measured(self, before: PoolState, after: PoolState) -> Fraction:
        """Give the measure of a placement, by name."""

    @abstractmethod
    def measure(self, model: PlacementModel) -> Expr:
        """Give the measure to the solver, on any scale that rises with it."""

    @abstractmethod
    def as_good_as(self, value: Fraction) -> Goal:
        """Give the plain goal of placements that measure ``value`` at most."""

    @abstractmethod
    def better_than(self, value: Fraction) -> Goal:
        """Give the plain goal of placements that measure less than ``value``."""

    @abstractmethod
    def least(self, choice: Choice) -> Fraction:
        """Give a proven bound of the measure of every placement within ``at_most``."""

    @abstractmethod
    def told(self, value: Fraction) -> str:
        """Say a value of the measure: ``4 hosts more are empty``."""

    def told_least(self, value: Fraction) -> str:
        """Say a value below which nothing can be."""
        return self.told(value)

    def improved(self, choice: Choice, at: list[int], hosts: int, turn: int) -> Sequence[int]:  # noqa: ARG002
        """Give so many hosts between which a placement may become better; others at each turn."""
        order = self.focus(choice)
        first = turn * hosts // 2 % max(1, len(order))
        return [*order[first:], *order[:first]][:hosts]

    @property
    def spends(self) -> bool:
        """Tell whether what is left of ``at_most`` is spent: where there is a :meth:`spend` of its own."""
        return self.at_most is not None and type(self).spend is not BestGoal.spend

    def spend(
        self,
        choice: Choice,  # noqa: ARG002
        at: list[int],  # noqa: ARG002
        most: int,  # noqa: ARG002
        deadline: Deadline,  # noqa: ARG002
    ) -> list[int] | None:
        """Give a nicer placement of the same measure that takes up to ``most`` migrations, if any."""
        return None


@dataclass(frozen=True, slots=True)
class Measure:
    """How well a best goal is met.

    Parameters
    ----------
    value, bound
        The measure of the placement found, and the least that is possible as far as is proven.
    text, bound_text
        The same in words.
    """

    value: Fraction
    bound: Fraction
    text: str
    bound_text: str

    @classmethod
    def of(cls, goal: BestGoal, value: Fraction, bound: Fraction) -> Measure:
        """Put both into the words of the goal."""
        return cls(value, bound, goal.told(value), goal.told_least(bound))

    @property
    def is_best(self) -> bool:
        """Tell whether no placement is better."""
        return self.value == self.bound


def highest_shares(choice: Choice) -> list[float]:
    """Give the highest share of each host: of its fullest resource."""
    usable = choice.problem.usable
    return [
        max((taken / most for taken, most in zip(row, limits, strict=True) if most), default=1.0)
        for row, limits in zip(choice.load, usable, strict=True)
    ]


def roomiest(choice: Choice) -> list[int]:
    """Give the hosts that take part, the emptiest first."""
    shares = highest_shares(choice)
    hosts = choice.problem.hosts
    return sorted(range(len(hosts)), key=lambda host: (not hosts[host].accepts, shares[host], host))
