"""Small clusters, exactly: a search over who is where and which hosts are updated. ALGORITHM.md, "Rolling".

A* (Hart, Nilsson, Raphael 1968): what every VM on a host that is still to be updated pays at least, and those
that are not home where they shall be, never exceeds what is still to pay.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from models.actions import Migration, Start, Step, Stop, Update
from planner.rolling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from planner.rolling.upgrade import Upgrade

State = tuple[tuple[int, ...], int]
"""Where each VM is, on a host or its updated twin; and the hosts that are updated, as bits."""


def is_small(upgrade: Upgrade, most_ways: int = DEFAULT.most_ways) -> bool:
    """Tell whether the search has a chance to end: by the number of placements and sets of hosts."""
    placements: int = upgrade.num_hosts**upgrade.problem.num_vms
    return placements << len(upgrade.todo) <= most_ways


def cheapest_rolling(
    upgrade: Upgrade, *, home: bool, deadline: Deadline, most_states: int = DEFAULT.most_states
) -> tuple[bool, list[Step] | None]:
    """Give whether the search came to its end, and the steps of the cheapest update it found."""
    return _Search(upgrade, home=home).run(deadline, most_states)


class _Search:
    def __init__(self, upgrade: Upgrade, *, home: bool) -> None:
        self.upgrade = upgrade
        self.home = home
        self.problem = upgrade.problem
        self._todo = set(upgrade.todo)
        self._all = sum(1 << host for host in upgrade.todo)
        self._may: dict[tuple[int, int, int], bool] = {}

    def run(self, deadline: Deadline, most_states: int) -> tuple[bool, list[Step] | None]:
        first: State = (tuple(self.problem.src), 0)
        best, tie = {first: 0}, count()
        came: dict[State, tuple[State, list[Step]]] = {}
        queue = [(self._least(first), next(tie), 0, first)]
        while queue:
            _, _, paid, state = heappop(queue)
            if paid > best[state]:
                continue
            if self._is_goal(state):
                return True, _path(came, state)
            if len(best) > most_states or deadline.over:
                return False, None
            for price, then, steps in self._next(state):
                cost = paid + price
                if cost < best.get(then, cost + 1):
                    best[then], came[then] = cost, (state, steps)
                    heappush(queue, (cost + self._least(then), next(tie), cost, then))
        return True, None

    def _is_goal(self, state: State) -> bool:
        at, done = state
        homes = zip(at, self.problem.src, strict=True)
        return done == self._all and (
            not self.home or all(place % self.upgrade.num_hosts == host for place, host in homes)
        )

    def _least(self, state: State) -> int:
        """Bound what is still to pay: who stands on a host to update leaves it, and comes back home."""
        at, done = state
        problem, hosts, total = self.problem, self.upgrade.num_hosts, 0
        for vm, place in enumerate(at):
            host, source = place % hosts, problem.src[vm]
            moves = 0
            if host in self._todo and not done >> host & 1:
                moves = 1 + (self.home and host == source)
            elif self.home and host != source:
                moves = 1
            if moves:
                live, stop = moves * problem.cost[vm], problem.stop_cost[vm]
                total += live if stop is None else min(live, stop)
        return total

    def _next(self, state: State) -> Iterator[tuple[int, State, list[Step]]]:
        """Give what can be done next: (its cost, the state after it, its steps)."""
        yield from self._updates(state)
        at, _ = state
        load: dict[tuple[int, int], int] = {}
        held: dict[tuple[int, int], int] = {}
        problem = self.problem
        for vm, place in enumerate(at):
            for resource, amount in problem.needs[vm]:
                load[place, resource] = load.get((place, resource), 0) + amount
            for group in problem.groups_of[vm]:
                held[place, group] = held.get((place, group), 0) + 1
        for vm, place in enumerate(at):
            for host in self._hosts(state):
                fits = host != place and all(
                    load.get((host, resource), 0) + amount <= problem.usable[host][resource]
                    for resource, amount in problem.needs[vm]
                )
                if not fits or not self._may_go(vm, place, host):
                    continue
                if all(held.get((host, g), 0) < problem.limit(g, host) for g in problem.groups_of[vm]):
                    name = self.upgrade.name
                    step = Migration(problem.vms[vm].name, name(place), name(host))
                    yield problem.cost[vm], ((*at[:vm], host, *at[vm + 1 :]), state[1]), [step]

    def _updates(self, state: State) -> Iterator[tuple[int, State, list[Step]]]:
        """Give the updates of hosts on which nobody is, or only who may be stopped meanwhile."""
        at, done = state
        upgrade, problem = self.upgrade, self.problem
        for host in upgrade.todo:
            there = [vm for vm, place in enumerate(at) if place == host]
            costs = [cost for vm in there if (cost := problem.stop_cost[vm]) is not None]
            if done >> host & 1 or len(costs) < len(there):
                continue
            names, name = [problem.vms[vm].name for vm in there], upgrade.name(host)
            steps: list[Step] = [Stop(vm, name) for vm in names]
            steps.append(Update(name))
            steps += [Start(vm, name) for vm in names]
            then = tuple(upgrade.twin(host) if place == host else place for place in at)
            yield sum(costs), (then, done | 1 << host), steps

    def _hosts(self, state: State) -> Iterator[int]:
        for host in range(self.upgrade.num_hosts):
            yield self.upgrade.twin(host) if state[1] >> host & 1 else host

    def _may_go(self, vm: int, source: int, host: int) -> bool:
        key = vm, source, host
        if key not in self._may:
            allowed = self.problem.vms[vm].movable and self.problem.may_go(vm, source, host)
            self._may[key] = allowed
        return self._may[key]


def _path(came: dict[State, tuple[State, list[Step]]], state: State) -> list[Step]:
    """Give the steps that led to a state."""
    steps: list[list[Step]] = []
    while state in came:
        state, made = came[state]
        steps.append(made)
    return [step for made in reversed(steps) for step in made]
