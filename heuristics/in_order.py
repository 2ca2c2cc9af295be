"""Schedule tasks one after another in a given order, each as early as those before it allow.

Much quicker than a list schedule, and as good where the order is that of the starts of a schedule: what a
local search over orders and ways asks thousands of times. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from heuristics.spare import Spare
from heuristics.tasks import Task, TimedWork, Work
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.clock import Clock, Use
    from models.problem import Problem


class Leg(NamedTuple):
    """One task, and which of its VM's it is.

    Parameters
    ----------
    vm, src, dst, seconds
        As in :class:`~heuristics.tasks.Task`, in the film at hand.
    alone
        The channels that it has for itself meanwhile: those with a limit of 1.
    shared
        The others that it uses, and how much of each.
    before, after
        How many tasks the VM has before and after this one.
    """

    vm: int
    src: int
    dst: int
    seconds: int
    alone: tuple[int, ...]
    shared: tuple[Use, ...]
    before: int
    after: int


class PlacedLegs(NamedTuple):
    """Legs in the order of their starts.

    Parameters
    ----------
    cost
        See :meth:`Reel.placed`.
    makespan
        When the last of them ends.
    legs, starts
        A safe order, and when each starts.
    """

    cost: float
    makespan: int
    legs: list[Leg]
    starts: list[int]


class Reel:
    """Time, in one of its two directions: where everyone is at first and in the end.

    Parameters
    ----------
    problem, clock
        With everyone in it.
    turned
        The film runs backwards.
    """

    def __init__(self, problem: Problem, clock: Clock, *, turned: bool = False) -> None:
        self.problem, self.clock, self.turned = problem, clock, turned
        self.first, self.last = (problem.dst, problem.src) if turned else (problem.src, problem.dst)
        spare = Spare(problem, self.first)
        self.free = spare.free
        self._held = {
            (host, group): count for host, row in enumerate(spare.held) for group, count in row.items()
        }

        self._owners: list[int] = []

    def held_at_first(self, host: int, group: int) -> int:
        """Give how many of a group are on a host at first."""
        return self._held.get((host, group), 0)

    def owners(self) -> list[int]:
        """Give the host whose NIC or slots each channel is; ``OFF`` for a link and for what all share.

        Of all channels that a leg made so far goes through.
        """
        names = self.clock.names
        while len(self._owners) < len(names):
            owner = names[len(self._owners)].owner
            self._owners.append(OFF if owner is None else self.problem.host_index[owner])
        return self._owners

    def leg(self, vm: int, src: int, dst: int, before: int, after: int) -> Leg:
        """Give a leg from one host to another, both as they come in this film."""
        real = (dst, src) if self.turned else (src, dst)
        seconds, uses = self.clock.seconds(vm, *real), self.clock.uses(*real)
        return Leg(vm, src, dst, seconds, *_parted(self.clock, uses), before, after)

    def may_go(self, vm: int, src: int, dst: int) -> bool:
        """Tell whether no filter forbids a migration, both hosts as they come in this film."""
        return self.problem.may_go(vm, dst, src) if self.turned else self.problem.may_go(vm, src, dst)

    def mirrored(self, placed: PlacedLegs) -> tuple[list[Leg], list[int]]:
        """Give the legs as they come in the other film, in the order of their starts there, and these."""
        ends = [placed.makespan - start for start in placed.starts]
        starts = [end - leg.seconds for end, leg in zip(ends, placed.legs, strict=True)]
        # Those that take no time, in the same second, come the other way round too.
        order = sorted(
            range(len(starts)), key=lambda it: (starts[it], ends[it], -it if starts[it] == ends[it] else it)
        )
        legs = [
            Leg(leg.vm, leg.dst, leg.src, leg.seconds, leg.alone, leg.shared, leg.after, leg.before)
            for leg in map(placed.legs.__getitem__, order)
        ]
        return legs, [starts[it] for it in order]

    def placed(
        self, legs: Iterable[Leg], *, aim: int = 0, price: float = 0.0, most: float = inf
    ) -> PlacedLegs | None:
        """Start each leg when its VM, its channels and the room are there, all before it counted with.

        Who finds no room that those before him leave waits for the next to leave, out of turn.

        Parameters
        ----------
        aim
            A VM that arrives for good after this second costs a unit for each second that it is late.
        price
            What each other leg costs.
        most
            It ends as soon as it costs more.

        Returns
        -------
        PlacedLegs
            None where it costs more, or some wait for room to the end.
        """
        return _Pass(self, aim, price, most).run(legs)


class _Pass:
    """What is free after the legs placed so far, and since when."""

    def __init__(self, film: Reel, aim: int, price: float, most: float) -> None:
        problem, clock = film.problem, film.clock
        self.needs, self.groups_of, self.limit = problem.needs, problem.groups_of, problem.limit
        self.free, self.held = [row[:] for row in film.free], film._held.copy()
        self.room_since = [0] * problem.num_hosts
        self.leaving: list[list[tuple[int, int]]] = [[] for _ in range(problem.num_hosts)]
        """``leaving[host]``: (end, vm) of departures whose room nobody has counted on yet, a heap."""
        self.left, self.since = clock.limits.copy(), [0] * len(clock.limits)
        self.holding: dict[int, list[tuple[int, int]]] = {}
        """``holding[channel]``: (end, amount) of legs whose part nobody has counted on yet, a heap."""
        self.aim, self.price, self.most = aim, price, most
        self.done = [0] * problem.num_vms
        self.ready = [0] * problem.num_vms
        self.no_room: dict[int, list[Leg]] = {}
        self.too_early: dict[tuple[int, int], Leg] = {}
        self.found: list[tuple[int, int, Leg]] = []

    def run(self, legs: Iterable[Leg]) -> PlacedLegs | None:
        # A local search spends its time here: looked up once, and the common case without a call.
        done, ready, no_room, leaving, since = self.done, self.ready, self.no_room, self.leaving, self.since
        found, needs, free, room_since, aim = self.found, self.needs, self.free, self.room_since, self.aim
        cost, makespan = 0.0, 0
        for one in legs:
            agenda = [one]
            while agenda:
                leg = agenda.pop()
                vm, src, dst, seconds, alone, shared, before, after = leg
                if done[vm] < before:
                    self.too_early[vm, before] = leg
                    continue
                start = ready[vm]
                if dst != OFF:
                    if not self._has_room(vm, dst):
                        no_room.setdefault(dst, []).append(leg)
                        continue
                    row = free[dst]
                    for resource, amount in needs[vm]:
                        row[resource] -= amount
                    if room_since[dst] > start:
                        start = room_since[dst]
                for channel in alone:
                    if since[channel] > start:
                        start = since[channel]
                if shared:
                    start = self._when_shared(start, shared)
                end = start + seconds
                for channel in alone:
                    since[channel] = end
                for channel, amount in shared:
                    heappush(self.holding.setdefault(channel, []), (end, amount))
                found.append((start, end, leg))
                ready[vm], done[vm] = end, before + 1
                if after:
                    cost += self.price
                    if (vm, before + 1) in self.too_early:
                        agenda.append(self.too_early.pop((vm, before + 1)))
                elif end > aim:
                    cost += end - aim
                if cost > self.most:
                    return None
                if end > makespan:
                    makespan = end
                if src != OFF:
                    heappush(leaving[src], (end, vm))
                    if src in no_room:
                        agenda += reversed(no_room.pop(src))
        if no_room or self.too_early:
            return None
        found.sort(key=_by_time)
        return PlacedLegs(cost, makespan, [leg for _, _, leg in found], [start for start, _, _ in found])

    def _has_room(self, vm: int, host: int) -> bool:
        """Count on departures, the earliest first, until there is room; False if there are too few."""
        free, leaving = self.free[host], self.leaving[host]
        for resource, amount in self.needs[vm]:
            while free[resource] < amount:
                if not leaving:
                    return False
                self._count_on(host, heappop(leaving))
        return not self.groups_of[vm] or self._groups_have_room(vm, host)

    def _groups_have_room(self, vm: int, host: int) -> bool:
        """Do the same for groups, and let the VM into them."""
        leaving, held = self.leaving[host], self.held
        for group in self.groups_of[vm]:
            while held.get((host, group), 0) >= self.limit(group, host):
                if not leaving:
                    return False
                self._count_on(host, heappop(leaving))
        for group in self.groups_of[vm]:
            held[host, group] = held.get((host, group), 0) + 1
        return True

    def _count_on(self, host: int, departure: tuple[int, int]) -> None:
        end, vm = departure
        free = self.free[host]
        for resource, amount in self.needs[vm]:
            free[resource] += amount
        for group in self.groups_of[vm]:
            self.held[host, group] -= 1
        self.room_since[host] = max(self.room_since[host], end)

    def _when_shared(self, start: int, shared: tuple[Use, ...]) -> int:
        """Give the first second at which enough of the channels is left, not before ``start``; take it."""
        left, since = self.left, self.since
        for channel, amount in shared:
            while left[channel] < amount:
                end, given = heappop(self.holding[channel])
                left[channel] += given
                if end > since[channel]:
                    since[channel] = end
            left[channel] -= amount
            if since[channel] > start:
                start = since[channel]
        return start


def _parted(clock: Clock, uses: tuple[Use, ...]) -> tuple[tuple[int, ...], tuple[Use, ...]]:
    """Part the channels that one has for oneself from the others."""
    alone = tuple(channel for channel, _ in uses if clock.limits[channel] == 1)
    return alone, tuple(use for use in uses if clock.limits[use[0]] != 1)


def _by_time(placed: tuple[int, int, Leg]) -> tuple[int, int]:
    return placed[0], placed[1]


def legs_of(work: Work, starts: Sequence[int]) -> list[Leg]:
    """Give the tasks of a schedule as legs, in the order of their starts."""
    total, seen = [0] * work.problem.num_vms, [0] * work.problem.num_vms
    for task in work.tasks:
        total[task.vm] += 1
    legs = []
    for number in work.order(starts):
        task = work.tasks[number]
        seen[task.vm] += 1
        before, after = seen[task.vm] - 1, total[task.vm] - seen[task.vm]
        parted = _parted(work.clock, task.uses)
        legs.append(Leg(task.vm, task.src, task.dst, task.seconds, *parted, before, after))
    return legs


def work_of_legs(problem: Problem, clock: Clock, legs: Iterable[Leg]) -> Work:
    """Give the tasks of legs that run forwards, in their order."""
    uses = clock.uses
    return Work(
        problem,
        clock,
        tuple(Task(leg.vm, leg.src, leg.dst, leg.seconds, uses(leg.src, leg.dst)) for leg in legs),
    )


def pushed_early(timed: TimedWork) -> TimedWork:
    """Let each task start as early as those that start before it allow; the tasks come in that order.

    What a solver finds, or a pass from the end, leaves waits that nothing asks for.
    """
    work = timed.work
    placed = Reel(work.problem, work.clock).placed(legs_of(*timed))
    assert placed is not None, "in the order of its starts, a schedule is safe"
    return TimedWork(work_of_legs(work.problem, work.clock, placed.legs), placed.starts)
