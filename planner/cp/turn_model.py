"""A placement in which one VM has room on its source and its target. ALGORITHM.md, "At the turn".

Of all VMs on a few hosts each is placed anew on these, as few as may be on neither of their ends. What the
VM still lacks on its target has a price, so that one model after another comes nearer.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from planner.cp.solve import solve

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from heuristics.deadline import Deadline
    from heuristics.tracker import Tracker
    from models.problem import Move
    from planner.cp.solve import Answer, Effort

PARTS = 1_000
"""All that a VM needs of a resource; what is lacking is counted in such parts, rounded up."""


def _steps(needed: int) -> tuple[int, int]:
    """Give an amount, and the parts that it counts when so much is lacking: 1, or more of what is small."""
    amount = -(-needed // PARTS)
    return amount, PARTS // -(-needed // amount)


def lacking(tracker: Tracker, vm: int) -> int:
    """Give what the VM lacks on its target, in parts of its needs, over all resources; a place is a whole."""
    problem, host = tracker.problem, tracker.problem.dst[vm]
    short = 0
    for resource, needed in problem.needs[vm]:
        amount, parts = _steps(needed)
        short += parts * -(-max(0, needed - tracker.free[host][resource]) // amount)
    for group in problem.groups_of[vm]:
        short += PARTS * max(0, tracker.held[host].get(group, 0) + 1 - problem.limit(group, host))
    return short


class TurnModel:
    """The VMs on some hosts, placed anew.

    Parameters
    ----------
    tracker
        The placement as it is; beside what the VM lacks on its target, no host is over a limit.
    vm
        The VM, which stays on its source and counts on both.
    hosts, free
        The hosts, and those of the VMs there that are placed anew, as far as they may go; all others stay.
    dear
        ``dear[vm]``: what it is charged on neither of its ends, a whole number.
    price
        What each part that is lacking is charged. Where nothing is, nothing may be.
    """

    def __init__(
        self,
        tracker: Tracker,
        vm: int,
        hosts: Collection[int],
        free: Collection[int],
        dear: Sequence[int],
        price: int,
    ) -> None:
        self._tracker, self._problem, self._vm = tracker, tracker.problem, vm
        self._may_lack = lacking(tracker, vm) > 0
        self._model = cp_model.CpModel()
        self._on: dict[int, list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self._choices: list[tuple[Move, cp_model.IntVar]] = []
        self._charged: list[tuple[cp_model.IntVar, int]] = []
        for guest in free:
            self._offer(guest, tracker.at[guest], hosts, dear[guest])
        for host in hosts:
            self._keep_within(host, price)
        literals, charges = [one for one, _ in self._charged], [charge for _, charge in self._charged]
        self._model.minimize(cp_model.LinearExpr.weighted_sum(literals, charges))

    def _offer(self, guest: int, here: int, hosts: Collection[int], dear: int) -> None:
        """Offer a VM its ends, and other hosts by way of which it may go from one to the other."""
        problem = self._problem
        offered = [here]
        if guest != self._vm and problem.vms[guest].movable:
            offered += [host for host in hosts if host != here and self._may_be(guest, host)]
        if len(offered) == 1:
            return
        literals = [self._model.new_bool_var("") for _ in offered]
        self._model.add_exactly_one(literals)
        for host, literal in zip(offered, literals, strict=True):
            self._on[host].append((guest, literal))
            self._choices.append(((guest, host), literal))
            self._model.add_hint(literal, host == here)
            if host not in (problem.src[guest], problem.dst[guest]):
                self._charged.append((literal, dear))

    def _may_be(self, guest: int, host: int) -> bool:
        problem = self._problem
        source, target = problem.src[guest], problem.dst[guest]
        if host in (source, target):
            return True
        may_go, detours = problem.may_go, problem.vms[guest].detours
        return detours and may_go(guest, source, host) and may_go(guest, host, target)

    def _keep_within(self, host: int, price: int) -> None:
        """Let all fit there, of each resource and each group; on the VM's target for a price."""
        problem, tracker, vm = self._problem, self._tracker, self._vm
        is_target = host == problem.dst[vm]
        free, held = list(tracker.free[host]), dict(tracker.held[host])
        for guest in {guest for guest, _ in self._on[host]} & tracker.on[host].keys():
            for resource, amount in problem.needs[guest]:
                free[resource] += amount
            for group in problem.groups_of[guest]:
                held[group] -= 1
        for resource in range(len(problem.resources)):
            taken = [
                (literal, amount)
                for guest, literal in self._on[host]
                if (amount := problem.demand[guest][resource])
            ]
            needed = problem.demand[vm][resource] if is_target else 0
            self._limit(taken, free[resource], needed, price)
        members: dict[int, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
        for guest, literal in self._on[host]:
            for group in problem.groups_of[guest]:
                members[group].append((literal, 1))
        for group, taken in members.items():
            needed = int(is_target and group in problem.groups_of[vm])
            self._limit(taken, problem.limit(group, host) - held.get(group, 0), needed, price)

    def _limit(self, taken: list[tuple[cp_model.IntVar, int]], room: int, needed: int, price: int) -> None:
        """Let no more be taken than there is room, and leave what the VM needs of it, or pay."""
        if not taken:
            return
        literals, amounts = [one for one, _ in taken], [amount for _, amount in taken]
        load = cp_model.LinearExpr.weighted_sum(literals, amounts)
        self._model.add(load <= (room if self._may_lack else room - needed))
        if needed and self._may_lack:
            amount, parts = _steps(needed)
            short = self._model.new_int_var(0, -(-needed // amount), "")
            self._model.add(load <= room - needed + amount * short)
            self._charged.append((short, parts * price))

    def solve(self, deadline: Deadline, effort: Effort) -> tuple[list[Move], Answer]:
        """Give who is where else then, in any order; nobody where nothing was found."""
        solver, answer = solve(self._model, deadline, effort)
        at = self._tracker.at
        chosen = [
            move
            for move, literal in self._choices
            if answer.found and move[1] != at[move[0]] and solver.boolean_value(literal)
        ]
        return chosen, answer
