"""Every placement of a tiny pool, the nearest first: the end of every question about a goal.

Uniform-cost search, as :mod:`heuristics.dijkstra`, but for any placement that meets the goal. Stopped VMs
are started last, which gives the migrations the most room.

A rule of one's own may let a migration pass for the sake of where the VM ends, which is open here. Where one
may, each migration is taken that some end lets pass: no way is missed, and what is found is only a bound
where the end that came of it forbids the way.
"""

from __future__ import annotations

import heapq
from enum import Enum
from itertools import count, product
from math import log10
from typing import TYPE_CHECKING, NamedTuple

from heuristics.tracker import Tracker
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from heuristics.deadline import Deadline
    from models.moves import Move
    from planner.goals.choice import Choice
    from planner.goals.goal import BestGoal, Goal


class Nearest(NamedTuple):
    """The cheapest way to a placement that meets a goal.

    Parameters
    ----------
    cost
        What it costs, and what every placement that meets the goal costs at least.
    at
        The placement.
    moves
        To it; None where a rule forbids them to who ends there: then the cost is a bound and no more.
    """

    cost: int
    at: list[int]
    moves: list[Move] | None


class NoNearest(Enum):
    """Why no placement was found."""

    PROVEN = "there is none that is cheap enough"
    UNKNOWN = "there are too many placements, or the time was up"


Placement = tuple[int, ...]
State = tuple[Placement, int]
"""(where all are, how many migrations were made; always 0 where their number has no limit)."""


def placements(choice: Choice) -> float:
    """Give how many placements there are, at most."""
    problem = choice.problem
    return 10 ** min(problem.num_vms * log10(max(problem.num_hosts, 1)), 300.0)


def nearest(
    choice: Choice, goal: Goal, deadline: Deadline, *, least: int = 0, below: int | None = None
) -> Nearest | NoNearest:
    """Give the cheapest reachable placement that meets a goal, and the moves to it.

    Parameters
    ----------
    least
        A proven bound: what costs less does not meet the goal, and is not asked.
    below
        Look only for what costs less.
    """
    return _Search(choice, deadline, below).run(goal, least)


def best_of_all(choice: Choice, goal: BestGoal, deadline: Deadline) -> Fraction | None:
    """Give the best measure of the placements that can be reached; None: too many, or the time is up.

    Where :attr:`Choice.ends_matter` it is a bound of that.
    """
    search, best = _Search(choice, deadline, None), None
    for end in search.ends(goal):
        value = goal.measured(choice.wanted.current, choice.after(end))
        best = value if best is None else min(best, value)
    return best if search.complete else None


class _Search:
    def __init__(self, choice: Choice, deadline: Deadline, below: int | None) -> None:
        self.choice = choice
        self.deadline = deadline
        self.below = below
        self.tracker = Tracker(choice.problem)
        for vm in choice.provisioned:
            self.tracker.go(vm, OFF)
        self.start: Placement = tuple(self.tracker.at)
        self.came: dict[State, tuple[State, Move]] = {}
        self.complete = False

    def run(self, goal: Goal, least: int) -> Nearest | NoNearest:
        """Search until a placement meets the goal."""
        for cost, here in self._states(goal):
            if cost < least:
                continue
            for end in self._started(here[0]):
                if self._meets(goal, end):
                    moves = self._path((self.start, 0), here, end)
                    return Nearest(cost, list(end), moves if self._is_let(moves, end) else None)
        return NoNearest.PROVEN if self.complete else NoNearest.UNKNOWN

    def ends(self, goal: Goal) -> Iterator[list[int]]:
        """Give every placement that can be reached and meets the goal."""
        seen: set[Placement] = set()
        for _, (placement, _) in self._states(goal):
            for end in self._started(placement):
                if self.deadline.over:
                    return
                if end not in seen:
                    seen.add(end)
                    if self._meets(goal, end):
                        yield list(end)

    def _states(self, goal: Goal) -> Iterator[tuple[int, State]]:
        """Give (cost, state) of all that can be reached, the cheapest first."""
        tie, first = count(), (self.start, 0)
        best = {first: 0}
        queue = [(0, next(tie), first)]
        while queue:
            cost, _, here = heapq.heappop(queue)
            if cost > best[here]:
                continue
            if self.deadline.over or len(best) > self.choice.parameters.every.most_placements:
                return
            yield cost, here
            for there, move, price in self._steps(goal, here):
                total = cost + price
                if (self.below is None or total < self.below) and total < best.get(there, total + 1):
                    best[there] = total
                    self.came[there] = here, move
                    heapq.heappush(queue, (total, next(tie), there))
        self.complete = True

    def _steps(self, goal: Goal, here: State) -> Iterator[tuple[State, Move, int]]:
        choice, problem = self.choice, self.choice.problem
        placement, made = here
        if goal.at_most is not None:
            if made >= goal.at_most:
                return
            made += 1
        self.tracker.stand_on(placement)
        for vm, at in enumerate(placement):
            if at == OFF:
                continue
            stop = choice.stop_cost(vm)
            if stop is not None:
                yield ((*placement[:vm], OFF, *placement[vm + 1 :]), made), (vm, OFF), stop
            for host in self._ways(vm, at):
                there = (*placement[:vm], host, *placement[vm + 1 :])
                yield (there, made), (vm, host), problem.cost[vm]

    def _ways(self, vm: int, at: int) -> Iterator[int]:
        """Give where a VM may migrate now; one that takes no detours has the one migration to its end."""
        choice, problem = self.choice, self.choice.problem
        straight = not problem.vms[vm].detours
        if straight and at != problem.src[vm]:
            return
        for host in range(problem.num_hosts):
            end = choice.fixed.get(vm, host)
            if host == at or (straight and host != end):
                continue
            is_open = choice.ends_matter and not straight and vm not in choice.fixed
            ends = range(problem.num_hosts) if is_open else (end,)
            if self.tracker.fits(vm, host) and any(problem.filters.goes(vm, at, host, it) for it in ends):
                yield host

    def _is_let(self, moves: Iterable[Move], end: Placement) -> bool:
        """Tell whether the filters let VMs go that way which end there."""
        if not self.choice.ends_matter:
            return True
        at, goes = list(self.start), self.choice.problem.filters.goes
        for vm, host in moves:
            if host != OFF and not goes(vm, at[vm], host, end[vm]):
                return False
            at[vm] = host
        return True

    def _started(self, placement: Placement) -> Iterator[Placement]:
        """Give the placement with those started that are off, in every way."""
        off = [vm for vm, host in enumerate(placement) if host == OFF]
        for hosts in product(*map(self._starts, off)):
            end = list(placement)
            for vm, host in zip(off, hosts, strict=True):
                end[vm] = host
            yield tuple(end)

    def _starts(self, vm: int) -> list[int]:
        choice = self.choice
        if vm in choice.provisioned:
            return [choice.src[vm]]
        goes = choice.problem.filters.goes
        hosts = [choice.fixed[vm]] if vm in choice.fixed else range(choice.problem.num_hosts)
        return [host for host in hosts if goes(vm, OFF, host, host)]

    def _meets(self, goal: Goal, end: Placement) -> bool:
        choice = self.choice
        if any(end[vm] != host for vm, host in choice.fixed.items()) or choice.broken_hosts(end):
            return False
        if not all(choice.problem.may_run(vm, host) for vm, host in enumerate(end)):
            return False
        if choice.ends_matter and choice.cost(end) is None:
            return False
        return not any(True for _ in goal.judge(choice.wanted.current, choice.after(end)))

    def _path(self, first: State, here: State, end: Placement) -> list[Move]:
        moves: list[Move] = []
        at = here
        while at != first:
            at, move = self.came[at]
            moves.append(move)
        moves.reverse()
        starts = [
            (vm, end[vm])
            for vm, host in enumerate(here[0])
            if host == OFF and vm not in self.choice.provisioned
        ]
        return moves + starts
