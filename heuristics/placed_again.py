"""Place a changed order of tasks again, but only what the change reaches.

On a thousand hosts one step of a local search moves one VM, and most hosts never notice. What a leg is told
by is its two hosts: who came and left there before it, and its VM. So a change is followed from host to host,
and where a leg starts as before, it ends there. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from heuristics.in_order import Leg, PlacedLegs
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heuristics.in_order import Reel

Turn = float
"""Where a leg is in an order: a whole number for one that was there before, others in between."""


class OrderChange(NamedTuple):
    """What becomes another in an order of legs.

    Parameters
    ----------
    gone
        Places of those that are taken out.
    added
        (turn, leg) of those that are put in; no turn is whole, or there twice.
    """

    gone: tuple[int, ...]
    added: tuple[tuple[Turn, Leg], ...]

    def of(self, legs: list[Leg]) -> list[Leg]:
        """Give the legs in their new order."""
        gone = set(self.gone)
        timed: list[tuple[Turn, Leg]] = [one for one in enumerate(legs) if one[0] not in gone]
        timed += self.added
        timed.sort(key=_turn)
        return [leg for _, leg in timed]


def _turn(timed: tuple[Turn, Leg]) -> Turn:
    return timed[0]


class PlacedByHost:
    """A schedule in the order of its starts, and which of its legs come to a host or leave it.

    Parameters
    ----------
    film
        In which no migrations share anything but hosts: see :meth:`is_by_host`.
    now
        What a change is a change of.
    aim, price
        What its cost was counted with.
    """

    def __init__(self, film: Reel, now: PlacedLegs, aim: int, price: float) -> None:
        self.film, self.now, self.aim, self.price = film, now, aim, price
        self.at: list[list[int]] = [[] for _ in range(film.problem.num_hosts)]
        """``at[host]``: places of the legs that come or leave, in order."""
        self.of_vm: dict[int, dict[int, int]] = {}
        """``of_vm[vm][number]``: places of its legs, where it has several."""
        for place, leg in enumerate(now.legs):
            if leg.src != OFF:
                self.at[leg.src].append(place)
            if leg.dst != OFF:
                self.at[leg.dst].append(place)
            if leg.before or leg.after:
                self.of_vm.setdefault(leg.vm, {})[leg.before] = place

    @staticmethod
    def is_by_host(film: Reel) -> bool:
        """Tell whether there is neither a link nor a limit that migrations between other hosts share."""
        timing = film.clock.timing
        return not timing.links and timing.max_parallel is None

    def cost_of(self, leg: Leg, end: int) -> float:
        """Give what a leg adds to the cost."""
        if leg.after:
            return self.price
        return max(end - self.aim, 0)

    def placed(self, change: OrderChange, most: float = inf) -> PlacedLegs | None:
        """Place the changed order as :meth:`~heuristics.in_order.Reel.placed` would.

        Returns
        -------
        PlacedLegs
            None where it costs more than ``most``, or some wait for room to the end.
        """
        return _Wave(self, change).placed(most)


class _AtHost:
    """What a host and its channels have left after its legs so far, and since when."""

    __slots__ = (
        "film",
        "free",
        "held",
        "holding",
        "host",
        "leaving",
        "left",
        "owners",
        "room_since",
        "since",
    )

    def __init__(self, film: Reel, host: int) -> None:
        self.film, self.host = film, host
        self.owners = film.owners()
        self.free = film.free[host].copy()
        self.held: dict[int, int] = {}
        """``held[group]``: how many more are there than at first."""
        self.room_since = 0
        self.leaving: list[tuple[int, int]] = []
        self.since: dict[int, int] = {}
        self.left: dict[int, int] = {}
        self.holding: dict[int, list[tuple[int, int]]] = {}

    def has_room(self, vm: int) -> bool:
        """Count on departures, the earliest first, until there is room; False if there are too few."""
        problem, free = self.film.problem, self.free
        for resource, amount in problem.needs[vm]:
            while free[resource] < amount:
                if not self._count_on_next():
                    return False
        for group in problem.groups_of[vm]:
            at_first = self.film.held_at_first(self.host, group)
            while at_first + self.held.get(group, 0) >= problem.limit(group, self.host):
                if not self._count_on_next():
                    return False
        return True

    def _count_on_next(self) -> bool:
        if not self.leaving:
            return False
        end, vm = heappop(self.leaving)
        problem = self.film.problem
        for resource, amount in problem.needs[vm]:
            self.free[resource] += amount
        for group in problem.groups_of[vm]:
            self.held[group] = self.held.get(group, 0) - 1
        if end > self.room_since:
            self.room_since = end
        return True

    def take(self, vm: int) -> None:
        """Let a VM have its room, which is there."""
        problem = self.film.problem
        for resource, amount in problem.needs[vm]:
            self.free[resource] -= amount
        for group in problem.groups_of[vm]:
            self.held[group] = self.held.get(group, 0) + 1

    def earliest(self, leg: Leg, start: int) -> int:
        """Give the first second, from ``start`` on, at which the host's own channels let a leg through."""
        owners, host = self.owners, self.host
        for channel in leg.alone:
            if owners[channel] == host and (since := self.since.get(channel, 0)) > start:
                start = since
        for channel, amount in leg.shared:
            if owners[channel] == host:
                start = max(start, self._when_left(channel, amount))
        return start

    def _when_left(self, channel: int, amount: int) -> int:
        left = self.left.get(channel, self.film.clock.limits[channel])
        since, holding = self.since.get(channel, 0), self.holding.get(channel, [])
        while left < amount:
            end, given = heappop(holding)
            left += given
            since = max(since, end)
        self.left[channel], self.since[channel] = left - amount, since
        return since

    def hold(self, leg: Leg, end: int) -> None:
        """Let a leg hold its channels to its end, and leave then, if it leaves here."""
        owners, host = self.owners, self.host
        for channel in leg.alone:
            if owners[channel] == host:
                self.since[channel] = end
        for channel, amount in leg.shared:
            if owners[channel] == host:
                heappush(self.holding.setdefault(channel, []), (end, amount))
        if leg.src == self.host:
            heappush(self.leaving, (end, leg.vm))

    def follow(self, leg: Leg, end: int) -> None:
        """Let a leg come or leave that is placed already."""
        if leg.dst == self.host:
            if not self.has_room(leg.vm):
                raise RuntimeError("in the order of its starts, a schedule is safe")
            self.take(leg.vm)
        self.earliest(leg, 0)
        self.hold(leg, end)


class _Wave:
    """How far a change has come: the legs placed again, and the hosts that it has reached."""

    def __init__(self, base: PlacedByHost, change: OrderChange) -> None:
        self.base, self.film, self.change = base, base.film, change
        self.legs, self.starts = base.now.legs, base.now.starts
        self.gone = frozenset(change.gone)
        self.added: dict[Turn, Leg] = dict(change.added)
        self.number_of = {(leg.vm, leg.before): turn for turn, leg in change.added}
        self.started: dict[Turn, int] = {}
        self.placed_at: dict[Turn, tuple[Turn, int]] = {}
        """``placed_at[turn]``: at which turn that leg was placed, and as which of all."""
        self.reached: dict[int, _AtHost] = {}
        self.no_room: dict[int, list[Turn]] = {}
        self.too_early: dict[tuple[int, int], Turn] = {}
        self.waiting: set[Turn] = set()
        self.agenda: list[Turn] = sorted([*change.gone, *self.added])
        self.known: set[Turn] = set(self.agenda)

    def placed(self, most: float) -> PlacedLegs | None:
        while self.agenda:
            turn = heappop(self.agenda)
            if turn in self.gone:
                leg = self.legs[int(turn)]
                self._spread(leg, turn, None, None)
            elif turn not in self.started:
                now = [turn]
                while now:
                    now += self._place(now.pop(), turn)
        if self.no_room or self.too_early:
            return None
        cost = self._cost()
        return None if cost > most else self._whole(cost)

    def _leg(self, turn: Turn) -> Leg:
        return self.added[turn] if turn in self.added else self.legs[int(turn)]

    def _state(self, host: int, turn: Turn) -> _AtHost | None:
        """Give what a host is like before a turn."""
        if host == OFF:
            return None
        state = self.reached.get(host)
        if state is None:
            state = _AtHost(self.film, host)
            for place in self.base.at[host]:
                if place >= turn:
                    break
                leg = self.legs[place]
                state.follow(leg, self.starts[place] + leg.seconds)
        return state

    def _reach(self, host: int, turn: Turn, state: _AtHost | None) -> None:
        """Let all legs of a host from a turn on be placed again."""
        if host == OFF or host in self.reached:
            return
        state = state or self._state(host, turn)
        assert state is not None
        self.reached[host] = state
        at = self.base.at[host]
        for place in at[bisect_left(at, turn) :]:
            self._look_at(place)

    def _look_at(self, turn: Turn) -> None:
        if turn not in self.known:
            self.known.add(turn)
            heappush(self.agenda, turn)

    def _turn_of(self, vm: int, number: int) -> Turn:
        """Give the turn of a leg of a VM that has several, by how many are before it."""
        added = self.number_of.get((vm, number))
        return self.base.of_vm[vm][number] if added is None else added

    def _ready(self, leg: Leg, turn: Turn) -> int | None:
        """Give when the VM has come to where the leg begins; None where that is not placed yet."""
        if not leg.before:
            return 0
        before = self._turn_of(leg.vm, leg.before - 1)
        start = self.started.get(before)
        if start is None:
            if before > turn or before in self.waiting:
                return None
            start = self.starts[int(before)]
        return start + self._leg(before).seconds

    def _place(self, turn: Turn, current: Turn) -> Iterable[Turn]:
        """Place a leg, and give those that waited for it."""
        leg = self._leg(turn)
        here, there = self._state(leg.src, current), self._state(leg.dst, current)
        start = self._ready(leg, current)
        if start is None:
            self.too_early[leg.vm, leg.before] = turn
            self._look_at(self._turn_of(leg.vm, leg.before - 1))
        elif there is not None and not there.has_room(leg.vm):
            self.no_room.setdefault(leg.dst, []).append(turn)
            start = None
        if start is None:
            self.waiting.add(turn)
            self._spread(leg, current, here, there)
            return ()
        self.waiting.discard(turn)
        if there is not None:
            there.take(leg.vm)
            start = there.earliest(leg, max(start, there.room_since))
        if here is not None:
            start = here.earliest(leg, start)
        for host in (here, there):
            if host is not None:
                host.hold(leg, start + leg.seconds)
        self.started[turn] = start
        self.placed_at[turn] = current, len(self.started)
        if turn in self.added or start != self.starts[int(turn)]:
            self._spread(leg, current, here, there)
        return self._waiters(leg)

    def _spread(self, leg: Leg, turn: Turn, here: _AtHost | None, there: _AtHost | None) -> None:
        """Let all be placed again that may notice what becomes of a leg."""
        self._reach(leg.src, turn, here)
        self._reach(leg.dst, turn, there)
        if leg.dst == OFF and leg.after:
            # A stop and the start after it have no host in common.
            self._look_at(self._turn_of(leg.vm, leg.before + 1))

    def _waiters(self, leg: Leg) -> list[Turn]:
        """Give those that waited for the VM to come, or for the room that it leaves."""
        found = self.no_room.pop(leg.src, [])[::-1]
        if leg.after and (leg.vm, leg.before + 1) in self.too_early:
            found.insert(0, self.too_early.pop((leg.vm, leg.before + 1)))
        return found

    def _cost(self) -> float:
        base, cost = self.base, self.base.now.cost
        for turn, start in self.started.items():
            leg = self._leg(turn)
            cost += base.cost_of(leg, start + leg.seconds)
            if turn not in self.added:
                cost -= base.cost_of(leg, self.starts[int(turn)] + leg.seconds)
        for place in self.gone:
            cost -= base.cost_of(self.legs[place], self.starts[place] + self.legs[place].seconds)
        return cost

    def _whole(self, cost: float) -> PlacedLegs:
        starts = self.starts.copy()
        for turn, start in self.started.items():
            if turn not in self.added:
                starts[int(turn)] = start
        found = [
            (start, start + leg.seconds, self.placed_at.get(place, (place, 0)), leg)
            for place, (start, leg) in enumerate(zip(starts, self.legs, strict=True))
            if place not in self.gone
        ]
        for turn, leg in self.change.added:
            start = self.started[turn]
            found.append((start, start + leg.seconds, self.placed_at[turn], leg))
        # Of those that take no time in the same second, the one that was placed first comes first.
        found.sort(key=_by_time)
        makespan = max((end for _, end, *_ in found), default=0)
        return PlacedLegs(cost, makespan, [leg for *_, leg in found], [start for start, *_ in found])


def _by_time(placed: tuple[int, int, tuple[Turn, int], Leg]) -> tuple[int, int, tuple[Turn, int]]:
    return placed[:3]
