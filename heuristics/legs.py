"""A plan laid out in time, host by host: which legs may be earlier or later is told by the few of two hosts.

A *leg* is one migration of a plan. Only its order among the legs of its own two hosts counts, so each has an
instant, a float, and can be given another one without a look at the rest of the plan. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import accumulate
from typing import TYPE_CHECKING

from heuristics.compiled.shifts.records import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.problem import Move, Problem

Change = tuple[int, float | None, tuple[int, ...]]
"""What undoes a step: (leg, its instant before, ()), or (VM, None, its legs before)."""


Event = tuple[float, int, int]
"""(instant, leg, by how much more is free on a host from then on, packed)."""


class Packing:
    """Amounts of all resources and groups in one integer, so that one comparison is about all of them.

    Each has a field wide enough for all VMs together, and a bit above. What is free is below 0 in some field
    exactly where one of these bits, ``over``, is set: the lowest field that is below 0 borrows, and sets its.

    Parameters
    ----------
    problem
        Whose VMs and hosts.
    at
        ``at[vm]``: where each VM is at first.

    Attributes
    ----------
    need
        ``need[vm]``.
    room
        ``room[host]``: what is free there at first.
    over
        The bits above all fields.
    """

    def __init__(self, problem: Problem, at: Sequence[int]) -> None:
        demand = list(
            dict.fromkeys((problem.needs[vm], problem.groups_of[vm]) for vm in range(problem.num_vms))
        )
        widths = [
            max((row[resource] for row in problem.usable), default=0)
            + max((row[resource] for row in problem.demand), default=0) * problem.num_vms
            for resource in range(len(problem.resources))
        ]
        widths += [2 * len(members) + problem.num_vms for members in problem.members]
        shifts, self.over, bit = [], 0, 0
        for width in widths:
            shifts.append(bit)
            bit += width.bit_length() + 2
            self.over |= 1 << (bit - 1)
        of_resource, of_group = shifts[: len(problem.resources)], shifts[len(problem.resources) :]
        packed = {
            (needs, groups): sum(amount << of_resource[resource] for resource, amount in needs)
            + sum(1 << of_group[group] for group in groups)
            for needs, groups in demand
        }
        self.need = [
            packed[needs, groups] for needs, groups in zip(problem.needs, problem.groups_of, strict=True)
        ]
        self.room = [
            sum(amount << shift for amount, shift in zip(row, of_resource, strict=True))
            for row in problem.usable
        ]
        most = problem.num_vms
        for limits, groups in problem.tables.groups.alike():
            one_each = sum(1 << of_group[group] for group in groups)
            for host, limit in enumerate(limits):
                self.room[host] += min(limit, most) * one_each
        for vm, host in enumerate(at):
            self.room[host] -= self.need[vm]


class Legs:
    """The legs of a plan, which can be shifted, taken out and put in, and all of that undone.

    Parameters
    ----------
    problem
        What is planned.
    moves
        A whole plan, or a part of one, in which no VM is stopped.
    at
        ``at[vm]``: where each VM is at first; None: where it is before the whole plan.

    Attributes
    ----------
    vm, source, host, at
        ``vm[leg]`` goes from ``source[leg]`` to ``host[leg]`` at the instant ``at[leg]``.
    on
        ``on[host]``: the events of all that come and go there, in order.
    legs
        ``legs[vm]``: those of its way, in order.
    wandering
        The VMs with more than one leg.
    cost
        Of the plan as it stands.
    end
        An instant after all of them.
    """

    def __init__(self, problem: Problem, moves: Sequence[Move], at: Sequence[int] | None = None) -> None:
        self.problem = problem
        where = list(problem.src if at is None else at)
        packing = Packing(problem, where)
        self.need, self.room, self.over = packing.need, packing.room, packing.over
        self.vm: list[int] = []
        self.source: list[int] = []
        self.host: list[int] = []
        self.at: list[float] = []
        self.on: list[list[Event]] = [[] for _ in problem.hosts]
        self._free: list[list[int] | None] = [None] * problem.num_hosts
        self._first_over: list[int | None] = [None] * problem.num_hosts
        self.legs: dict[int, tuple[int, ...]] = {}
        self.end = len(moves) + 1.0
        for vm, host in moves:
            leg = self.made(vm, where[vm], host, len(self.vm) + 1.0)
            self.on[where[vm]].append((self.at[leg], leg, self.need[vm]))
            self.on[host].append((self.at[leg], leg, -self.need[vm]))
            where[vm] = host
            self.legs[vm] = (*self.legs.get(vm, ()), leg)
        self.cost = problem.moves_cost(moves)
        self.wandering = [vm for vm, legs in self.legs.items() if len(legs) > 1]
        self._place = {vm: number for number, vm in enumerate(self.wandering)}
        self._done: list[Change] = []

    @property
    def mark(self) -> int:
        """How many steps there are to be undone."""
        return len(self._done)

    def keep(self) -> None:
        """Let all steps stand."""
        self._done.clear()

    def undo(self, mark: int) -> None:
        """Undo all steps since there were as many as ``mark``."""
        while len(self._done) > mark:
            one, before, legs = self._done.pop()
            if before is None:
                self._give(one, legs)
            else:
                self._put(one, before)

    def made(self, vm: int, source: int, host: int, at: float) -> int:
        """Give a new leg, which is in no way yet."""
        self.vm.append(vm)
        self.source.append(source)
        self.host.append(host)
        self.at.append(at)
        return len(self.vm) - 1

    def forget(self, legs: int) -> None:
        """Drop the legs made since there were so many: all of that has been undone."""
        for column in (self.vm, self.source, self.host, self.at):
            del column[legs:]

    def shift(self, leg: int, at: float) -> None:
        """Let a leg be at another instant."""
        self._done.append((leg, self.at[leg], ()))
        self._put(leg, at)

    def give(self, vm: int, legs: tuple[int, ...]) -> None:
        """Give a VM another way."""
        self._done.append((vm, None, self.legs[vm]))
        self._give(vm, legs)

    def _put(self, leg: int, at: float) -> None:
        self._out(leg)
        self.at[leg] = at
        self._in(leg)

    def _give(self, vm: int, legs: tuple[int, ...]) -> None:
        before = self.legs[vm]
        for leg in before:
            if leg not in legs:
                self._out(leg)
        for leg in legs:
            if leg not in before:
                self._in(leg)
        self.legs[vm] = legs
        self.cost += (len(legs) - len(before)) * self.problem.cost[vm]
        if (len(legs) > 1) != (vm in self._place):
            self._note(vm)

    def _note(self, vm: int) -> None:
        """Let a VM begin or cease to wander."""
        place = self._place.pop(vm, None)
        if place is None:
            self._place[vm] = len(self.wandering)
            self.wandering.append(vm)
            return
        last = self.wandering.pop()
        if last != vm:
            self.wandering[place] = last
            self._place[last] = place

    def _in(self, leg: int) -> None:
        at, need, source, host = self.at[leg], self.need[self.vm[leg]], self.source[leg], self.host[leg]
        insort(self.on[source], (at, leg, need))
        insort(self.on[host], (at, leg, -need))
        self._free[source] = self._free[host] = None

    def _out(self, leg: int) -> None:
        event, source, host = (self.at[leg], leg), self.source[leg], self.host[leg]
        del self.on[source][bisect_left(self.on[source], event)]
        del self.on[host][bisect_left(self.on[host], event)]
        self._free[source] = self._free[host] = None

    def is_sane(self) -> bool:
        """Tell whether no host is over a limit at first: only then do sums tell who may come."""
        return not any(free & self.over for free in self.room)

    def first_over(self, host: int) -> int | None:
        """Give the number of the first leg of a host after which it is over a limit; None: it never is."""
        if self._free[host] is None:
            self._count(host)
        return self._first_over[host]

    def free(self, host: int) -> list[int]:
        """Give what is free on a host after each of its legs, packed."""
        found = self._free[host]
        return self._count(host) if found is None else found

    def _count(self, host: int) -> list[int]:
        over = self.over
        found = [*accumulate([change for _, _, change in self.on[host]], initial=self.room[host])]
        del found[0]
        self._free[host] = found
        self._first_over[host] = None
        for number, free in enumerate(found):
            if free & over:
                self._first_over[host] = number
                break
        return found

    def has_room(self, host: int, need: int, since: float, until: float) -> bool:
        """Tell whether a host has room for so much more, packed, all the time between two instants."""
        events, free, over = self.on[host], self.free(host), self.over
        number = bisect_left(events, (since, len(self.vm)))
        if ((free[number - 1] if number else self.room[host]) - need) & over:
            return False
        while number < len(events) and events[number][0] < until:
            if (free[number] - need) & over:
                return False
            number += 1
        return True

    def span(self, leg: int) -> tuple[float, float]:
        """Give the instants of the legs before and after it on the way of its VM."""
        legs = self.legs[self.vm[leg]]
        number = legs.index(leg)
        since = self.at[legs[number - 1]] if number else 0.0
        return since, self.at[legs[number + 1]] if number + 1 < len(legs) else self.end

    def earlier(
        self, limit: float, last: float, host: int, need: int, until: float, leg: int
    ) -> tuple[float, bool]:
        """Give an instant at which a leg could go instead, and whether another host has room from then on.

        Parameters
        ----------
        limit
            It is before that instant.
        last
            It is after that one, and after all legs of the other host before the limit.
        host, need
            The other host, and how much room it needs to have, packed.
        until, leg
            When it need not have it any more: at an event of that leg, at that instant.

        Returns
        -------
        tuple
            The instant, or ``NEVER`` where floats lie no closer: they are to be laid out anew.
        """
        events, over = self.on[host], self.over
        free = self._free[host] or self._count(host)
        number, count = bisect_left(events, (limit,)), len(events)
        since = events[number - 1][0] if number else 0.0
        middle = ((last if last > since else since) + limit) / 2
        if not (last < middle < limit and since < middle):
            return NEVER, False
        if ((free[number - 1] if number else self.room[host]) - need) & over:
            return middle, False
        while number < count and events[number] < (until, leg):
            if (free[number] - need) & over:
                return middle, False
            number += 1
        return middle, True

    def later(
        self, limit: float, first: float, host: int, need: int, since: float, leg: int
    ) -> tuple[float, bool]:
        """Do the same the other way round: after the limit, before ``first``, with room since an event."""
        events, over = self.on[host], self.over
        free = self._free[host] or self._count(host)
        number, count = bisect_left(events, (since, leg + 1)), len(events)
        has_room = not ((free[number - 1] if number else self.room[host]) - need) & over
        while number < count and events[number][0] <= limit:
            if has_room and (free[number] - need) & over:
                has_room = False
            number += 1
        until = events[number][0] if number < count else self.end
        middle = ((first if first < until else until) + limit) / 2
        if not (limit < middle < first and middle < until):
            return NEVER, False
        return middle, has_room

    def moves(self) -> list[Move]:
        """Give the plan."""
        in_order = sorted((self.at[leg], leg) for legs in self.legs.values() for leg in legs)
        return [(self.vm[leg], self.host[leg]) for _, leg in in_order]
