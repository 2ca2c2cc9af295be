"""A start from the limbo: CP-SAT orders the moves with some VMs out of the way; these then find shelters.

What a shelter costs a VM is learned: at first large VMs are dear, since few hosts ever have the room; then
each costs what it cost the last time. ALGORITHM.md, "A start from the limbo".
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from heuristics.bring_home import bring_home
from heuristics.room import Room
from heuristics.tracker import is_safe
from models.problem import OFF
from planner.cp.interval_model import IntervalModel
from planner.cp.solve import Effort
from planner.search.bounds import limbo_cost, mandatory
from planner.search.limbo import limbo_window, whole

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.cp.chains import Timed
    from planner.search.incumbent import Incumbent

log = logging.getLogger(__name__)

DEAR = 0.06
"""Migrations a VM is first taken to need beyond the least, for each thousandth of a host that it takes."""

STUCK = 4
"""Migrations added to twice of what a VM was taken to need, when it found no way."""

MOST = 200
"""Migrations that no VM is taken to need more than: the prices of all stay within what CP-SAT can add up."""

FIRST_SHARE, FIRST_S = 0.07, 0.7
"""Part of the time that is left, and seconds at the least, for the first order."""

ROUND_SHARE, ROUND_S = 0.025, 0.4
"""The same for each later one."""

IDLE = 3
"""Rounds in which nothing changes, neither order nor prices, after which others should have a try."""

PATIENCE = 0.3
"""Part of the time that is left in which a better plan must come; else others should have a try as well."""


class LimboStart:
    """Rounds of ordering with a limbo, and of bringing home those in it.

    Parameters
    ----------
    incumbent
        What is known, a plan at least; better plans are offered to it.
    deadline
        When to stop: that of the incumbent, or an earlier one.
    effort
        How hard CP-SAT works.

    Attributes
    ----------
    price
        ``price[vm]``: what it is taken to cost to be out of the way; None where it may not be.
    """

    def __init__(self, incumbent: Incumbent, deadline: Deadline, effort: Effort) -> None:
        self.incumbent = incumbent
        self.deadline = deadline
        self.effort = effort
        self.price = _first_prices(incumbent.problem)
        self._window = limbo_window(incumbent.problem, whole(incumbent.problem))
        self._least = mandatory(incumbent.problem) or 0
        self._order: list[Timed] | None = None
        self._known = incumbent.moves
        self._seconds = max(ROUND_S, ROUND_SHARE * deadline.left_s)
        self._turn = 0

    def run(self) -> None:
        """Go on until nothing changes any more, no better plan comes, or the time is up."""
        incumbent, deadline = self.incumbent, self.deadline
        idle, cost, until = 0, incumbent.cost, deadline.within(PATIENCE * deadline.left_s)
        while idle < IDLE and not incumbent.done and not until.over:
            seconds = self._seconds
            if self._order is None:
                seconds = max(FIRST_S, FIRST_SHARE * deadline.left_s, seconds)
            idle = 0 if self._round(deadline.within(seconds)) else idle + 1
            if incumbent.cost != cost:
                cost, until = incumbent.cost, deadline.within(PATIENCE * deadline.left_s)

    def _round(self, deadline: Deadline) -> bool:
        """Order once more and bring home; tell whether order or prices changed."""
        problem, hint = self.incumbent.problem, self._hint()
        self._turn += 1
        workers = self.effort.workers
        effort = Effort(workers, self.effort.seed + self._turn, ROUND_S if workers == 1 else None)
        model = IntervalModel(self._window, [0] * problem.num_vms, self.price, self._least)
        model.hint(hint)
        outcome = model.solve(deadline, effort)
        if outcome.moves is None:
            # Not even the hint was looked at: a model of this size takes longer.
            self._seconds *= 2
            return False
        self._order = outcome.moves
        priced = self._priced(outcome.moves)
        changed = priced < self._priced(hint)
        aside = {vm for _, _, (vm, host) in outcome.moves if host == OFF}
        order = [move for _, _, move in outcome.moves if move[0] not in aside]
        brought = bring_home(problem, order, aside, self.deadline)
        log.info("limbo of %d, priced %d; all find a way: %s", len(aside), priced, brought.moves is not None)
        before = list(self.price)
        for vm, times in brought.times.items():
            self._learn(vm, times)
        safe = brought.moves is not None and is_safe(problem, brought.moves)
        if safe and self.incumbent.offer(brought.moves):
            self._known = brought.moves
        return changed or self.price != before

    def _learn(self, vm: int, times: int | None) -> None:
        """Price a VM at what it costs to migrate it so often; higher where it found no way."""
        cost, least = self.incumbent.problem.cost[vm], limbo_cost(self.incumbent.problem, vm)
        if least is not None:
            before = self.price[vm] or least
            price = 2 * before + STUCK * cost if times is None else max(least, times * cost)
            self.price[vm] = min(price, max(least, MOST * cost))

    def _priced(self, moves: list[Timed]) -> int:
        """What an order costs with the limbo as it is priced now."""
        problem = self.incumbent.problem
        aside = {vm for _, _, (vm, host) in moves if host == OFF}
        limbo = sum(self.price[vm] or 0 for vm in aside)
        return limbo + sum(problem.cost[vm] for _, _, (vm, _) in moves if vm not in aside)

    def _hint(self) -> list[Timed]:
        """Give the better of the last order and the best plan, whose VMs cost what they cost there.

        A first plan, which is no good, teaches no prices: it sends anybody anywhere.
        """
        problem, moves = self.incumbent.problem, self.incumbent.moves
        assert moves is not None
        times = Counter(vm for vm, _ in moves)
        aside = sorted({vm for vm, host in moves if host != problem.dst[vm]})
        if self._known is not moves:
            self._known = moves
            for vm in {vm for vm, host in moves if host not in (OFF, problem.dst[vm])}:
                self._learn(vm, times[vm])
        direct = [move for move in moves if times[move[0]] == 1]
        hint = [(-1, 0, (vm, OFF)) for vm in aside]
        hint += [(number, 0, move) for number, move in enumerate(direct)]
        hint += [(self._window.horizon, 0, (vm, problem.dst[vm])) for vm in aside]
        if self._order is not None and self._priced(self._order) < self._priced(hint):
            return self._order
        return hint


def _first_prices(problem: Problem) -> list[int | None]:
    """Price the limbo by size, for want of knowledge; a stop costs what it costs."""
    prices: list[int | None] = []
    for vm, size in enumerate(Room(problem).size):
        price = limbo_cost(problem, vm)
        if price is not None:
            price += min(int(DEAR * size), MOST) * problem.cost[vm]
            stop = problem.stop_cost[vm]
            price = price if stop is None else min(price, stop)
        prices.append(price)
    return prices
