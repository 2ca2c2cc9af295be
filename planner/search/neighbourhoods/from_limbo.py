"""The operator that orders the moves with some VMs out of the way, in a limbo; these then find shelters.

What a shelter costs a VM is learned: at first large VMs are dear, since few hosts ever have the room; then
each costs what it cost the last time. ALGORITHM.md, "A start from the limbo".
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from heuristics.bring_home import bring_home
from heuristics.room import Room
from heuristics.tracker import is_safe
from models.parameters import Share
from models.problem import OFF
from planner.cp.interval_model import IntervalModel
from planner.search.bounds import limbo_cost
from planner.search.limbo import LimboModels, whole

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.cp.interval_model import Replanned
    from planner.cp.variables import Timed
    from planner.search.parameters import FromLimbo
    from planner.search.stage import Search

log = logging.getLogger(__name__)


class LimboStart:
    """Rounds of ordering with a limbo, and of bringing home those in it.

    Parameters
    ----------
    search
        What is known, a plan at least, and how hard CP-SAT works; better plans are offered to it.
    deadline
        When to stop.

    Attributes
    ----------
    price
        ``price[vm]``: what it is taken to cost to be out of the way; None where it may not be.
    """

    def __init__(self, search: Search, deadline: Deadline) -> None:
        self.search = search
        self.incumbent = search.incumbent
        self.deadline = deadline
        self.parameters = search.parameters.start
        self.price = _first_prices(search.problem, self.parameters)
        self._window = LimboModels(search.problem).window(whole(search.problem))
        self._slots = dict.fromkeys(self._window.free, 0)
        self._least = search.incumbent.relaxation.mandatory or 0
        self._order: list[Timed] | None = None
        self._known = search.incumbent.moves
        self._turn = 0
        self._later_s = self.parameters.later.of(self._left())
        self._work_s = 0.0

    def run(self) -> None:
        """Go on until nothing changes any more, no better plan comes, or the time is up."""
        incumbent, parameters = self.incumbent, self.parameters
        idle, cost, since = 0, incumbent.cost, self._now()
        patience_s = parameters.patience.of(self._left())
        while idle < parameters.idle and not incumbent.done and not self.deadline.over:
            if self._now() - since >= patience_s:
                return
            idle = 0 if self._round() else idle + 1
            if incumbent.cost != cost:
                cost, since = incumbent.cost, self._now()
                patience_s = parameters.patience.of(self._left())

    def _now(self) -> float:
        """Give the time: by the clock, or by what the solver has done."""
        return self.deadline.elapsed_s if self.search.effort.by_clock else self._work_s

    def _left(self) -> float:
        return self.deadline.left_s if self.search.effort.by_clock else self.deadline.nominal

    def _round(self) -> bool:
        """Order once more and bring home; tell whether order or prices changed."""
        problem, parameters, hint = self.incumbent.problem, self.parameters, self._hint()
        outcome = self._ordered(hint)
        self._work_s += outcome.answer.nominal_s
        if outcome.moves is None:
            # Not even the hint was looked at: a model of this size takes longer.
            self._later_s *= 2
            return False
        self._order = outcome.moves
        priced = self._priced(outcome.moves)
        changed = priced < self._priced(hint)
        aside = {vm for _, _, (vm, host) in outcome.moves if host == OFF}
        order = [move for _, _, move in outcome.moves if move[0] not in aside]
        brought = bring_home(problem, order, aside, self.deadline, parameters.hosts_drawn)
        log.info("limbo of %d, priced %d; all find a way: %s", len(aside), priced, brought.moves is not None)
        before = list(self.price)
        for vm, times in brought.times.items():
            self._learn(vm, times)
        safe = brought.moves is not None and is_safe(problem, brought.moves)
        if safe and self.incumbent.offer(brought.moves):
            self._known = brought.moves
        return changed or self.price != before

    def _ordered(self, hint: list[Timed]) -> Replanned:
        """Let CP-SAT order all moves, the VMs in limbo as they are priced now."""
        self._turn += 1
        effort = self.search.effort
        effort = replace(effort, seed=effort.seed + self._turn)
        seconds = self._later_s
        if self._order is None:
            seconds = max(seconds, self.parameters.first.of(self._left()))
        model = IntervalModel(self._window, self._slots, self.price, self._least, deadline=self.deadline)
        model.hint(hint)
        return model.solve(*effort.given(self.deadline, Share(most_s=seconds)))

    def _learn(self, vm: int, times: int | None) -> None:
        """Price a VM at what it costs to migrate it so often; higher where it found no way."""
        cost, least = self.incumbent.problem.cost[vm], limbo_cost(self.incumbent.problem, vm)
        if least is not None:
            before = self.price[vm] or least
            price = 2 * before + self.parameters.stuck * cost if times is None else max(least, times * cost)
            self.price[vm] = min(price, max(least, self.parameters.most * cost))

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


def _first_prices(problem: Problem, start: FromLimbo) -> list[int | None]:
    """Price the limbo by size, for want of knowledge; a stop costs what it costs."""
    prices: list[int | None] = []
    for vm, size in enumerate(Room(problem).size):
        price = limbo_cost(problem, vm)
        if price is not None:
            price += min(int(start.dear * size), start.most) * problem.cost[vm]
            stop = problem.stop_cost[vm]
            price = price if stop is None else min(price, stop)
        prices.append(price)
    return prices
