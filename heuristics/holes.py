"""From hole to hole: VMs step aside where there is room for a while, and all others keep to their order.

Given in which order most VMs go home, each of the others waits on its source as long as nobody needs its
room, then goes from host to host, each time to where it can stay longest, until its target has room for
good. ALGORITHM.md, "A start from the limbo".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from heuristics.room import Room
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from heuristics.deadline import Deadline
    from heuristics.tracker import Tracker
    from models.problem import Move, Problem

Hole = tuple[int, int]
"""The first and the last instant of a time in which a host has room."""

Path = list[tuple[int, int]]
"""(instant, host) of every migration of a VM."""

LOOKED_AT = 400
"""Hosts at which a VM looks, drawn where there are more: so a VM takes no longer in a larger pool."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of the VMs that wait.

    Parameters
    ----------
    moves
        A whole plan; None where some VM found no way, or the time was up.
    times
        ``times[vm]``: how often the VM migrates; None where it found no way. Stopped VMs are not in it.
    """

    moves: list[Move] | None
    times: dict[int, int | None]


def bring_home(
    problem: Problem, order: Sequence[Move], waiting: Collection[int], deadline: Deadline
) -> Brought:
    """Find each waiting VM the fewest migrations beside the others, largest VMs first.

    Parameters
    ----------
    order
        Migrations of other VMs, each directly to its target: safe if those that wait were not there.
    waiting
        The VMs that go between them. One that may be stopped is, where that is cheaper.
    deadline
        When to give up: then there is no plan, and ``times`` tells of those alone that had their turn.
    """
    room = Room(problem)
    profile = _Profile(room.tracker, order, waiting)
    largest_first = sorted(waiting, key=lambda vm: (-room.size[vm], vm))
    # Where they are at first and where they end is claimed before anybody looks for a place in between.
    for vm in largest_first:
        profile.claim_ends(vm)
    stopped: list[int] = []
    paths: dict[int, Path | None] = {}
    for vm in largest_first:
        if deadline.over:
            break
        profile.release(vm)
        path = profile.path(vm)
        stop = problem.stop_cost[vm]
        if stop is not None and (path is None or stop < len(path) * problem.cost[vm]):
            stopped.append(vm)
            continue
        paths[vm] = path
        if path is not None:
            profile.follow(vm, path)
    times = {vm: None if path is None else len(path) for vm, path in paths.items()}
    found = {vm: path for vm, path in paths.items() if path is not None}
    all_home = len(found) + len(stopped) == len(largest_first)
    return Brought(_merged(problem, order, found, stopped) if all_home else None, times)


def _merged(
    problem: Problem, order: Sequence[Move], paths: dict[int, Path], stopped: Sequence[int]
) -> list[Move]:
    timed = [(2 * number + 1, move) for number, move in enumerate(order)]
    timed += [(instant, (vm, host)) for vm, path in paths.items() for instant, host in path]
    timed.sort(key=lambda item: item[0])
    stops = [(vm, OFF) for vm in stopped]
    starts = [(vm, problem.dst[vm]) for vm in stopped]
    return [*stops, *(move for _, move in timed), *starts]


class _Profile:
    """What is on each host at each instant: move number n is made at instant 2n + 1, between two calm ones.

    In the instant of its migration a VM counts on both hosts, so whatever happens in one instant may
    happen in any order.

    Parameters
    ----------
    tracker
        The placement before the first move; taken over, without those that wait.
    """

    def __init__(self, tracker: Tracker, order: Sequence[Move], waiting: Collection[int]) -> None:
        self.problem = problem = tracker.problem
        self.last = 2 * len(order)
        for vm in waiting:
            tracker.go(vm, OFF)
        self._first = tracker
        self._events: list[list[tuple[int, int, int]]] = [[] for _ in problem.hosts]
        self._stays: dict[int, list[tuple[int, int, int]]] = {}
        for number, (vm, host) in enumerate(order):
            self._events[host].append((2 * number + 1, 1, vm))
            self._events[problem.src[vm]].append((2 * number + 2, 0, vm))

    def claim_ends(self, vm: int) -> None:
        """Let the VM stay on its source as long, and on its target from as early on, as others allow."""
        self._stays[vm] = []
        until = self._until(vm)
        if until >= 0:
            self._stay(vm, self.problem.src[vm], 0, until)
        since = self._since(vm)
        if since is not None and since > until:
            self._stay(vm, self.problem.dst[vm], since, self.last)

    def follow(self, vm: int, path: Path) -> None:
        """Let the VM take a path."""
        self._stays[vm] = []
        here, since = self.problem.src[vm], 0
        for instant, host in path:
            self._stay(vm, here, since, instant)
            here, since = host, instant
        self._stay(vm, here, since, self.last)

    def release(self, vm: int) -> None:
        """Take the VM out again."""
        for host, since, until in self._stays.pop(vm):
            self._events[host].remove((since, 1, vm))
            if until < self.last:
                self._events[host].remove((until + 1, 0, vm))

    def path(self, vm: int) -> Path | None:
        """Give the fewest migrations that take the VM home, as late as can be; None where none were found."""
        problem, target = self.problem, self.problem.dst[vm]
        since, until = self._since(vm), self._until(vm)
        if since is None or until < 0:
            return None
        if target == problem.src[vm] and until >= self.last:
            return []
        may_step = problem.vms[vm].movable and problem.vms[vm].detours
        some: Sequence[int] = range(problem.num_hosts)
        if problem.num_hosts > LOOKED_AT:
            some = Random(vm).sample(some, LOOKED_AT)
        holes: dict[int, list[Hole]] = {}
        reach: dict[int, tuple[int, Path]] = {problem.src[vm]: (until, [])}
        border = dict(reach)
        while border:
            latest_first = sorted(border.items(), key=lambda item: (-item[1][0], item[0]))
            for host, (end, path) in latest_first:
                if end >= since and host != target and problem.may_go(vm, host, target):
                    return [*path, (max(since, path[-1][0] if path else 0), target)]
            if not may_step:
                return None
            border = {}
            for host in some:
                # Only from where the VM can come latest: whoever stays longer elsewhere reaches later holes.
                for here, (end, path) in latest_first:
                    if here == host or not problem.may_go(vm, here, host):
                        continue
                    if host not in holes:
                        holes[host] = self._holes(vm, host)
                    hole_end = _end_of(holes[host], end)
                    if hole_end > max(end, reach[host][0] if host in reach else -1):
                        border[host] = reach[host] = (hole_end, [*path, (end, host)])
                    break
        return None

    def _stay(self, vm: int, host: int, since: int, until: int) -> None:
        self._stays[vm].append((host, since, until))
        insort(self._events[host], (since, 1, vm))
        if until < self.last:
            insort(self._events[host], (until + 1, 0, vm))

    def _until(self, vm: int) -> int:
        """Give the last instant at which the VM can still be on its source: nobody came whom it kept out."""
        for instant, room, arrives in self._rooms(vm, self.problem.src[vm]):
            if arrives and not room:
                return instant - 1
        return self.last

    def _since(self, vm: int) -> int | None:
        """Give the first instant from which on its target has room for good; None: not even in the end."""
        holes = self._holes(vm, self.problem.dst[vm])
        return holes[-1][0] if holes and holes[-1][1] == self.last else None

    def _holes(self, vm: int, host: int) -> list[Hole]:
        """Give the times in which the host has room for the VM, in order."""
        found: list[Hole] = []
        begun = -1
        for instant, room, _ in self._rooms(vm, host):
            if room and begun < 0:
                begun = instant
            elif not room and begun >= 0:
                found.append((begun, instant - 1))
                begun = -1
        if begun >= 0:
            found.append((begun, self.last))
        return found

    def _rooms(self, vm: int, host: int) -> Iterator[tuple[int, bool, bool]]:
        """Yield (instant, there is room, somebody arrives) for the first instant and each with a change."""
        problem = self.problem
        needs, groups = problem.needs[vm], problem.groups_of[vm]
        free = list(self._first.free[host])
        held = {group: self._first.held[group].get(host, 0) for group in groups}
        events = self._events[host]
        number, instant = 0, 0
        while True:
            arrives = False
            while number < len(events) and events[number][0] == instant:
                _, comes, other = events[number]
                arrives |= bool(comes) and instant > 0
                for resource, amount in problem.needs[other]:
                    free[resource] -= amount if comes else -amount
                for group in problem.groups_of[other]:
                    if group in held:
                        held[group] += 1 if comes else -1
                number += 1
            room = all(amount <= free[resource] for resource, amount in needs)
            room = room and all(count < problem.limit(group, host) for group, count in held.items())
            yield instant, room, arrives
            if number == len(events):
                return
            instant = events[number][0]


def _end_of(holes: list[Hole], instant: int) -> int:
    """Give the last instant of the hole around an instant; -1 where there is none."""
    number = bisect_right(holes, (instant, 1 << 62)) - 1
    return holes[number][1] if number >= 0 and holes[number][1] >= instant else -1
