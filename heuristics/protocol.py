"""What a path finder is: something that finds a plan, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from heuristics.trace import Trace
    from models.problem import Move, Problem


@dataclass(frozen=True, slots=True)
class Found:
    """What a path finder comes back with.

    Parameters
    ----------
    moves
        A plan from ``problem.src`` to ``problem.dst``; None where it found none.
    proven
        True: the plan is the cheapest there is, or, without one, none exists. Most never know.
    """

    moves: list[Move] | None
    proven: bool = False


class PathFinder(Protocol):
    """A search for a plan: fast, a plan or none, usually without proof."""

    name: str

    def find(self, problem: Problem, deadline: Deadline, seed: int = 0, trace: Trace | None = None) -> Found:
        """Search until the deadline at most.

        Parameters
        ----------
        problem
            The migrations to order, in indices; never changed.
        deadline
            When to come back at the latest, empty-handed if need be.
        seed
            The same seed gives the same answer, the deadline aside.
        trace
            Told of each decision, where the finder makes them one by one.
        """
        ...
