"""Time by index: the seconds of every move of a problem, and what it holds meanwhile, as integers.

What :class:`~models.durations.Durations` says by name, for list schedulers and CP-SAT.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, lcm
from typing import TYPE_CHECKING

from models.precopy import migration_seconds
from models.problem import OFF
from models.ways import Slot, Way, Ways, Wire, slots_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.problem import Problem

FINEST = 10**6
"""Steps of a Mb/s that rates are counted in at most; finer ones are rounded."""

MOST_SETS, MOST_RATES = 20_000, 50
"""Sets of migrations, and rates, up to which it is looked whether rounding changes who fits a wire."""

Rounding = Callable[[Fraction], int]

Use = tuple[int, int]
"""(channel, amount): what a migration holds from its start to its end."""


class Clock:
    """Durations, wires and slots of a problem.

    A *channel* is whatever migrations share apart from room: one direction of a NIC, one of a link, or the
    slots of a limit. Where a host lets only one migration at a time through a NIC, the slot alone says it.

    Parameters
    ----------
    problem
        What is scheduled; a part of one, too.
    generous
        Rates finer than a millionth of a Mb/s are rounded so that wires carry no less than they do, for who
        proves something; by default so that they carry no more, for who makes schedules. Where the former
        changes nothing, it is done for both.

    Attributes
    ----------
    names
        ``names[channel]``: the wire or slot.
    limits
        ``limits[channel]``: what it carries at a time: slots, or, of a wire, ``scale`` units a Mb/s.
    scale
        Units in a Mb/s.
    is_exact
        In these units the same migrations go through a wire together as do in truth: all rates are whole, or
        rounded so that it changes nothing.
    is_uniform
        Of all wires on its way a migration takes the same.
    shutdown_s, provision_s
        Whole seconds of a shutdown or stop, and of a provision or start.
    """

    def __init__(self, problem: Problem, *, generous: bool = False) -> None:
        self.problem, self._generous = problem, generous
        self.timing = problem.pool.current.timing
        self.shutdown_s, self.provision_s = self.timing.shutdown_s, self.timing.provision_s
        self._ways = Ways(self.timing)
        self.names: list[Wire | Slot] = []
        self.limits: list[int] = []
        self._number: dict[Wire | Slot, int] = {}
        finest = lcm(*(Fraction(str(rate)).denominator for rate in set(self._all_rates())))
        self.scale, self.is_exact = min(FINEST, finest), finest <= FINEST
        self.is_uniform = self.is_exact
        if not self.is_exact and self._changes_nothing(floor, ceil):
            self.is_exact = self.is_uniform = self._generous = True
        elif not self.is_exact and not generous:
            self.is_exact = self._changes_nothing(ceil, floor)
        self._links = {link.name: link.mbps for link in self.timing.links}
        self._seconds: dict[tuple[int, float], int] = {}
        self._uses: dict[tuple[int, int], tuple[Use, ...]] = {}
        self._rates: dict[tuple[int, int], float] = {}
        self._units_of_rate: dict[float, int] = {}

    def _all_rates(self) -> Iterable[float]:
        yield from (host.bandwidth_mbps for host in self.problem.hosts if host.bandwidth_mbps is not None)
        yield from (link.mbps for link in self.timing.links)
        if self.timing.rate_mbps is not None:
            yield self.timing.rate_mbps

    def _changes_nothing(self, of_rate: Rounding, of_wire: Rounding) -> bool:
        """Tell whether the same migrations go through each wire together when rates are rounded so."""
        cap, rates = self.timing.rate_mbps, set(self._all_rates())
        hosts = self.problem.hosts
        wires = {it.bandwidth_mbps for it in hosts if it.bandwidth_mbps is not None}
        exact = {Fraction(str(rate)) * self.scale for rate in rates if cap is None or rate <= cap}
        looks = iter(range(MOST_SETS))
        for wire in wires | {link.mbps for link in self.timing.links}:
            most = Fraction(str(wire)) * self.scale
            limit = of_wire(most)
            sizes = ((rate, min(of_rate(rate), limit)) for rate in exact if rate <= most)
            if not _same_sets_fit(sorted(sizes, reverse=True), most, limit, looks):
                return False
        return True

    def seconds(self, vm: int, src: int, dst: int) -> int:
        """Give the whole seconds of a move: a migration, from ``OFF`` a start, to ``OFF`` a stop.

        Raises
        ------
        PlannerError
            The migration takes more than 10^9 s.
        """
        if src == OFF:
            return self.provision_s
        if dst == OFF:
            return self.shutdown_s
        rate = self.rate_mbps(src, dst)
        found = self._seconds.get((vm, rate))
        if found is None:
            found = migration_seconds(self.timing, self.problem.vms[vm], rate)
            self._seconds[vm, rate] = found
        return found

    def rate_mbps(self, src: int, dst: int) -> float:
        """Give the rate of a migration between two hosts."""
        found = self._rates.get((src, dst))
        if found is None:
            self._look_at(src, dst)
            found = self._rates[src, dst]
        return found

    def uses(self, src: int, dst: int) -> tuple[Use, ...]:
        """Give what a move between two hosts holds; nothing where one of them is ``OFF``."""
        if src == OFF or dst == OFF:
            return ()
        found = self._uses.get((src, dst))
        if found is None:
            self._look_at(src, dst)
            found = self._uses[src, dst]
        return found

    def _look_at(self, src: int, dst: int) -> None:
        hosts = self.problem.hosts
        way = self._ways.between(hosts[src], hosts[dst])
        self._rates[src, dst] = way.rate_mbps
        slots = slots_between(self.timing, hosts[src], hosts[dst])
        taken = [(self._channel(slot, most), 1) for slot, most in slots]
        self._uses[src, dst] = (*taken, *self._wires(src, dst, way))

    def _wires(self, src: int, dst: int, way: Way) -> Iterable[Use]:
        units = self._units(way)
        for wire in way.wires:
            if not self._only_one_at_a_time(wire, src, dst):
                carries = self._carries(wire, src, dst)
                # Never above what the wire carries: alone, every migration fits its way.
                yield self._channel(wire, carries), min(units, carries)

    def for_proofs(self) -> Clock:
        """Give one in which no schedule of the pool is missing: another only where rates are rounded."""
        return self if self.is_exact else Clock(self.problem, generous=True)

    def units(self, src: int, dst: int) -> int:
        """Give what a migration between two hosts takes of each wire on its way, where that is uniform."""
        return self._units(self._ways.between(self.problem.hosts[src], self.problem.hosts[dst]))

    def _units(self, way: Way) -> int:
        found = self._units_of_rate.get(way.rate_mbps)
        if found is None:
            exact = Fraction(str(way.rate_mbps)) * self.scale
            found = floor(exact) if self._generous else ceil(exact)
            self._units_of_rate[way.rate_mbps] = found
        return found

    def _carries(self, wire: Wire, src: int, dst: int) -> int:
        if wire.direction in ("up", "down"):
            mbps = self._links[wire.name]
        else:
            mbps = self.problem.hosts[src if wire.direction == "out" else dst].bandwidth_mbps or 0
        exact = Fraction(str(mbps)) * self.scale
        return max(1, ceil(exact) if self._generous else floor(exact))

    def _only_one_at_a_time(self, wire: Wire, src: int, dst: int) -> bool:
        if wire.direction in ("up", "down"):
            return False
        host = self.problem.hosts[src if wire.direction == "out" else dst]
        return 1 in (host.max_out if wire.direction == "out" else host.max_in, host.max_moves)

    def _channel(self, name: Wire | Slot, limit: int) -> int:
        found = self._number.get(name)
        if found is None:
            found = self._number[name] = len(self.names)
            self.names.append(name)
            self.limits.append(limit)
        return found


def _same_sets_fit(
    sizes: list[tuple[Fraction, int]], most: Fraction, rounded_most: int, looks: Iterator[int]
) -> bool:
    """Tell whether any of some sizes, each as often as may be, fit in truth where they fit rounded.

    And the other way round. False where there are too many to look at.

    Parameters
    ----------
    sizes
        (size, rounded), the largest first.
    looks
        One is taken for each set that is looked at.
    """

    def same(place: int, left: Fraction, rounded_left: int) -> bool:
        if next(looks, None) is None:
            return False
        size, rounded = sizes[place]
        if place == len(sizes) - 1:
            # Of one size it is enough to know how many fit.
            return left // size == rounded_left // rounded
        while left >= 0 and rounded_left >= 0:
            if not same(place + 1, left, rounded_left):
                return False
            left, rounded_left = left - size, rounded_left - rounded
        return left < 0 and rounded_left < 0

    if len(sizes) > MOST_RATES or any(rounded <= 0 for _, rounded in sizes):
        return False
    return not sizes or same(0, most, rounded_most)
