"""Small clusters, exactly: a search over who is where and which hosts are updated. ALGORITHM.md, "Rolling".

A* (Hart, Nilsson, Raphael 1968): what every VM on a host that is still to be updated pays at least, and those
that are not home where they shall be, never exceeds what is still to pay.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from math import prod
from typing import TYPE_CHECKING

from heuristics.spare import Spare
from models.actions import Migration, Start, Step, Stop, Update
from models.problem import OFF
from planner.rolling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from planner.rolling.upgrade import Upgrade

State = tuple[tuple[int, ...], int, tuple[int, ...]]
"""Where each VM is, on a host, on its updated twin or ``OFF``; the hosts that are updated, as bits; and the
ends of VMs that take no detours, each ``OPEN`` until it has migrated.
"""

OPEN = -1
"""The end of a VM that takes no detours, while it may still migrate to any host."""

Next = tuple[int, State, Step]
"""What can be done next: its cost, the state after it, the step."""

Paid = tuple[int, int]
"""What it costs; and, among what costs the same, for how many steps VMs are stopped, each counted."""


def is_small(upgrade: Upgrade, most_ways: int = DEFAULT.most_ways) -> bool:
    """Tell whether the search has a chance to end: by the number of placements and sets of hosts."""
    placements = prod(upgrade.num_hosts + (stop is not None) for stop in upgrade.stop_cost)
    # Where a VM that takes no detours is says where it ends, unless it may be stopped and started elsewhere.
    ends = prod(
        upgrade.num_hosts + 1
        for once, stop in zip(upgrade.moves_once, upgrade.stop_cost, strict=True)
        if once and stop is not None
    )
    return (placements * ends) << len(upgrade.todo) <= most_ways


def cheapest_rolling(
    upgrade: Upgrade, *, home: bool, deadline: Deadline, most_states: int = DEFAULT.most_states
) -> tuple[bool, list[Step] | None]:
    """Give whether the search came to its end, and the steps of the cheapest update there is.

    It knows every step that a rolling plan may have, so what it ends with holds for all of them. Where
    :attr:`Upgrade.ends_matter` it may know others too, and the replay tells.
    """
    return _AllWays(upgrade, home=home).run(deadline, most_states)


class _AllWays:
    def __init__(self, upgrade: Upgrade, *, home: bool) -> None:
        self.upgrade = upgrade
        self.home = home
        self.problem = upgrade.problem
        self._todo = set(upgrade.todo)
        self._all = sum(1 << host for host in upgrade.todo)
        self._may: dict[tuple[int, int, int], bool] = {}
        straight = (vm for vm, once in enumerate(upgrade.moves_once) if once)
        self._straight = {vm: place for place, vm in enumerate(straight)}
        """VM that takes no detours -> its place among them."""

    def run(self, deadline: Deadline, most_states: int) -> tuple[bool, list[Step] | None]:
        # Who shall be home at the end has no other end; who ends anywhere is bound to where it first goes.
        ends = tuple(self.problem.src[vm] if self.home else OPEN for vm in self._straight)
        first: State = (tuple(self.problem.src), 0, ends)
        nothing: Paid = (0, 0)
        best, tie = {first: nothing}, count()
        came: dict[State, tuple[State, Step]] = {}
        queue = [(self._least(first), 0, next(tie), nothing, first)]
        while queue:
            _, _, _, paid, state = heappop(queue)
            if paid > best[state]:
                continue
            if self._is_goal(state):
                return True, _path(came, state)
            if len(best) > most_states or deadline.over:
                return False, None
            for price, then, step in self._next(state):
                cost = paid[0] + price, paid[1] + then[0].count(OFF)
                if then not in best or cost < best[then]:
                    best[then], came[then] = cost, (state, step)
                    heappush(queue, (cost[0] + self._least(then), cost[1], next(tie), cost, then))
        return True, None

    def _is_goal(self, state: State) -> bool:
        at, done, ends = state
        if done != self._all or OFF in at:
            return False
        hosts = [place % self.upgrade.num_hosts for place in at]
        if self.home:
            return hosts == list(self.problem.src)
        return all(ends[place] in (OPEN, hosts[vm]) for vm, place in self._straight.items())

    def _least(self, state: State) -> int:
        """Bound what is still to pay: who stands on a host to update leaves it, and comes back home.

        Whoever is stopped has paid, and may be started anywhere.
        """
        at, done, _ = state
        problem, hosts, total = self.problem, self.upgrade.num_hosts, 0
        for vm, place in enumerate(at):
            if place == OFF:
                continue
            host, source = place % hosts, problem.src[vm]
            moves = 0
            if host in self._todo and not done >> host & 1:
                moves = 1 + (self.home and host == source)
            elif self.home and host != source:
                moves = 1
            if moves:
                live, stop = moves * problem.cost[vm], self.upgrade.stop_cost[vm]
                total += live if stop is None else min(live, stop)
        return total

    def _next(self, state: State) -> Iterator[Next]:
        """Give all that can be done next."""
        yield from self._updates(state)
        at, done, ends = state
        spare = Spare(self.problem, at)
        for vm, place in enumerate(at):
            stop = self.upgrade.stop_cost[vm]
            if place != OFF and stop is not None:
                yield stop, (_with(at, vm, OFF), done, ends), Stop(self._name(vm), self.upgrade.name(place))
            for host in self._hosts(done):
                may_go = host != place and self._may_go(vm, place, host) and self._may_end(state, vm, host)
                if may_go and spare.fits(vm, host):
                    yield self._arrival(state, vm, host)

    def _may_end(self, state: State, vm: int, host: int) -> bool:
        """Tell whether a VM that takes no detours may end there: each of its migrations goes to its end."""
        at, _, ends = state
        if vm not in self._straight or at[vm] == OFF:
            return True
        return ends[self._straight[vm]] in (OPEN, host % self.upgrade.num_hosts)

    def _arrival(self, state: State, vm: int, host: int) -> Next:
        """Give a migration, or the start of a VM that is stopped, which was paid for when it was."""
        at, done, ends = state
        name, there = self._name(vm), self.upgrade.name(host)
        if at[vm] == OFF:
            return 0, (_with(at, vm, host), done, ends), Start(name, there)
        if vm in self._straight:
            ends = _with(ends, self._straight[vm], host % self.upgrade.num_hosts)
        step = Migration(name, self.upgrade.name(at[vm]), there)
        return self.problem.cost[vm], (_with(at, vm, host), done, ends), step

    def _updates(self, state: State) -> Iterator[Next]:
        """Give the updates of hosts on which nobody is."""
        at, done, ends = state
        for host in self.upgrade.todo:
            if not done >> host & 1 and host not in at:
                yield 0, (at, done | 1 << host, ends), Update(self.upgrade.name(host))

    def _hosts(self, done: int) -> Iterator[int]:
        for host in range(self.upgrade.num_hosts):
            yield self.upgrade.twin(host) if done >> host & 1 else host

    def _may_go(self, vm: int, source: int, host: int) -> bool:
        key = vm, source, host
        if key not in self._may:
            moves = source == OFF or self.problem.vms[vm].movable
            self._may[key] = moves and self.upgrade.could_go(vm, source, host, home=self.home)
        return self._may[key]

    def _name(self, vm: int) -> str:
        return self.problem.vms[vm].name


def _with(numbers: tuple[int, ...], place: int, number: int) -> tuple[int, ...]:
    """Give the same with one number changed."""
    return (*numbers[:place], number, *numbers[place + 1 :])


def _path(came: dict[State, tuple[State, Step]], state: State) -> list[Step]:
    """Give the steps that led to a state."""
    steps: list[Step] = []
    while state in came:
        state, step = came[state]
        steps.append(step)
    return steps[::-1]
