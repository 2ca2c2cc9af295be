"""The step model: one migration a step, every placement in between written out. ALGORITHM.md, "Step model".

With a plan fixed it is the solver's own check of it, a second witness beside the replay: it shares no
constraint with the interval model. Left open it is exact for a number of steps, and so large that only tests
ask it for plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.problem import OFF, Move, Problem
from planner.cp.solve import Answer, Effort, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline


class StepModel:
    """Placements 0 .. ``steps`` and the one migration between each and the next.

    Parameters
    ----------
    problem
        The rules.
    start
        ``start[vm]``: the placement before the first step.
    places
        ``places[vm]``: the hosts (and ``OFF``) the VM may be on; VMs not in it stay where they are.
    steps
        The number of migrations at most.
    """

    def __init__(
        self, problem: Problem, start: Sequence[int], places: dict[int, Sequence[int]], steps: int
    ) -> None:
        self.problem = problem
        self.places = places
        self.steps = steps
        self.model = cp_model.CpModel()
        self._staying: dict[int, list[int]] = {}
        for vm, host in enumerate(start):
            if vm not in places and host != OFF:
                self._staying.setdefault(host, []).append(vm)
        self.on = [
            {(vm, host): self.model.new_bool_var("") for vm, hosts in places.items() for host in hosts}
            for _ in range(steps + 1)
        ]
        self.arrives = [{key: self.model.new_bool_var("") for key in self.on[0]} for _ in range(steps)]
        for vm, hosts in places.items():
            for host in hosts:
                self.model.add(self.on[0][vm, host] == int(start[vm] == host))
        self._add_constraints()

    def _add_constraints(self) -> None:
        for step in range(self.steps + 1):
            self._add_one_place(step)
        for step in range(self.steps):
            self._add_one_move(step)
            self._add_filters(step)
            for (vm, host), arrives in self.arrives[step].items():
                if host != OFF:
                    self._add_room(step, vm, host, arrives)

    def _add_one_place(self, step: int) -> None:
        """Sum over hosts of on[vm, host] = 1."""
        for vm, hosts in self.places.items():
            self.model.add_exactly_one(self.on[step][vm, host] for host in hosts)

    def _add_one_move(self, step: int) -> None:
        """on'[vm, host] = on[vm, host] or arrives; at most one arrival a step."""
        for key, arrives in self.arrives[step].items():
            before, after = self.on[step][key], self.on[step + 1][key]
            self.model.add_implication(arrives, after)
            self.model.add_implication(arrives, ~before)
            self.model.add_bool_or(before, arrives, ~after)
        self.model.add_at_most_one(self.arrives[step].values())

    def _add_filters(self, step: int) -> None:
        """Not (on[vm, g] and arrives[vm, h]) where a filter refuses g -> h."""
        problem = self.problem
        for vm, hosts in self.places.items():
            for host in hosts:
                for before in hosts:
                    if before == host:
                        continue
                    allowed = (
                        problem.stop_cost[vm] is not None if host == OFF else problem.may_go(vm, before, host)
                    )
                    if not allowed:
                        self.model.add_bool_or(~self.on[step][vm, before], ~self.arrives[step][vm, host])

    def _add_room(self, step: int, vm: int, host: int, arrives: cp_model.IntVar) -> None:
        """Arrives -> load + demand <= usable and members + 1 <= limit, of all that the VM counts in."""
        problem = self.problem
        others = [w for w in self.places if w != vm and host in self.places[w]]
        staying = self._staying.get(host, ())
        for resource, amount in problem.needs[vm]:
            taken = sum(problem.demand[w][resource] for w in staying)
            load = sum(problem.demand[w][resource] * self.on[step][w, host] for w in others)
            room = problem.usable[host][resource] - taken - amount
            self.model.add(load <= room).only_enforce_if(arrives)
        for group in problem.groups_of[vm]:
            taken = sum(group in problem.groups_of[w] for w in staying)
            members = [self.on[step][w, host] for w in others if group in problem.groups_of[w]]
            room = problem.limit(group, host) - taken - 1
            self.model.add(sum(members) <= room).only_enforce_if(arrives)

    def fix(self, moves: Sequence[Move]) -> None:
        """Fix the migrations to a plan of exactly ``steps`` moves."""
        for step, move in enumerate(moves):
            self.model.add(self.arrives[step][move] == 1)

    def solve(self, deadline: Deadline, effort: Effort) -> Answer:
        """Search within the deadline."""
        return solve(self.model, deadline, effort)[1]


def witness(
    problem: Problem, moves: Sequence[Move], deadline: Deadline, effort: Effort, moves_at_once: int
) -> bool | None:
    """Ask the step model, plan fixed, whether the moves are a plan.

    Parameters
    ----------
    moves_at_once
        Moves of one model; a longer plan is asked about in stretches, each from where the one before ends.

    Returns
    -------
    bool or None
        None where the time was up.
    """
    at = list(problem.src)
    for first in range(0, len(moves), moves_at_once):
        stretch = moves[first : first + moves_at_once]
        places: dict[int, Sequence[int]] = {}
        for vm, host in stretch:
            places[vm] = [*dict.fromkeys((*places.get(vm, (at[vm],)), host))]
        model = StepModel(problem, at, places, len(stretch))
        model.fix(stretch)
        answer = model.solve(deadline, effort)
        if not answer.found:
            return False if answer.proven else None
        for vm, host in stretch:
            at[vm] = host
    return at == list(problem.dst)
