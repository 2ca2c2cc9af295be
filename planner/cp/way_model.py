"""Room for one VM: the fewest other VMs to move, over many hosts at once. ALGORITHM.md, "Making way".

The hosts stand in an order, and VMs go from earlier ones to later ones alone. So what leaves a host may
leave before anything arrives, and it is enough that all fits in the end.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from planner.cp.parameters import WAY_PRICES, WayPrices
from planner.cp.solve import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from heuristics.tracker import Tracker
    from models.problem import Move
    from planner.cp.solve import Effort


class WayModel:
    """The moves after which one VM has room on its target.

    Parameters
    ----------
    tracker
        The placement that they begin with.
    vm
        The VM.
    hosts
        The order; its target first.
    givers
        VMs leave the first so many hosts alone.
    prices
        What moves are charged.
    """

    def __init__(
        self,
        tracker: Tracker,
        vm: int,
        hosts: Sequence[int],
        givers: int,
        prices: WayPrices = WAY_PRICES,
    ) -> None:
        self._prices = prices
        self._tracker, self._problem, self._vm = tracker, tracker.problem, vm
        self._model = cp_model.CpModel()
        self._choices: list[tuple[int, Move, cp_model.IntVar]] = []
        self._in: dict[int, list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self._out: dict[int, list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        open_hosts = [host for host in hosts if tracker.is_within(host)]
        for number, source in enumerate(hosts[:givers]):
            later = set(hosts[number + 1 :])
            for guest in tracker.on[source]:
                if guest != vm:
                    self._let_go(number, guest, source, [host for host in open_hosts if host in later])
        for host in hosts:
            self._keep_within(host)
        self._model.minimize(
            cp_model.LinearExpr.weighted_sum(
                [literal for _, _, literal in self._choices],
                [self._charge(*move) for _, move, _ in self._choices],
            )
        )

    def _let_go(self, number: int, guest: int, source: int, hosts: Sequence[int]) -> None:
        """Offer a VM the hosts to which it may go now, and from there to its target."""
        problem, target = self._problem, self._problem.dst[guest]
        if not problem.vms[guest].movable:
            return
        if not problem.vms[guest].detours:
            hosts = [target] if target in hosts else []
        offered = []
        for host in hosts:
            if not problem.may_go(guest, source, host):
                continue
            if host == target or problem.may_go(guest, host, target):
                literal = self._model.new_bool_var("")
                offered.append(literal)
                self._choices.append((number, (guest, host), literal))
                self._in[host].append((guest, literal))
                self._out[source].append((guest, literal))
        if offered:
            self._model.add_at_most_one(offered)

    def _charge(self, guest: int, host: int) -> int:
        prices, target = self._prices, self._problem.dst[guest]
        if host == target:
            return prices.home
        return prices.away if self._tracker.at[guest] == target else prices.aside

    def _keep_within(self, host: int) -> None:
        """Let all fit in the end, of each resource and each group."""
        problem, tracker, vm = self._problem, self._tracker, self._vm
        arrives = host == problem.dst[vm]
        if not (arrives or self._in[host]):
            return
        moving = [(guest, literal, 1) for guest, literal in self._in[host]]
        moving += [(guest, literal, -1) for guest, literal in self._out[host]]
        for resource in range(len(problem.resources)):
            amounts = [sign * problem.demand[guest][resource] for guest, _, sign in moving]
            room = tracker.free[host][resource] - (problem.demand[vm][resource] if arrives else 0)
            if any(amounts) or room < 0:
                self._model.add(self._sum(moving, amounts) <= room)
        comes = {group for guest, _ in self._in[host] for group in problem.groups_of[guest]}
        for group in comes | (set(problem.groups_of[vm]) if arrives else set()):
            members = [sign * (group in problem.groups_of[guest]) for guest, _, sign in moving]
            room = problem.limit(group, host) - tracker.held[host].get(group, 0)
            room -= arrives and group in problem.groups_of[vm]
            self._model.add(self._sum(moving, members) <= room)

    @staticmethod
    def _sum(
        moving: Sequence[tuple[int, cp_model.IntVar, int]], amounts: Sequence[int]
    ) -> cp_model.LinearExprT:
        terms = [(literal, amount) for (_, literal, _), amount in zip(moving, amounts, strict=True) if amount]
        literals, weights = [literal for literal, _ in terms], [amount for _, amount in terms]
        return cp_model.LinearExpr.weighted_sum(literals, weights)

    def solve(self, deadline: Deadline, effort: Effort) -> list[Move] | None:
        """Give the moves in a safe order, that of the VM itself not among them; None: none were found."""
        solver, answer = solve(self._model, deadline, effort)
        if not answer.found:
            return None
        chosen = [(number, move) for number, move, one in self._choices if solver.boolean_value(one)]
        return [move for _, move in sorted(chosen, key=lambda it: -it[0])]
