"""Changes of an order, drawn near a chain of who waits for whom.

ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from heuristics.placed_again import OrderChange
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from random import Random

    from heuristics.in_order import Leg, PlacedLegs, Reel
    from heuristics.placed_again import PlacedByHost
    from heuristics.tasks import Work
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.parameters import OtherWays

Why = Literal["start", "vm", "room", "channel"]


class Waiter(NamedTuple):
    """A leg of a chain, by its place in the order, and what it waited for: a leg that ends when it starts."""

    place: int
    why: Why
    before: int


class Brief(NamedTuple):
    """What the schedules have to keep to that are looked for.

    Parameters
    ----------
    freedom
        Who may step aside.
    any_cost
        Ways may get longer. If not, as many migrations are made of each VM as before.
    bound
        Proven of the makespan.
    """

    freedom: Freedom
    any_cost: bool
    bound: int = 0

    def free(self, work: Work) -> list[bool]:
        """Tell of each VM whether it may go another way than in these tasks."""
        stopped = {task.vm for task in work.tasks if OFF in (task.src, task.dst)}
        return [one and vm not in stopped for vm, one in enumerate(self.freedom.aside)]

    def settled(self, work: Work) -> list[list[int]]:
        """Give, for each host, the VMs that are at home there and may step aside."""
        problem, free = work.problem, self.free(work)
        found: list[list[int]] = [[] for _ in problem.hosts]
        for vm, host in enumerate(problem.src):
            if self.any_cost and free[vm] and host == problem.dst[vm]:
                found[host].append(vm)
        return found


class NearbyChanges:
    """Draws what to change of the schedule at hand.

    Parameters
    ----------
    work
        The tasks that the search begins with.
    brief
        What schedules have to keep to.
    """

    def __init__(self, work: Work, brief: Brief, rng: Random, how: OtherWays) -> None:
        self.problem, self.rng, self.how, self.any_cost = work.problem, rng, how, brief.any_cost
        self.free, self._settled = brief.free(work), brief.settled(work)
        self._about = [0] * work.problem.num_vms
        """``_about[vm]``: about the seconds of a migration."""
        for task in work.tasks:
            self._about[task.vm] = task.seconds

    def look_at(self, film: Reel, now: PlacedLegs, by_host: PlacedByHost, aim: int) -> None:
        """Take a schedule as the one at hand; who is home after ``aim`` counts as late."""
        self.film, self.now, self._by_host = film, now, by_host
        ends = [start + leg.seconds for start, leg in zip(now.starts, now.legs, strict=True)]
        self._ending = ending(now)
        self._waited: dict[int, list[Waiter]] = {}
        """``_waited[place]``: what that leg may have waited for, once it was asked."""
        self._last = [place for place, end in enumerate(ends) if end == now.makespan]
        self._late = [
            place
            for place, (end, leg) in enumerate(zip(ends, now.legs, strict=True))
            if end > aim and not leg.after
        ]

    def drawn(self) -> OrderChange | None:
        """Draw a change near a chain of who waits for whom; None where it comes to none."""
        rng, how = self.rng, self.how
        if not self.now.legs:
            return None
        if rng.random() < how.shift:
            return self._shifted(rng.randrange(len(self.now.legs)))
        waiter = rng.choice(list(self._chain()))
        if waiter.why == "channel" and rng.random() < how.swap:
            return self._before(waiter.place, waiter.before)
        leg = self.now.legs[waiter.place]
        if waiter.why == "room" and rng.random() < how.first_in:
            return self._first_in(waiter.place)
        if waiter.why == "room" and leg.dst != OFF and self._settled[leg.dst] and rng.random() < how.resident:
            return self._resident_aside(rng.choice(self._settled[leg.dst]), waiter.place)
        if not self.free[leg.vm]:
            return self._shifted(waiter.place)
        return self._another_way(waiter.place)

    def _chain(self) -> Iterator[Waiter]:
        """Yield who waits for whom, from a leg that ends late back to the beginning."""
        rng = self.rng
        place: int | None = rng.choice(
            self._late if self._late and rng.random() < self.how.late else self._last
        )
        while place is not None:
            waited = self._waited_for(place)
            waiter = rng.choice(waited) if waited else Waiter(place, "start", place)
            yield waiter
            place = waiter.before if waited else None

    def _waited_for(self, place: int) -> list[Waiter]:
        found = self._waited.get(place)
        if found is None:
            legs, starts = self.now.legs, self.now.starts
            found = self._waited[place] = waited_for(legs, starts, place, self._ending.get(starts[place], ()))
        return found

    def _moved(self, place: int, then: int) -> OrderChange:
        """Let a leg go where ``then`` are before it."""
        return OrderChange((place,), ((then - 0.5 if then <= place else then + 0.5, self.now.legs[place]),))

    def _shifted(self, place: int) -> OrderChange:
        """Let a leg start somewhat earlier or later in the order."""
        last = len(self.now.legs) - 1
        then = place + round(self.rng.gauss(0, self.how.width * last))
        return self._moved(place, min(max(then, 0), last))

    def _before(self, place: int, other: int) -> OrderChange:
        """Let a leg take the turn of the one it waited for, or an earlier one."""
        just_before = self.rng.random() < self.how.just_before
        return self._moved(place, other if just_before else self.rng.randrange(other + 1))

    def _first_in(self, place: int) -> OrderChange | None:
        """Let a leg take the room that one before it took."""
        legs = self.now.legs
        others = [other for other in range(place) if legs[other].dst == legs[place].dst]
        return self._before(place, self.rng.choice(others)) if others else None

    def _another_way(self, place: int) -> OrderChange | None:
        """Send a VM aside, elsewhere aside, or straight."""
        leg = self.now.legs[place]
        if leg.before or leg.after:
            if self.any_cost and self.rng.random() < self.how.straight:
                return self._straight(leg.vm)
            return self._elsewhere(leg.vm)
        if not self.any_cost:
            return self._shifted(place)
        at_once = self.rng.random() < self.how.once_free
        turn = self._after_who_left_before(place) if at_once else self.rng.randint(0, place)
        return self._aside(leg.vm, turn, leg.dst, place)

    def _after_who_left_before(self, place: int) -> int:
        """Give the turn of whoever could start when the last leg before has left the same host."""
        legs, starts = self.now.legs, self.now.starts
        src = legs[place].src
        since = max((starts[it] + legs[it].seconds for it in range(place) if legs[it].src == src), default=0)
        return min(sum(start < since for start in starts), place)

    def _aside(self, vm: int, turn: int, home: int, place: int | None) -> OrderChange | None:
        """Let a VM go to a shelter at some turn in the order, and home from there at its place, or last."""
        legs, starts = self.now.legs, self.now.starts
        src = self.film.first[vm]
        until = self.now.makespan if place is None else starts[place] + legs[place].seconds
        shelter = self._shelter(vm, src, home, starts[turn], until)
        if shelter is None:
            return None
        away = turn - 0.5, self.film.leg(vm, src, shelter, 0, 1)
        back = self.film.leg(vm, shelter, home, 1, 0)
        if place is None:
            return OrderChange((), (away, (len(legs) + 0.5, back)))
        return OrderChange((place,), (away, (_instead(place), back)))

    def _resident_aside(self, vm: int, place: int) -> OrderChange | None:
        """Let a VM that is settled where somebody waits for room make that room for a while."""
        if any(leg.vm == vm for leg in self.now.legs):
            return self._straight(vm)
        return self._aside(vm, self.rng.randint(0, place), self.film.first[vm], None)

    def _places(self, vm: int) -> list[int]:
        return [place for place, leg in enumerate(self.now.legs) if leg.vm == vm]

    def _straight(self, vm: int) -> OrderChange | None:
        """Let a VM go home directly, when it left or when it came home; one at home stays."""
        src, dst, places = self.film.first[vm], self.film.last[vm], self._places(vm)
        kept = places[self.rng.choice((0, -1))]
        if src == dst:
            return OrderChange(tuple(places), ())
        if not self.film.may_go(vm, src, dst):
            return None
        return OrderChange(tuple(places), ((_instead(kept), self.film.leg(vm, src, dst, 0, 0)),))

    def _elsewhere(self, vm: int) -> OrderChange | None:
        """Let a VM step aside to another host."""
        places = self._places(vm)
        if len(places) < 2:
            return None
        number = self.rng.randrange(len(places) - 1)
        into, out = places[number], places[number + 1]
        legs, starts = self.now.legs, self.now.starts
        src, dst, until = legs[into].src, legs[out].dst, starts[out] + legs[out].seconds
        shelter = self._shelter(vm, src, dst, starts[into], until)
        if shelter is None:
            return None
        come = self.film.leg(vm, src, shelter, number, legs[into].after)
        go = self.film.leg(vm, shelter, dst, number + 1, legs[out].after)
        return OrderChange((into, out), ((_instead(into), come), (_instead(out), go)))

    def _shelter(self, vm: int, src: int, dst: int, since: int, until: int) -> int | None:
        """Draw a host that has room for a VM all the time, the others as they are; None: none was found.

        Now and then room when it comes is enough: others will have to wait for its way home.
        """
        rng, film, num_hosts = self.rng, self.film, self.problem.num_hosts
        if rng.random() < self.how.others_wait:
            until = since
        busy: dict[int, int] = {}
        for host in rng.sample(range(num_hosts), min(num_hosts, self.how.most_shelters)):
            if host in (src, dst) or not (film.may_go(vm, src, host) and film.may_go(vm, host, dst)):
                continue
            arriving_s = self._has_room_until(host, vm, since, until)
            if arriving_s is not None:
                busy[host] = arriving_s
        if not busy:
            return None
        if rng.random() < self.how.any_shelter:
            return rng.choice(list(busy))
        return min(busy, key=lambda host: busy[host] + self.how.scatter_s * rng.random())

    def _has_room_until(self, host: int, vm: int, since: int, until: int) -> int | None:
        """Tell whether a host has room for a VM all the time, all others as they are now.

        Returns
        -------
        int | None
            For how long others arrive while the VM would; None where there is no room.
        """
        problem, now = self.problem, self.now
        soon, busy = since + self._about[vm], 0
        changes: list[tuple[int, int, int]] = []
        for place in self._by_host.at[host]:
            start, leg = now.starts[place], now.legs[place]
            if start >= until:
                break
            if leg.vm == vm:
                continue
            end = start + leg.seconds
            if leg.dst == host:
                changes.append((start, -1, leg.vm))
                busy += max(0, min(end, soon) - max(start, since))
            elif end < until:
                changes.append((end, 1, leg.vm))
        changes.sort()
        for resource, amount in problem.needs[vm]:
            free = self.film.free[host][resource]
            for second, sign, other in changes:
                if second > since and free < amount:
                    return None
                free += sign * problem.demand[other][resource]
            if free < amount:
                return None
        return busy


def _instead(place: int) -> float:
    """Give the turn of a leg that takes the place of another."""
    return place + 0.25


def ending(placed: PlacedLegs) -> dict[int, list[int]]:
    """Give the places of the legs that end at each second."""
    found: dict[int, list[int]] = {}
    for place, (start, leg) in enumerate(zip(placed.starts, placed.legs, strict=True)):
        found.setdefault(start + leg.seconds, []).append(place)
    return found


def waited_for(legs: Sequence[Leg], starts: Sequence[int], place: int, over: Iterable[int]) -> list[Waiter]:
    """Give what a leg may have waited for, of those that end when it starts."""
    found = []
    for other in over:
        why = _why(legs[place], legs[other]) if starts[other] < starts[place] else None
        if why is not None:
            found.append(Waiter(place, why, other))
    return found


def shares_channel(leg: Leg, other: Leg) -> bool:
    """Tell whether two legs use a channel both."""
    if any(channel in other.alone for channel in leg.alone):
        return True
    mine = {channel for channel, _ in leg.shared}
    return any(channel in mine for channel, _ in other.shared)


def _why(leg: Leg, other: Leg) -> Why | None:
    """Tell what a leg may have waited for that starts when the other ends; None: not for that."""
    if other.vm == leg.vm:
        return "vm"
    if other.src == leg.dst and leg.dst != OFF:
        return "room"
    return "channel" if shares_channel(leg, other) else None
