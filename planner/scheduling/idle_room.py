"""Room that lies idle for certain, host by host, while one VM after another comes and goes.

Whoever is in flight takes free room; so does what a host leaves empty between a departure and the arrival
that fits. Where they leave one by one, the hole that one leaves behind gapes until the next has gone.
ALGORITHM.md, "Bounds of the makespan".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from models.moves import OFF
from planner.scheduling.bounds import Bound
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics import Deadline
    from planner.scheduling.freedom_in_time import FreedomInTime
    from planner.scheduling.parameters import MakespanBound

Counts = tuple[int, ...]


class Passage(NamedTuple):
    """What a VM takes of the resource, and the least seconds of its migration here or away."""

    amount: int
    seconds: int


def raised_by_idle_room(
    free: FreedomInTime, bound: Bound, deadline: Deadline, parameters: MakespanBound = DEFAULT.bound
) -> Bound:
    """Raise the bound of the free room of the pool by what its hosts leave empty.

    Parameters
    ----------
    deadline
        Hosts that are not looked at by then count 0, which only lowers the bound.
    """
    if any(free.freedom.off) or any(free.freedom.wanders):
        return bound  # Whoever is stopped leaves room anywhere, at any time; so may who is shut down at last.
    demand = free.problem.demand
    for resource, name in enumerate(free.problem.resources):
        room = free.free_room(resource)
        if room <= 0:
            continue
        taken = sum(demand[vm][resource] * free.seconds(vm) for vm in free.moving())
        for idle in _of_hosts(free, resource, parameters.most_states):
            taken += idle
            if deadline.over:
                break
        if (seconds := -(-taken // room)) > bound.seconds:
            bound = Bound(seconds, f"the {name} that is free, or lies idle between two migrations")
    return bound


def _of_hosts(free: FreedomInTime, resource: int, most_states: int) -> Iterator[int]:
    """Yield, for each host where it is known, the least room x seconds that lies idle there."""
    problem = free.problem
    leaving: dict[int, list[Passage]] = defaultdict(list)
    coming: dict[int, list[Passage]] = defaultdict(list)
    load, unknown = [0] * problem.num_hosts, set[int]()
    for vm in range(problem.num_vms):
        source, target, amount = problem.src[vm], problem.dst[vm], problem.demand[vm][resource]
        if source != OFF:
            load[source] += amount
        if OFF in (source, target):
            unknown |= {source, target}
        elif source != target and amount:
            leaving[source].append(Passage(amount, free.seconds_at(vm, source)))
            coming[target].append(Passage(amount, free.seconds_at(vm, target)))
    detour_s = _least_detour(free, resource)
    for host in sorted({*leaving, *coming} - unknown):
        room, it = problem.usable[host][resource] - load[host], problem.hosts[host]
        if room < 0:
            continue
        out, back = leaving[host], coming[host]
        after = room + sum(one.amount for one in out) - sum(one.amount for one in back)
        found = [0]
        if 1 in (it.max_out, it.max_moves):
            found.append(least_idle(room, out, back, detour_s, most_states))
        if 1 in (it.max_in, it.max_moves):
            found.append(least_idle(after, back, out, detour_s, most_states))  # the film run backwards
        yield max(found)


def _least_detour(free: FreedomInTime, resource: int) -> int | None:
    """Give the least seconds that one stay elsewhere adds to what a VM is in flight; None: nobody may."""
    problem, least, found = free.problem, free.least, []
    for vm, aside in enumerate(free.freedom.aside):
        if aside and problem.demand[vm][resource]:
            more = least.seconds(vm)
            source, target = problem.src[vm], problem.dst[vm]
            if source != target:
                two = least.seconds(vm, source) + least.seconds(vm, target)
                more = min(more, two - least.to_fly(vm))
            found.append(more)
    return min(found, default=None)


def least_idle(
    room: int,
    leaving: Sequence[Passage],
    coming: Sequence[Passage],
    detour_s: int | None,
    most_states: int = DEFAULT.bound.most_states,
) -> int:
    """Give the least room x seconds that a host leaves empty, if VMs leave it one at a time.

    Over all orders in which they come and go: until the next has left, the least room that was empty since
    the one before had gone stays so. Where VMs may step aside, guests may fill what is empty, and residents
    make room that is not there, each for so many seconds of free room in flight elsewhere.

    Parameters
    ----------
    room
        Free at first.
    detour_s
        What a unit of room costs that a guest fills or a resident clears; None: nobody steps aside.
    most_states
        Sets of VMs that have come and gone up to which it looks.

    Returns
    -------
    int
        0 where there are too many orders to look at.
    """
    return _Host(room, leaving, coming, detour_s).least(most_states)


class _Host:
    """Who has left and come, layer by layer; VMs that are alike count as one kind."""

    def __init__(
        self, room: int, leaving: Sequence[Passage], coming: Sequence[Passage], detour_s: int | None
    ) -> None:
        self.room, self.detour_s = room, detour_s
        self.clear_s = min((detour_s or 0, *(one.seconds for one in leaving)))
        """What a unit costs that residents clear: they come back, or it lies idle till the next has gone."""
        self.steps = len(leaving) + len(coming)
        out = sorted(Counter(leaving).items())
        back = sorted(Counter(one.amount for one in coming).items())
        self.kinds = [*(kind for kind, _ in out), *(Passage(amount, 0) for amount, _ in back)]
        """Those that leave first."""
        self.leaving = len(out)
        """Kinds that leave."""
        self.all = (*(number for _, number in out), *(number for _, number in back))

    def least(self, most_states: int) -> int:
        # {how many of each kind are left: {(least room since the last departure, the same before it): cost}}
        layer: dict[Counts, dict[tuple[int, int], int]] = {self.all: {(self.room, 0): 0}}
        seen = 0
        for _ in range(self.steps):
            following: dict[Counts, dict[tuple[int, int], int]] = {}
            for left, costs in layer.items():
                for kind, number in enumerate(left):
                    if number:
                        self._step(left, kind, costs, following)
            if self.detour_s is None:
                following = {left: _best(costs) for left, costs in following.items()}
            layer = following
            seen += sum(map(len, layer.values()))
            if seen > most_states:
                return 0
        return min((cost for costs in layer.values() for cost in costs.values()), default=0)

    def _step(
        self,
        left: Counts,
        kind: int,
        costs: dict[tuple[int, int], int],
        following: dict[Counts, dict[tuple[int, int], int]],
    ) -> None:
        """Let one of a kind leave or come."""
        empty = self._empty(left)
        leaves, one = kind < self.leaving, self.kinds[kind]
        then = empty + one.amount if leaves else empty - one.amount
        if then < 0 and not leaves and self.detour_s is None:
            return
        after = (*left[:kind], left[kind] - 1, *left[kind + 1 :])
        known = following.setdefault(after, {})
        for (narrow, before), cost in costs.items():
            if leaves:
                state = (then, 0 if self.detour_s is None else narrow)
                total = cost + self._idle(narrow, before, one.seconds)
            else:
                state, total = (min(narrow, then), before), cost
            if total < known.get(state, total + 1):
                known[state] = total

    def _empty(self, left: Counts) -> int:
        gone = [number - here for number, here in zip(self.all, left, strict=True)]
        amounts = [one.amount * number for one, number in zip(self.kinds, gone, strict=True)]
        return self.room + sum(amounts[: self.leaving]) - sum(amounts[self.leaving :])

    def _idle(self, narrow: int, before: int, seconds: int) -> int:
        """What lies idle for so many seconds, or what it costs that guests fill, or residents clear, more."""
        if self.detour_s is None:
            return narrow * seconds
        filled = max(narrow, 0) - max(before, 0)
        cleared = max(-narrow, 0) - max(-before, 0)
        return max(filled, 0) * min(seconds, self.detour_s) + max(cleared, 0) * self.clear_s


def _best(costs: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Keep what is not both emptier and dearer than another."""
    kept: dict[tuple[int, int], int] = {}
    cheapest: int | None = None
    for state, cost in sorted(costs.items()):
        if cheapest is None or cost < cheapest:
            kept[state] = cheapest = cost
    return kept
