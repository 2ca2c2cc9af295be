"""Uniform-cost search over all placements: exact, and for tiny pools only.

The bound that steers it is the cost of the VMs that are not home yet, which never exceeds what is left to
do, so the first plan taken from the queue is the cheapest (A*; Hart, Nilsson, Raphael 1968). ALGORITHM.md,
"dijkstra".
"""

from __future__ import annotations

import heapq
from itertools import count
from math import inf
from typing import TYPE_CHECKING

from heuristics.parameters import DEFAULT, DijkstraParameters
from heuristics.protocol import Found
from heuristics.trace import tell_plan
from heuristics.tracker import Tracker
from models.errors import TooLargeError
from models.problem import OFF, Move, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from heuristics.trace import Trace

Placement = tuple[int, ...]


class Dijkstra:
    """The path finder ``dijkstra``: the cheapest plan, or the proof that none exists.

    Parameters
    ----------
    parameters
        What is too large for it.
    below
        Look only for plans that cost less; then no plan, proven, means none that does.
    """

    name = "dijkstra"

    def __init__(self, parameters: DijkstraParameters = DEFAULT.dijkstra, below: int | None = None) -> None:
        self.parameters = parameters
        self.below = below

    def find(self, problem: Problem, deadline: Deadline, seed: int = 0, trace: Trace | None = None) -> Found:  # noqa: ARG002
        """Search all placements; the seed changes nothing. See :class:`heuristics.protocol.PathFinder`.

        Raises
        ------
        TooLargeError
            More VMs, hosts or placements than it can search.
        """
        parameters = self.parameters
        if problem.num_vms > parameters.most_vms or problem.num_hosts > parameters.most_hosts:
            raise TooLargeError(
                f"dijkstra: {problem.num_hosts} hosts and {problem.num_vms} VMs, "
                f"takes at most {parameters.most_hosts} and {parameters.most_vms}; use --method auto"
            )
        found = PlacementSearch(problem, deadline, parameters.most_placements, self.below).run()
        tell_plan(trace, problem, found.moves)
        return found


class PlacementSearch:
    """One search, best placement first."""

    def __init__(self, problem: Problem, deadline: Deadline, most_placements: int, below: int | None) -> None:
        self.problem = problem
        self.deadline = deadline
        self.most_placements = most_placements
        self.below = inf if below is None else below
        self.tracker = Tracker(problem)
        self._twins = twins(problem)
        self._least = [cost_of_return(problem, vm) for vm in range(problem.num_vms)]
        self._tie = count()

    def run(self) -> Found:
        """Give the cheapest plan, proven; or, proven too, none."""
        start = tuple(self.problem.src)
        best = {self._key(start): 0}
        came: dict[Placement, tuple[Placement, Move]] = {}
        queue = [(self._bound(start), next(self._tie), 0, start)] if self._bound(start) < self.below else []
        while queue:
            _, _, cost, here = heapq.heappop(queue)
            if cost > best[self._key(here)]:
                continue
            if self._is_home(here):
                return Found(self._path(came, start, here), proven=True)
            if self.deadline.over:
                return Found(None)
            self.tracker.stand_on(here)
            for vm, host, price in self._steps():
                there = (*here[:vm], host, *here[vm + 1 :])
                key = self._key(there)
                if cost + price < best.get(key, inf):
                    best[key] = cost + price
                    least = cost + price + self._bound(there)
                    if least < self.below:
                        came[there] = here, (vm, host)
                        heapq.heappush(queue, (least, next(self._tie), cost + price, there))
            if len(best) > self.most_placements:
                raise TooLargeError(
                    f"dijkstra: more than {self.most_placements} placements; use --method auto"
                )
        return Found(None, proven=True)

    def _steps(self) -> Iterator[tuple[int, int, int]]:
        problem, tracker = self.problem, self.tracker
        for vm, here in enumerate(tracker.at):
            if here == OFF:
                continue
            stop = problem.stop_cost[vm]
            if stop is not None:
                yield vm, OFF, stop
            for host in range(problem.num_hosts):
                if host != here and tracker.can_go(vm, host):
                    yield vm, host, problem.cost[vm]

    def _is_home(self, placement: Placement) -> bool:
        """Tell whether only stopped VMs are not home: these start at their targets when all else is done."""
        return all(host in (OFF, target) for host, target in zip(placement, self.problem.dst, strict=True))

    def _bound(self, placement: Placement) -> int:
        rows = zip(placement, self.problem.dst, self._least, strict=True)
        return sum(least for host, target, least in rows if host not in (OFF, target))

    def _key(self, placement: Placement) -> Placement:
        """Give the same for placements that differ by an exchange of twins only."""
        if not self._twins:
            return placement
        key = list(placement)
        for group in self._twins:
            for vm, host in zip(group, sorted(placement[vm] for vm in group), strict=True):
                key[vm] = host
        return tuple(key)

    def _path(
        self, came: dict[Placement, tuple[Placement, Move]], start: Placement, end: Placement
    ) -> list[Move]:
        moves: list[Move] = []
        here = end
        while here != start:
            here, move = came[here]
            moves.append(move)
        moves.reverse()
        return moves + [(vm, self.problem.dst[vm]) for vm, host in enumerate(end) if host == OFF]


def twins(problem: Problem) -> list[list[int]]:
    """Give the groups of VMs that nothing tells apart but where they are."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for vm in range(problem.num_vms):
        kind = problem.needs[vm], problem.groups_of[vm], problem.filters.vm_class[vm], problem.dst[vm]
        groups.setdefault((*kind, problem.cost[vm], problem.stop_cost[vm]), []).append(vm)
    return [group for group in groups.values() if len(group) > 1]


def cost_of_return(problem: Problem, vm: int) -> int:
    """What bringing a VM home costs at least, wherever it is: one migration, or a stop."""
    stop = problem.stop_cost[vm]
    return problem.cost[vm] if stop is None else min(problem.cost[vm], stop)
