"""Tasks put into waves one by one, each into the earliest from which on there is room for it.

ALGORITHM.md, "Waves".
"""

from __future__ import annotations

from bisect import insort
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from planner.scheduling.precedences import previous_of_each
from planner.scheduling.stays import NO_TASK, limits_of, stays_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from heuristics.tasks import Work

MANY = 150
"""Stays on a host from which on arrays count them quicker than lists: the same comes out."""

Held = list[list[tuple[int, int]]]
"""For each task (limit, weight) of what its VM takes where it goes, or gives back where it comes from."""


class WaveFilm:
    """Tasks in one direction of time, and what keeps them in waves of their own.

    Parameters
    ----------
    order
        All tasks, each behind those that it waits for.
    waits
        ``waits[task]``: other -> 1 where it is in a later wave than the other in any case, else 0.
    comes, goes
        What each task takes of the limits where it goes, and gives back where it leaves.
    free
        Of each limit, before the first wave; below 0 where a host is over it.
    many
        The limits of which many tasks take some.
    """

    def __init__(
        self,
        order: Sequence[int],
        waits: Sequence[dict[int, int]],
        comes: Held,
        goes: Held,
        free: Sequence[int],
        many: Sequence[int] = (),
    ) -> None:
        self.order, self.waits, self.comes, self.goes = order, waits, comes, goes
        self.free, self.many = free, many
        self.followers: list[dict[int, int]] = [{} for _ in order]
        for task, others in enumerate(waits):
            for other, apart in others.items():
                self.followers[other][task] = apart
        self._rank = [0] * len(order)
        for place, task in enumerate(order):
            self._rank[task] = place

    def backwards(self) -> WaveFilm:
        """Give the film that runs back from the end."""
        free = list(self.free)
        for sign, held in ((-1, self.comes), (1, self.goes)):
            for amounts in held:
                for limit, weight in amounts:
                    free[limit] += sign * weight
        return WaveFilm(self.order[::-1], self.followers, self.goes, self.comes, free, self.many)

    def one_behind_another(self) -> list[int]:
        """Give waves, from 1, of which each task is in the one behind all that it waits for.

        These are safe wherever the precedences are.
        """
        waves = [1] * len(self.order)
        for task in self.order:
            waves[task] += max((waves[other] for other in self.waits[task]), default=0)
        return waves

    def filled(self, urgency: Sequence[float]) -> list[int]:
        """Give the wave of each task, from 1: the earliest, beside those that are more urgent.

        Parameters
        ----------
        urgency
            Of each task; the less, the more urgent. Nobody goes before those that it waits for.
        """
        rank = self._rank
        taken: list[FewChanges | ManyChanges] = list(map(FewChanges, self.free))
        for limit in self.many:
            taken[limit] = ManyChanges(self.free[limit])
        waves = [1] * len(rank)
        missing = [len(others) for others in self.waits]
        agenda = [(urgency[task], rank[task]) for task, count in enumerate(missing) if not count]
        heapify(agenda)
        while agenda:
            task = self.order[heappop(agenda)[1]]
            wave = waves[task]
            for limit, weight in self.comes[task]:
                wave = taken[limit].with_room(weight, wave)
            waves[task] = wave
            for limit, weight in self.comes[task]:
                taken[limit].take(weight, wave)
            for limit, weight in self.goes[task]:
                taken[limit].take(-weight, wave + 1)
            for follower, apart in self.followers[task].items():
                waves[follower] = max(waves[follower], wave + apart)
                missing[follower] -= 1
                if not missing[follower]:
                    heappush(agenda, (urgency[follower], rank[follower]))
        return waves


class FewChanges:
    """What is taken of a limit from which wave on: a list of changes, for hosts as they mostly are.

    Parameters
    ----------
    free
        What is left of it before the first wave.
    """

    __slots__ = "_changes", "_free"

    def __init__(self, free: int) -> None:
        self._free = free
        self._changes: list[tuple[int, int]] = []
        """(wave from which on so much more is taken, how much), earliest first."""

    def with_room(self, weight: int, wave: int) -> int:
        """Give the earliest wave, not before the given one, from which on so much is left to the end."""
        room = self._free - weight
        assert room >= 0, "the precedences are not safe"
        # Of one wave arrivals are the last, and so undone first: what is left is least when all are.
        for since, more in reversed(self._changes):
            if since <= wave:
                break
            room += more
            if room < 0:
                return since
        return wave

    def take(self, weight: int, wave: int) -> None:
        """Take so much more from a wave on; below 0, give it back."""
        insort(self._changes, (wave, weight))
        self._free -= weight


class ManyChanges:
    """The same by what is left in each wave, for a host that thousands come to or leave."""

    def __init__(self, free: int) -> None:
        self._free = np.full(MANY, free, dtype=np.int64)
        """``free[wave]``; in all waves behind it is as in the last."""

    def with_room(self, weight: int, wave: int) -> int:
        """Give the earliest wave, not before the given one, from which on so much is left to the end."""
        assert self._free[-1] >= weight, "the precedences are not safe"
        short = np.flatnonzero(self._free[wave:] < weight)
        return wave + int(short[-1]) + 1 if short.size else wave

    def take(self, weight: int, wave: int) -> None:
        """Take so much more from a wave on; below 0, give it back."""
        if wave >= len(self._free):
            more = np.full(2 * wave - len(self._free), self._free[-1], dtype=np.int64)
            self._free = np.concatenate([self._free, more])
        self._free[wave:] -= weight


def wave_film(
    work: Work,
    starts: Sequence[int],
    after: Sequence[Iterable[int]],
    apart: Sequence[Iterable[int]],
) -> WaveFilm:
    """Give the film that runs forwards.

    Parameters
    ----------
    starts
        Of the tasks.
    after
        Precedences that are safe whatever the durations.
    apart
        ``apart[task]``: those whose wave is over when that of the task begins, whatever the room.
    """
    waits = [dict.fromkeys(others, 0) for others in after]
    for task, previous in enumerate(previous_of_each(work)):
        if previous != NO_TASK:
            waits[task][previous] = 1
    for task, others in enumerate(apart):
        waits[task].update(dict.fromkeys(others, 1))
    comes: Held = [[] for _ in work.tasks]
    goes: Held = [[] for _ in work.tasks]
    free: list[int] = []
    many: list[int] = []
    for host, stays in stays_of(work).items():
        for limit in limits_of(work, host, stays):
            number = len(free)
            if len(stays) > MANY:
                many.append(number)
            free.append(limit.most - limit.at_first)
            for stay, weight in zip(stays, limit.weights, strict=True):
                if weight and stay.comes != NO_TASK:
                    comes[stay.comes].append((number, weight))
                if weight and stay.goes != NO_TASK:
                    goes[stay.goes].append((number, weight))
    return WaveFilm(work.order(starts), waits, comes, goes, free, many)
