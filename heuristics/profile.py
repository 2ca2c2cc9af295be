"""Who is on each host at each instant of a plan, and in which intervals a host has room for a VM.

The idea is that of safe interval path planning: in place of each instant by itself a search looks at the
longest runs of instants in which a place is free (Phillips and Likhachev 2011).

ALGORITHM.md, "A start from the limbo".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING, NamedTuple

from heuristics.tracker import Tracker
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem


class SafeInterval(NamedTuple):
    """The first and the last instant of a longest time in which a host has room for a VM."""

    first: int
    last: int


class Visit(NamedTuple):
    """A VM is on a host from instant ``since`` to instant ``until``, both included."""

    host: int
    since: int
    until: int


class Profile:
    """What is on each host at each instant: move number n is made at instant 2n + 1, between two calm ones.

    In the instant of its migration a VM counts on both hosts, so whatever happens in one instant may
    happen in any order; but who is stopped in an instant is gone before anybody comes.

    Parameters
    ----------
    tracker
        The placement before the first move; taken over, without those that are left out.
    order
        The moves.
    without
        VMs that are left out at first, their moves too; :meth:`put` lets them in.
    """

    def __init__(self, tracker: Tracker, order: Sequence[Move], without: Collection[int]) -> None:
        self.problem: Problem = tracker.problem
        self.last = 2 * len(order)
        self._visits: dict[int, list[Visit]] = {}
        # (instant, comes, vm): whoever leaves in an instant does so before others come.
        self._events: list[list[tuple[int, int, int]]] = [[] for _ in self.problem.hosts]
        out, at = set(without), dict[int, int]()
        for number, (vm, host) in enumerate(order):
            if vm in out:
                continue
            here, at[vm] = at.get(vm, self.problem.src[vm]), host
            if here != OFF:
                self._events[here].append((2 * number + (1 if host == OFF else 2), 0, vm))
            if host != OFF:
                self._events[host].append((2 * number + 1, 1, vm))
        for events in self._events:
            events.sort()
        for vm in out:
            tracker.go(vm, OFF)
        self._first = tracker

    def put(self, vm: int, visits: Iterable[Visit]) -> None:
        """Let a VM in: it makes some visits, in order."""
        self._visits[vm] = list(visits)
        for host, since, until in self._visits[vm]:
            insort(self._events[host], (since, 1, vm))
            if until < self.last:
                insort(self._events[host], (until + 1, 0, vm))

    def take(self, vm: int) -> list[Visit]:
        """Leave a VM out again; give the visits that it made."""
        visits = self._visits.pop(vm)
        for host, since, until in visits:
            self._events[host].remove((since, 1, vm))
            if until < self.last:
                self._events[host].remove((until + 1, 0, vm))
        return visits

    def until(self, vm: int, host: int, since: int = 0) -> int:
        """Give the last instant up to which the VM, there at ``since``, keeps nobody out that comes."""
        for instant, room, arrives in self._rooms(vm, host):
            if arrives and not room and instant > since:
                return instant - 1
        return self.last

    def since(self, vm: int, host: int, until: int | None = None) -> int | None:
        """Give the first instant from which on the VM can stay until then, or for good; None: there is none.

        Parameters
        ----------
        until
            The last instant that it stays; None for good.
        """
        until = self.last if until is None else until
        found = interval_at(self.safe_intervals(vm, host), until)
        return None if found is None else found.first

    def safe_intervals(self, vm: int, host: int) -> list[SafeInterval]:
        """Give the times in which the host has room for the VM, in order."""
        found: list[SafeInterval] = []
        begun = -1
        for instant, room, _ in self._rooms(vm, host):
            if room and begun < 0:
                begun = instant
            elif not room and begun >= 0:
                found.append(SafeInterval(begun, instant - 1))
                begun = -1
        if begun >= 0:
            found.append(SafeInterval(begun, self.last))
        return found

    def _rooms(self, vm: int, host: int) -> Iterator[tuple[int, bool, bool]]:
        """Yield (instant, there is room, somebody arrives) for the first instant and each with a change."""
        problem = self.problem
        needs, groups = problem.needs[vm], problem.groups_of[vm]
        free = list(self._first.free[host])
        held = {group: self._first.held[host].get(group, 0) for group in groups}
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


def interval_at(intervals: Sequence[SafeInterval], instant: int) -> SafeInterval | None:
    """Give the interval that an instant is in; None where it is in none."""
    number = bisect_right(intervals, (instant, 1 << 62)) - 1
    return intervals[number] if number >= 0 and intervals[number].last >= instant else None


def visits_in(
    problem: Problem, moves: Sequence[Move], vms: Collection[int], last: int
) -> dict[int, list[Visit]]:
    """Give the visits that some VMs make in a plan, each up to the instant of its end."""
    found = {vm: [Visit(problem.src[vm], 0, last)] for vm in vms}
    for number, (vm, host) in enumerate(moves):
        if vm in found:
            instant, before = 2 * number + 1, found[vm][-1]
            if before.until == last:
                found[vm][-1] = before._replace(until=instant - 1 if host == OFF else instant)
            if host != OFF:
                found[vm].append(Visit(host, instant, last))
    return found


def revisited(
    problem: Problem,
    moves: Sequence[Move],
    vms: Collection[int],
    change: Callable[[Profile, int, list[Visit]], list[Visit]],
    deadline: Deadline,
) -> dict[int, list[Visit]]:
    """Let these VMs, one after another, make other visits beside all others as they are.

    Parameters
    ----------
    moves
        A whole plan.
    change
        Gives the visits of one VM anew, from a profile without it and the visits that it makes.
    deadline
        When to give up: those whose turn did not come make the visits that they made.
    """
    profile = Profile(Tracker(problem), moves, vms)
    visits = visits_in(problem, moves, vms, profile.last)
    for vm in vms:
        profile.put(vm, visits[vm])
    for vm in vms:
        if deadline.over:
            break
        profile.take(vm)
        visits[vm] = change(profile, vm, visits[vm])
        profile.put(vm, visits[vm])
    return visits
