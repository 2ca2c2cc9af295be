"""What it takes, in time, to bring a VM to where a placement has it: seconds, and of what migrations share.

ALGORITHM.md, "As early as can be".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from models.clock import Clock
from models.ways import Slot, Ways, Wire
from planner.scheduling.least import Least

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.goals.choice import Choice

PARTS = 1_000
"""Parts of a second that the model counts; what a share comes to is rounded down, so that a bound is one."""

Channel = Slot | Wire


@dataclass(frozen=True, slots=True)
class Trip:
    """What a VM that ends elsewhere takes.

    Parameters
    ----------
    seconds
        From when it leaves its host until it is on the other.
    shares
        Channel -> parts of a second for which it would hold the channel whole: one migration of 8 s where
        two may go at a time holds it for 4 s.
    """

    seconds: int
    shares: dict[Channel, int]


def least_end(trips: Iterable[Trip]) -> int:
    """Give the second before which some trips have not all ended, order and room aside."""
    held: dict[Channel, int] = defaultdict(int)
    longest = 0
    for trip in trips:
        longest = max(longest, trip.seconds)
        for channel, share in trip.shares.items():
            held[channel] += share
    return max(longest, -(-max(held.values(), default=0) // PARTS))


class Trips:
    """The trips of a pool, going straight, or as little as any way takes.

    Parameters
    ----------
    choice
        What there is to choose from.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._clock = Clock(choice.problem).for_proofs()
        self._least = Least(self._clock)
        self._ways = Ways(self._clock.timing)
        self._links = self._clock.timing.links
        self._known: dict[tuple[int, int], Trip] = {}

    def straight(self, vm: int, host: int) -> Trip:
        """Give what going straight takes; where the VM may not, the least."""
        choice, source = self._choice, self._choice.src[vm]
        if not choice.problem.vms[vm].movable or not choice.problem.filters.goes(vm, source, host, host):
            return self.least(vm, host)
        clock, seconds = self._clock, self._clock.seconds(vm, source, host)
        held = ((clock.names[channel], channel, amount) for channel, amount in clock.uses(source, host))
        shares = {name: self._part(amount * seconds, clock.limits[n]) for name, n, amount in held}
        return Trip(seconds, shares)

    def least(self, vm: int, host: int) -> Trip:
        """Give what every way to that host takes at least: out of the one, in to the other, in the end."""
        if (vm, host) not in self._known:
            self._known[vm, host] = self._of_any_way(vm, host)
        return self._known[vm, host]

    def end(self, at: Sequence[int]) -> int:
        """Give a bound of the end of every plan to a placement."""
        choice = self._choice
        moved = [vm for vm, host in enumerate(at) if host != choice.src[vm] and vm not in choice.provisioned]
        return least_end(self.least(vm, at[vm]) for vm in moved)

    def leaving(self, vm: int) -> Trip:
        """Give what the VM takes at least that leaves its host, wherever it goes."""
        seconds = self._least.seconds(vm, self._choice.src[vm])
        if self._choice.stop_cost(vm) is not None:
            return Trip(self._or_stopped(vm, seconds), {})
        shares = dict(self._at(vm, self._choice.src[vm], "out"))
        return Trip(seconds, shares | self._in_pool(self._least.seconds(vm)))

    def _of_any_way(self, vm: int, host: int) -> Trip:
        choice, source = self._choice, self._choice.src[vm]
        guest, clock = choice.problem.vms[vm], self._clock
        goes = guest.movable and choice.problem.filters.goes(vm, source, host, host)
        aside = self._least.seconds(vm, source) + self._least.seconds(vm, host)
        seconds = min(aside, clock.seconds(vm, source, host)) if goes else aside
        if choice.stop_cost(vm) is not None:
            # Who is stopped goes through nothing.
            return Trip(self._or_stopped(vm, seconds), {})
        if goes and not guest.detours:
            return self.straight(vm, host)
        shares = dict(self._at(vm, source, "out"))
        for name, share in (*self._at(vm, host, "in"), *self._on_links(vm, source, host)):
            shares[name] = shares.get(name, 0) + share
        return Trip(seconds, shares | self._in_pool(seconds))

    def _or_stopped(self, vm: int, seconds: int) -> int:
        stopped = self._clock.shutdown_s + self._clock.provision_s
        return min(seconds, stopped) if self._choice.problem.vms[vm].movable else stopped

    def _at(self, vm: int, host: int, direction: str) -> Iterator[tuple[Channel, int]]:
        """Give what one migration from or to a host takes of it at least."""
        there, seconds = self._clock.problem.hosts[host], self._least.seconds(vm, host)
        if direction == "out":
            yield Slot("max_out", there.name), self._part(seconds, there.max_out)
        else:
            yield Slot("max_in", there.name), self._part(seconds, there.max_in)
        if there.max_moves is not None:
            yield Slot("max_moves", there.name), self._part(seconds, there.max_moves)
        if there.bandwidth_mbps is not None:
            held = min((units * taken for units, taken in self._least.modes(vm, host)), default=0)
            wire = Wire("out" if direction == "out" else "in", there.name)
            yield wire, self._part(held, self._units(there.bandwidth_mbps))

    def _on_links(self, vm: int, source: int, host: int) -> Iterator[tuple[Channel, int]]:
        """Give what crosses a link for certain: who is behind it now or in the end, and not both."""
        hosts = self._clock.problem.hosts
        here, there = (set(self._ways.links_of(hosts[it].name)) for it in (source, host))
        for number in sorted(here ^ there):
            link = self._links[number]
            most = self._units(link.mbps)
            held = (rate * seconds for rate, seconds in self._least.modes(vm) if rate <= most)
            yield (
                Wire("up" if number in here else "down", link.name),
                self._part(min(held, default=0), most),
            )

    def _in_pool(self, seconds: int) -> dict[Channel, int]:
        most = self._clock.timing.max_parallel
        return {} if most is None else {Slot("max_parallel"): self._part(seconds, most)}

    def _units(self, mbps: float) -> int:
        return max(1, ceil(Fraction(str(mbps)) * self._clock.scale))

    @staticmethod
    def _part(held: int, limit: int) -> int:
        return PARTS * held // limit
