"""Stops as late as may be, in seconds and in waves, so that VMs are off for as short as can be.

A stop takes no wire and no slot, so in a schedule it may wait until its VM is in somebody's way: nothing ends
later for it. ALGORITHM.md, "Phases".
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from models.moves import OFF
from planner.scheduling.stays import NO_TASK, limits_of, stays_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.tasks import Work
    from planner.scheduling.stays import Limit, TaskStay
    from planner.scheduling.wave_film import WaveFilm


def stops_of(work: Work) -> dict[int, int]:
    """Give for each task that stops a VM for a while the one that starts it again."""
    stopped: dict[int, int] = {}
    found = {}
    for number, task in enumerate(work.tasks):
        if task.src == OFF and task.vm in stopped:
            found[stopped.pop(task.vm)] = number
        elif task.dst == OFF:
            stopped[task.vm] = number
    return found


def stopped_late(work: Work, starts: Sequence[int]) -> list[int]:
    """Give the starts of a schedule in which each stop is as late as all else, as it is, allows.

    It ends when its VM starts again, or before the first who comes to its host and would lack the room. Where
    either of two could wait for the other's room, the one that is first in the plan waits.

    Parameters
    ----------
    starts
        A schedule that keeps every limit, in whole seconds.
    """
    found, begins = list(starts), stops_of(work)
    if not begins:
        return found
    levels = _levels(work, starts, {work.tasks[stop].src for stop in begins})
    for stop, start in begins.items():
        task = work.tasks[stop]
        ends, until = starts[stop] + task.seconds, starts[start]
        counted = [level for level in levels[task.src] if level.weight_of[stop]]
        for level in counted:
            until = level.free_until(stop, ends, until)
        for level in counted:
            level.keep(stop, ends, until)
        found[stop] = until - task.seconds
    return found


def _levels(work: Work, starts: Sequence[int], hosts: set[int]) -> dict[int, list[_Level]]:
    """Give those of each of some hosts."""
    levels: dict[int, list[_Level]] = {host: [] for host in hosts}
    for host, stays in stays_of(work).items():
        if host not in hosts:
            continue
        begins = [-inf if stay.comes == NO_TASK else starts[stay.comes] for stay in stays]
        ends = [inf if it.goes == NO_TASK else starts[it.goes] + work.tasks[it.goes].seconds for it in stays]
        for limit in limits_of(work, host, stays):
            levels[host].append(_Level(limit, stays, begins, ends))
    return levels


class _Level:
    """How much of one limit of a host is taken whenever somebody arrives who takes some.

    Parameters
    ----------
    limit, stays
        Those of the host.
    begins, ends
        Of the stays, in seconds, infinite where they reach beyond the plan.
    """

    def __init__(
        self, limit: Limit, stays: Sequence[TaskStay], begins: Sequence[float], ends: Sequence[float]
    ) -> None:
        self.most = limit.most
        self.weight_of = {stay.goes: weight for stay, weight in zip(stays, limit.weights, strict=True)}
        counted = [it for it, weight in enumerate(limit.weights) if weight]
        self.moments = sorted({begins[it] for it in counted if begins[it] != -inf})
        changes = [0] * (len(self.moments) + 1)
        for it in counted:
            changes[bisect_left(self.moments, begins[it])] += limit.weights[it]
            # Who comes and goes in the same second may be there still for another of that second.
            behind = bisect_right if begins[it] == ends[it] else bisect_left
            changes[behind(self.moments, ends[it])] -= limit.weights[it]
        self.taken = np.cumsum(np.array(changes, dtype=object))
        """``taken[it]``: right after all arrivals at ``moments[it]``."""

    def free_until(self, stop: int, end: int, until: int) -> int:
        """Give the first moment from a stop on at which others need its room, ``until`` if that is none."""
        first, last = bisect_left(self.moments, end), bisect_left(self.moments, until)
        short = np.flatnonzero(self.taken[first:last] + self.weight_of[stop] > self.most)
        return int(self.moments[first + short[0]]) if short.size else until

    def keep(self, stop: int, end: int, until: int) -> None:
        """Count the VM of a stop until a later second than its end so far."""
        first, last = bisect_left(self.moments, end), bisect_left(self.moments, until)
        self.taken[first:last] += self.weight_of[stop]


def stopped_in_late_waves(work: Work, film: WaveFilm, waves: Sequence[int]) -> list[int]:
    """Give waves in which each stop is as late as all else, as it is, allows; no more than before."""
    found, begins = list(waves), stops_of(work)
    if not begins:
        return found
    concerned = {limit for stop in begins for limit, _ in film.goes[stop]}
    changes = {limit: [film.free[limit]] + [0] * (max(waves) + 1) for limit in concerned}
    arrivals: dict[int, set[int]] = {limit: set() for limit in concerned}
    for task, wave in enumerate(waves):
        for limit, weight in film.comes[task]:
            if limit in concerned:
                changes[limit][wave] -= weight
                arrivals[limit].add(wave)
        for limit, weight in film.goes[task]:
            if limit in concerned:
                changes[limit][wave + 1] += weight
    left = {limit: list(accumulate(more)) for limit, more in changes.items()}
    arrives_in = {limit: sorted(found_in) for limit, found_in in arrivals.items()}
    for stop in begins:
        last = min(found[other] - apart for other, apart in film.followers[stop].items())
        for limit, weight in film.goes[stop]:
            later = arrives_in[limit][bisect_right(arrives_in[limit], found[stop]) :]
            last = next((wave - 1 for wave in later if wave <= last and left[limit][wave] < weight), last)
        for limit, weight in film.goes[stop]:
            for wave in range(found[stop] + 1, last + 1):
                left[limit][wave] -= weight
        found[stop] = last
    number_of = {wave: number for number, wave in enumerate(sorted(set(found)), 1)}
    return [number_of[wave] for wave in found]
