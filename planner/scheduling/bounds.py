"""Bounds of the makespan that need no solver. ALGORITHM.md, "Bounds of the makespan"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.scheduling.freedom_in_time import FreedomInTime


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan of the kind asked for ends before ``seconds``; ``why`` says what keeps it."""

    seconds: int
    why: str


def makespan_bound(free: FreedomInTime) -> Bound:
    """Give the best of the bounds that are read off the pool."""
    bounds = [_read_off(free)]
    if any(free.freedom.off):
        # Whoever is stopped is started again: a plan that ends before both are done stops nobody.
        stopped = Bound(free.clock.shutdown_s + free.clock.provision_s, "a stop and a start")
        if not _is_stopped_for_certain(free):
            stopped = min(stopped, _read_off(free.without_stops()), key=_seconds)
        bounds.append(stopped)
    return max(bounds, key=_seconds)


def _is_stopped_for_certain(free: FreedomInTime) -> bool:
    """Tell whether some VM has no way to its target but to be stopped."""
    problem, freedom, least = free.problem, free.freedom, free.least
    for vm in problem.displaced:
        source, target = problem.src[vm], problem.dst[vm]
        if freedom.off[vm] and not problem.may_go(vm, source, target):
            leaves_and_comes = least.seconds(vm, source) and least.seconds(vm, target)
            if not (freedom.aside[vm] and leaves_and_comes):
                return True
    return False


def _read_off(free: FreedomInTime) -> Bound:
    """Give the best bound of plans that may stop those whom the freedom lets be stopped."""
    return max([Bound(0, "nothing moves"), *_longest(free), *_busiest(free), *_energy(free)], key=_seconds)


def _seconds(bound: Bound) -> int:
    return bound.seconds


def _longest(free: FreedomInTime) -> Iterator[Bound]:
    """A task alone takes its time."""
    problem, clock = free.problem, free.clock
    for vm in problem.displaced:
        name = problem.vms[vm].name
        if problem.dst[vm] == OFF:
            yield Bound(clock.shutdown_s, f"the shutdown of {name}")
        elif problem.src[vm] == OFF:
            yield Bound(clock.provision_s, f"the provision of {name}")
        elif not free.freedom.off[vm]:
            yield Bound(free.seconds(vm), f"the migration of {name}")


def _busiest(free: FreedomInTime) -> Iterator[Bound]:
    """Whatever goes through a channel for certain, at no more than its limit at a time."""
    problem, clock = free.problem, free.clock
    load = [0] * len(clock.limits)
    for vm in free.moving():
        for channel, amount in clock.uses(problem.src[vm], problem.dst[vm]):
            load += [0] * (len(clock.limits) - len(load))
            if free.freedom.aside[vm]:
                load[channel] += free.least.load(vm, channel)
            else:
                load[channel] += amount * free.least.direct(vm)
    for channel, total in enumerate(load):
        name = clock.names[channel]
        yield Bound(-(-total // clock.limits[channel]), " ".join(part for part in name if part))


def _energy(free: FreedomInTime) -> Iterator[Bound]:
    """Whoever is in flight takes room twice, and there is only so much free room in the pool."""
    demand, seconds = free.problem.demand, {vm: free.seconds(vm) for vm in free.moving()}
    for resource, name in enumerate(free.problem.resources):
        room = free.free_room(resource)
        total = sum(demand[vm][resource] * taken for vm, taken in seconds.items())
        if total and room > 0:
            yield Bound(-(-total // room), f"the free {name} of all hosts")
