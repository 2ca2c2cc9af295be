"""What a migration of a VM takes at least, wherever it goes: seconds, and seconds x amount of a channel."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

from models.precopy import migration_seconds, why_endless
from models.ways import DEFAULT_RATE_MBPS, Slot
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from models.clock import Clock


class Least:
    """The least that any migration of a VM takes, at the rates that the pool knows.

    Parameters
    ----------
    clock
        Of the pool.
    most_modes
        Rates of a migration up to which each is looked at by itself.
    """

    def __init__(self, clock: Clock, most_modes: int = DEFAULT.bound.most_modes) -> None:
        self.clock, self._most_modes = clock, most_modes
        self._rates = [(rate, int(Fraction(str(rate)) * clock.scale)) for rate in _rates(clock)]
        """(Mb/s, the same in units) for every rate."""
        self._most = [
            inf if host.bandwidth_mbps is None else int(Fraction(str(host.bandwidth_mbps)) * clock.scale)
            for host in clock.problem.hosts
        ]
        """``_most[host]``: units that its NIC carries."""
        self._at: dict[int, list[tuple[int, int]]] = {}

    def _each(self, vm: int) -> list[tuple[int, int]]:
        """Give (units of the rate, seconds) for each rate at which the VM can migrate."""
        found = self._at.get(vm)
        if found is None:
            clock, guest = self.clock, self.clock.problem.vms[vm]
            found = self._at[vm] = [
                (units, migration_seconds(clock.timing, guest, rate))
                for rate, units in self._rates
                if why_endless(clock.timing, guest, rate) is None
            ]
        return found

    def modes(self, vm: int, host: int | None = None) -> list[tuple[int, int]]:
        """Give (units of the rate, seconds) of each migration from or to a host, if one is given.

        Through the NIC of the host goes nothing faster than the NIC. Where there are many, it is one mode
        that holds no more than any, and takes no longer.
        """
        modes, most = self._each(vm), inf if host is None else self._most[host]
        if self._rates and self._rates[-1][1] > most:
            modes = [mode for mode in modes if mode[0] <= most]
        if len(modes) <= self._most_modes:
            return modes
        return [(min(rate for rate, _ in modes), min(seconds for _, seconds in modes))]

    def seconds(self, vm: int, host: int | None = None) -> int:
        """Give the least seconds of a migration, from or to a host, if given; 0 where there is none."""
        return min((seconds for _, seconds in self.modes(vm, host)), default=0)

    def direct(self, vm: int) -> int:
        """Give the seconds of the migration from source to target."""
        return self.clock.seconds(vm, self.clock.problem.src[vm], self.clock.problem.dst[vm])

    def to_fly(self, vm: int) -> int:
        """Give the least seconds that a displaced VM is in flight: directly, or out and, later, in."""
        problem = self.clock.problem
        source, target = problem.src[vm], problem.dst[vm]
        two = self.seconds(vm, source) + self.seconds(vm, target)
        return min(self.clock.seconds(vm, source, target), two) if problem.may_go(vm, source, target) else two

    def load(self, vm: int, channel: int) -> int:
        """Give the least amount x seconds that a migration through the channel holds of it.

        Through a wire goes nothing faster than the wire.
        """
        if isinstance(name := self.clock.names[channel], Slot):
            return self.seconds(vm, self.clock.problem.host_index.get(name.host))
        limit = self.clock.limits[channel]
        return min((rate * seconds for rate, seconds in self._each(vm) if rate <= limit), default=0)


def _rates(clock: Clock) -> list[float]:
    """Give all rates that a migration can have: each is the least of some of the pool's figures."""
    cap = clock.timing.rate_mbps
    wires = {host.bandwidth_mbps for host in clock.problem.hosts} | {link.mbps for link in clock.timing.links}
    free = cap if cap is not None else DEFAULT_RATE_MBPS
    found = {float(free)} if cap is not None or None in wires else set()
    found |= {float(mbps if cap is None else min(mbps, cap)) for mbps in wires if mbps is not None}
    # None is faster than the fastest NIC; where a host does not say what it has, links alone decide.
    nics = (host.bandwidth_mbps for host in clock.problem.hosts)
    fastest = max((inf if mbps is None else mbps for mbps in nics), default=inf)
    return sorted(rate for rate in found if rate <= max(fastest, min(found)))
