"""Who is on each host at each instant of a plan, and in which intervals a host has room for a VM.

The idea is that of safe interval path planning: in place of each instant by itself a search looks at the
longest runs of instants in which a place is free (Phillips and Likhachev 2011).

ALGORITHM.md, "A start from the limbo".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.tracker import Tracker
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

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


class Changes(NamedTuple):
    """What changes on a host, instant by instant; the first instant is 0.

    Parameters
    ----------
    instants
        When anything changes.
    arrives
        Whether anybody arrives then.
    free
        ``free[instant, resource]``: what is left afterwards.
    guests, comes
        Who comes or leaves, event by event, and whether he comes.
    last
        How many events there are up to the end of each instant.
    """

    instants: np.ndarray
    arrives: np.ndarray
    free: np.ndarray
    guests: list[int]
    comes: np.ndarray
    last: np.ndarray


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
        shape = self.problem.num_vms, len(self.problem.resources)
        self._demand = np.array(self.problem.demand, dtype=np.int64).reshape(shape)
        self._changes: list[Changes | None] = [None] * self.problem.num_hosts

    def put(self, vm: int, visits: Iterable[Visit]) -> None:
        """Let a VM in: it makes some visits, in order."""
        self._visits[vm] = list(visits)
        for host, since, until in self._visits[vm]:
            self._changes[host] = None
            insort(self._events[host], (since, 1, vm))
            if until < self.last:
                insort(self._events[host], (until + 1, 0, vm))

    def take(self, vm: int) -> list[Visit]:
        """Leave a VM out again; give the visits that it made."""
        visits = self._visits.pop(vm)
        for host, since, until in visits:
            self._changes[host] = None
            self._events[host].remove((since, 1, vm))
            if until < self.last:
                self._events[host].remove((until + 1, 0, vm))
        return visits

    def until(self, vm: int, host: int, since: int = 0) -> int:
        """Give the last instant up to which the VM, there at ``since``, keeps nobody out that comes."""
        changes = self._changes_on(host)
        in_the_way = changes.arrives & ~self._has_room(vm, host, changes) & (changes.instants > since)
        first = int(in_the_way.argmax())
        return int(changes.instants[first]) - 1 if in_the_way[first] else self.last

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
        changes = self._changes_on(host)
        room = self._has_room(vm, host, changes)
        turns = np.flatnonzero(room[1:] != room[:-1]) + 1
        begins = [0, *changes.instants[turns].tolist()]
        return [
            SafeInterval(begins[number], begins[number + 1] - 1 if number + 1 < len(begins) else self.last)
            for number in range(0 if room[0] else 1, len(begins), 2)
        ]

    def _changes_on(self, host: int) -> Changes:
        """Count what is free on a host after each change, once until the next visit is put or taken."""
        changes = self._changes[host]
        if changes is None:
            changes = self._changes[host] = self._counted(host)
        return changes

    def _counted(self, host: int) -> Changes:
        # Those who are there at first come first of all, at once.
        instant, comes, guests = np.array([(0, 0, -1), *self._events[host]], dtype=np.int64).T
        free = np.where(comes, -1, 1)[:, None] * self._demand[guests]
        free[0] = self._first.free[host]
        begins = np.flatnonzero(np.diff(instant, prepend=-1))
        last = np.append(begins[1:], len(instant)) - 1
        arrives = np.logical_or.reduceat(comes > 0, begins) & (instant[begins] > 0)
        return Changes(
            instant[begins], arrives, free.cumsum(axis=0)[last], guests[1:].tolist(), comes[1:], last
        )

    def _has_room(self, vm: int, host: int, changes: Changes) -> np.ndarray:
        """Tell for each instant whether the host has room for the VM, which is not on it."""
        problem, room = self.problem, np.ones(len(changes.instants), dtype=bool)
        for resource, amount in problem.needs[vm]:
            room &= changes.free[:, resource] >= amount
        for group in problem.groups_of[vm]:
            inside = np.array([group in problem.groups_of[guest] for guest in changes.guests], dtype=np.int64)
            held = [self._first.held[host].get(group, 0), *np.where(changes.comes, inside, -inside).tolist()]
            room &= np.cumsum(held)[changes.last] < problem.limit(group, host)
        return room


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
