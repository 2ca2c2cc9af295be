"""The interval model: the workhorse that shortens plans and bounds them. ALGORITHM.md, "Interval model"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.cp.constraints import add_constraints
from planner.cp.hints import add_hint
from planner.cp.objective import add_objective
from planner.cp.solve import Answer, Effort, Solution, solve
from planner.cp.variables import AwayCost, Chains, Slots, Timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from heuristics.deadline import Deadline
    from planner.cp.window import Window


@dataclass(frozen=True, slots=True)
class Replanned:
    """What an interval model came to.

    Parameters
    ----------
    moves
        The moves of the free VMs, sorted by instant; None where no solution was found.
    answer
        Cost, bound and proof; the cost is that of the free VMs alone.
    """

    moves: list[Timed] | None
    answer: Answer


class IntervalModel:
    """The free VMs of a window as chains of stays, under the limits of every host.

    Parameters
    ----------
    window
        What is open.
    slots
        ``slots[vm]``: how often a VM may step aside.
    away_cost
        ``away_cost[vm]``: what it costs to be away all the time; None where it may not be.
    least
        A bound of the cost known from elsewhere: a solution that meets it ends the search.
    farther
        See :func:`planner.cp.objective.add_objective`.
    deadline
        When to give up making the model; None: never.

    Raises
    ------
    OutOfTimeError
        The time was up before the model was made.
    """

    def __init__(
        self,
        window: Window,
        slots: Slots,
        away_cost: AwayCost,
        least: int = 0,
        farther: Mapping[int, int] | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self.chains = Chains(window, slots, away_cost, deadline)
        add_constraints(self.chains)
        add_objective(self.chains, least, farther)

    def hint(self, moves: Iterable[Timed]) -> bool:
        """Start from a known plan of the free VMs; False where the model cannot follow it."""
        return add_hint(self.chains, moves)

    def solve(
        self, deadline: Deadline, effort: Effort, on_plan: Callable[[list[Timed]], None] | None = None
    ) -> Replanned:
        """Search within the deadline; ``on_plan`` hears of each better plan."""

        def listen(solution: Solution) -> None:
            assert on_plan is not None
            on_plan(self.chains.extract(solution.boolean_value, solution.value))

        solver, answer = solve(self.chains.model, deadline, effort, listen if on_plan else None)
        moves = self.chains.extract(solver.boolean_value, solver.value) if answer.found else None
        return Replanned(moves, answer)
