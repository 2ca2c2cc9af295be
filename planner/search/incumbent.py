"""The best plan and the best bound so far: what every stage reads and improves, and never makes worse."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from planner.progress import OnProgress, Progress, gap_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem
    from planner.search.impossible import Impossible
    from planner.search.kernel import Component
    from planner.search.limbo import Limbo


@dataclass(slots=True)
class Incumbent:
    """What is known of a problem.

    Parameters
    ----------
    problem
        What is planned.
    deadline
        The one deadline of all stages.
    on_progress
        Told of every change and of every stage.

    Attributes
    ----------
    moves, cost
        The best plan; None where there is none.
    bound
        The best proven bound; None where no plan can exist as far as known or nothing is proven.
    first, first_name
        The first plan found, and the path finder that made it.
    impossible
        The proof that no plan exists.
    aside
        VMs that the bound would have step aside: a hint where to look.
    relaxed
        The bound of the relaxation, which holds even were there more hosts to step aside to.
    looked_for_obstacle
        The relaxation that may prove a pool impossible has been asked.
    limbo_of
        What the limbo of each component came to, as far as it was looked into.
    """

    problem: Problem
    deadline: Deadline
    on_progress: OnProgress | None = None
    moves: list[Move] | None = None
    cost: int | None = None
    bound: int | None = None
    first: list[Move] | None = None
    first_name: str | None = None
    impossible: Impossible | None = None
    aside: set[int] = field(default_factory=set)
    relaxed: int = 0
    looked_for_obstacle: bool = False
    limbo_of: dict[Component, Limbo] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    stage: str = "heuristic"

    def offer(self, moves: list[Move] | None, finder: str | None = None) -> bool:
        """Take a plan if it is better than the best; tell whether it was.

        Parameters
        ----------
        finder
            The path finder that made it; None for the optimiser.
        """
        if moves is None:
            return False
        cost = self.problem.moves_cost(moves)
        if self.cost is not None and cost >= self.cost:
            return False
        self.moves, self.cost = moves, cost
        if finder is not None and self.first is None:
            self.first, self.first_name = moves, finder
        self.tell()
        return True

    def prove(self, bound: int | None) -> None:
        """Take a bound if it is better than the best."""
        if bound is not None and (self.bound is None or bound > self.bound):
            self.bound = bound
            self.tell()

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to find: the plan meets the bound, or no plan exists."""
        return self.impossible is not None or (self.cost is not None and self.cost == self.bound)

    @property
    def done(self) -> bool:
        """Tell whether to stop: nothing is left to find, or no time to find it."""
        return self.settled or self.deadline.over

    def tell(self) -> None:
        """Report where the search stands."""
        if self.on_progress is not None:
            seconds = self.deadline.elapsed_s
            gap = gap_of(self.cost, self.bound)
            self.on_progress(Progress(self.stage, self.cost, self.bound, gap, seconds))

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Time a stage, and report under its name."""
        began = monotonic()
        before, self.stage = self.stage, stage
        self.tell()
        try:
            yield
        finally:
            self.stage = before
            self.seconds[stage] = self.seconds.get(stage, 0.0) + monotonic() - began
