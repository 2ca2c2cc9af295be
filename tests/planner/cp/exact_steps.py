"""The step model asked for plans: every VM free to be anywhere, the cheapest plan of so many steps.

The planner asks the model about plans that it has; here it is another exact model, for tiny pools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.problem import OFF, Move, Problem
from planner.cp.solve import Answer, Effort, solve
from planner.cp.step_model import StepModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics import Deadline


class ExactSteps(StepModel):
    """A step model with an end and a price."""

    def end_at(self, placement: Sequence[int]) -> None:
        """Fix the last placement."""
        for vm, hosts in self.places.items():
            for host in hosts:
                self.model.add(self.on[self.steps][vm, host] == int(placement[vm] == host))

    def minimize_cost(self) -> None:
        """Minimise what the migrations and stops cost; a start is part of its stop."""
        terms = []
        for step in range(self.steps):
            for (vm, host), arrives in self.arrives[step].items():
                if host == OFF:
                    terms.append((self.problem.stop_cost[vm] or 0) * arrives)
                    continue
                terms.append(self.problem.cost[vm] * arrives)
                if OFF in self.places[vm]:
                    starts = self.model.new_bool_var("")
                    self.model.add_implication(starts, arrives)
                    self.model.add_implication(starts, self.on[step][vm, OFF])
                    terms.append(-self.problem.cost[vm] * starts)
        self.model.minimize(sum(terms))

    def find(self, deadline: Deadline, effort: Effort) -> tuple[list[Move] | None, Answer]:
        """Search within the deadline; give the moves found."""
        solver, answer = solve(self.model, deadline, effort)
        if not answer.found:
            return None, answer
        found = [
            [key for key, literal in arrives.items() if solver.boolean_value(literal)]
            for arrives in self.arrives
        ]
        return [move for moves in found for move in moves], answer


def cheapest_of(problem: Problem, steps: int, deadline: Deadline, effort: Effort) -> tuple:
    """Give the moves of the cheapest plan of a whole pool in so many steps or fewer, and the answer."""
    places: dict[int, Sequence[int]] = {}
    for vm in range(problem.num_vms):
        off = [OFF] if problem.stop_cost[vm] is not None else []
        places[vm] = [*range(problem.num_hosts), *off]
    model = ExactSteps(problem, problem.src, places, steps)
    model.end_at(problem.dst)
    model.minimize_cost()
    return model.find(deadline, effort)
