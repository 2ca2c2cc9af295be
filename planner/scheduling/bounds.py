"""Bounds of the makespan that need no solver. ALGORITHM.md, "Bounds of the makespan"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.moves import OFF
from planner.scheduling.least import Least

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.clock import Clock
    from models.problem import Problem
    from planner.scheduling.freedom import Freedom


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan of the kind asked for ends before ``seconds``; ``why`` says what keeps it."""

    seconds: int
    why: str


def makespan_bound(problem: Problem, clock: Clock, freedom: Freedom) -> Bound:
    """Give the best of the bounds that are read off the pool.

    Parameters
    ----------
    problem
        With everyone in it.
    """
    least = Least(clock)
    bounds = [_read_off(problem, clock, freedom, least)]
    if any(freedom.off):
        # Whoever is stopped is started again: a plan that ends before both are done stops nobody.
        stopped = Bound(clock.shutdown_s + clock.provision_s, "a stop and a start")
        if not _is_stopped_for_certain(problem, freedom, least):
            stopped = min(stopped, _read_off(problem, clock, freedom.without_stops(), least), key=_seconds)
        bounds.append(stopped)
    return max(bounds, key=_seconds)


def _is_stopped_for_certain(problem: Problem, freedom: Freedom, least: Least) -> bool:
    """Tell whether some VM has no way to its target but to be stopped."""
    for vm in problem.displaced:
        source, target = problem.src[vm], problem.dst[vm]
        if freedom.off[vm] and not problem.may_go(vm, source, target):
            leaves_and_comes = least.seconds(vm, source) and least.seconds(vm, target)
            if not (freedom.aside[vm] and leaves_and_comes):
                return True
    return False


def _read_off(problem: Problem, clock: Clock, freedom: Freedom, least: Least) -> Bound:
    """Give the best bound of plans that may stop those whom ``freedom`` lets be stopped."""
    bounds = [
        Bound(0, "nothing moves"),
        *_longest(problem, clock, freedom, least),
        *_busiest(problem, clock, freedom, least),
        *_energy(problem, clock, freedom, least),
    ]
    return max(bounds, key=_seconds)


def _seconds(bound: Bound) -> int:
    return bound.seconds


def moving(problem: Problem, freedom: Freedom) -> Iterator[int]:
    """Yield the VMs that migrate in every plan asked for, in order."""
    for vm in problem.displaced:
        if OFF not in (problem.src[vm], problem.dst[vm]) and not freedom.off[vm]:
            yield vm


def least_seconds(problem: Problem, clock: Clock, freedom: Freedom, least: Least, vm: int) -> int:
    """Give the least seconds that a displaced VM is in flight; if it must go directly, then so."""
    source, target = problem.src[vm], problem.dst[vm]
    if not freedom.aside[vm]:
        return clock.seconds(vm, source, target)
    return least.to_fly(vm)


def least_seconds_at(freedom: Freedom, least: Least, vm: int, host: int) -> int:
    """Give the least seconds of a migration of a VM off its source or to its target, which is the host."""
    return least.seconds(vm, host) if freedom.aside[vm] else least.direct(vm)


def _longest(problem: Problem, clock: Clock, freedom: Freedom, least: Least) -> Iterator[Bound]:
    """A task alone takes its time."""
    for vm in problem.displaced:
        name = problem.vms[vm].name
        if problem.dst[vm] == OFF:
            yield Bound(clock.shutdown_s, f"the shutdown of {name}")
        elif problem.src[vm] == OFF:
            yield Bound(clock.provision_s, f"the provision of {name}")
        elif not freedom.off[vm]:
            yield Bound(least_seconds(problem, clock, freedom, least, vm), f"the migration of {name}")


def _busiest(problem: Problem, clock: Clock, freedom: Freedom, least: Least) -> Iterator[Bound]:
    """Whatever goes through a channel for certain, at no more than its limit at a time."""
    load = [0] * len(clock.limits)
    for vm in moving(problem, freedom):
        source, target = problem.src[vm], problem.dst[vm]
        for channel, amount in clock.uses(source, target):
            load += [0] * (len(clock.limits) - len(load))
            if freedom.aside[vm]:
                load[channel] += least.load(vm, channel)
            else:
                load[channel] += amount * clock.seconds(vm, source, target)
    for channel, total in enumerate(load):
        name = clock.names[channel]
        yield Bound(-(-total // clock.limits[channel]), " ".join(part for part in name if part))


def _energy(problem: Problem, clock: Clock, freedom: Freedom, least: Least) -> Iterator[Bound]:
    """Whoever is in flight takes room twice, and there is only so much free room in the pool."""
    seconds = {vm: least_seconds(problem, clock, freedom, least, vm) for vm in moving(problem, freedom)}
    for resource, name in enumerate(problem.resources):
        free = free_room(problem, freedom, resource)
        total = sum(problem.demand[vm][resource] * taken for vm, taken in seconds.items())
        if total and free > 0:
            yield Bound(-(-total // free), f"the free {name} of all hosts")


def free_room(problem: Problem, freedom: Freedom, resource: int) -> int:
    """Give the most of a resource that all VMs in flight can take beyond what they take at rest."""
    load = [0] * problem.num_hosts
    at_rest = 0
    for vm in range(problem.num_vms):
        demand, source = problem.demand[vm][resource], problem.src[vm]
        if source != OFF:
            load[source] += demand
        if OFF not in (source, problem.dst[vm]) and not freedom.off[vm]:
            at_rest += demand
    return sum(max(problem.usable[host][resource], load[host]) for host in range(problem.num_hosts)) - at_rest
