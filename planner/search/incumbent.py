"""The best plan and the best bound so far: what every stage reads and improves, and never makes worse."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING

from planner.progress import OnProgress, Progress, gap_of
from planner.search.relaxation import Relaxation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem
    from planner.search.impossible import Impossible


class ContradictionError(RuntimeError):
    """Two things that were found cannot both be true, which is a fault of ours."""


@dataclass(slots=True)
class Incumbent:
    """What is known of a problem.

    There are three doors: :meth:`offer` for a plan, :meth:`prove` for a bound, :meth:`prove_impossible`.
    None of them lets in what contradicts what is known; and all are shut once it is :meth:`closed`.

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
    relaxation
        What the relaxations of the problem have come to.
    seconds
        ``seconds[stage]``: what it took.
    makespan_s, makespan_bound_s
        Of the best schedule so far, for those who are told; None where there is none.
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
    relaxation: Relaxation = field(init=False)
    seconds: dict[str, float] = field(default_factory=dict)
    stage: str = ""
    makespan_s: int | None = None
    makespan_bound_s: int | None = None
    _closed: bool = False
    _door: RLock = field(default_factory=RLock, repr=False)

    def __post_init__(self) -> None:
        """Begin without any relaxation."""
        self.relaxation = Relaxation(self.problem)

    def offer(self, moves: list[Move] | None, finder: str | None = None) -> bool:
        """Take a plan if it is better than the best; tell whether it was.

        Parameters
        ----------
        finder
            The path finder that made it; None for the optimiser.

        Raises
        ------
        ContradictionError
            It costs less than the bound, or is proven not to exist.
        """
        if moves is None:
            return False
        cost = self.problem.moves_cost(moves)
        with self._door:
            if self._closed or (self.cost is not None and cost >= self.cost):
                return False
            self._check(cost, self.bound)
            self.moves, self.cost = moves, cost
            if finder is not None and self.first is None:
                self.first, self.first_name = moves, finder
        self.tell()
        return True

    def prove(self, bound: int | None) -> None:
        """Take a bound if it is better than the best.

        Raises
        ------
        ContradictionError
            It is above the cost of a plan.
        """
        with self._door:
            if self._closed or bound is None or (self.bound is not None and bound <= self.bound):
                return
            self._check(self.cost, bound)
            self.bound = bound
        self.tell()

    def prove_optimal(self) -> None:
        """Take it that no plan costs less than the best."""
        self.prove(self.cost)

    def prove_impossible(self, proof: Impossible) -> None:
        """Take it that no plan exists.

        Raises
        ------
        ContradictionError
            There is one.
        """
        with self._door:
            if self._closed or self.impossible is not None:
                return
            if self.moves is not None:
                raise ContradictionError(f"a plan of cost {self.cost} is there, and yet: {proof}")
            self.impossible = proof
        self.tell()

    def _check(self, cost: int | None, bound: int | None) -> None:
        if cost is not None and self.impossible is not None:
            raise ContradictionError(f"a plan of cost {cost} was found, and yet: {self.impossible}")
        if cost is not None and bound is not None and cost < bound:
            raise ContradictionError(f"a plan costs {cost}, and yet every plan costs at least {bound}")

    def rearrange(self, moves: list[Move]) -> None:
        """Take a plan of the same cost in place of the best.

        Raises
        ------
        ContradictionError
            Its cost is another.
        """
        if self.problem.moves_cost(moves) != self.cost:
            raise ContradictionError(f"a plan of cost {self.cost} was rearranged, and costs something else")
        self.moves = moves

    def close(self) -> None:
        """Take nothing any more: a thread that nobody waits for may still come with something."""
        with self._door:
            self._closed = True

    def is_within(self, times: float) -> bool:
        """Tell whether there is a plan of no more than so many times the bound."""
        return self.cost is not None and self.cost <= times * (self.bound or 0)

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
            self.on_progress(
                Progress(
                    self.stage, self.cost, self.bound, gap, seconds, self.makespan_s, self.makespan_bound_s
                )
            )

    def tell_makespan(self, makespan_s: int, bound_s: int) -> None:
        """Report a better schedule of the plan, or a better bound of how early one could end."""
        if (makespan_s, bound_s) != (self.makespan_s, self.makespan_bound_s):
            self.makespan_s, self.makespan_bound_s = makespan_s, bound_s
            self.tell()

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Time a stage, and report under its name."""
        began = monotonic()
        if stage != self.stage:
            self.stage = stage
            self.tell()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + monotonic() - began
