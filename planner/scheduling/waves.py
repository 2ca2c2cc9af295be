"""Waves, for tools that only know barriers: each starts when the one before has ended.

In a wave whoever leaves frees nothing, and whoever arrives takes room, so it is safe whatever the durations
if all arrivals fit beside all that are there when it begins. ALGORITHM.md, "Waves".
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from heuristics.spare import Spare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from heuristics.tasks import Work


def waves(work: Work, starts: Sequence[int], after: Sequence[Sequence[int]]) -> list[int]:
    """Give the wave of every task, from 1: none in an earlier one than a task that it waits for.

    Parameters
    ----------
    starts
        Of the tasks; of two that are as urgent, the one that starts first is in the earlier wave.
    after
        Precedences that are safe whatever the durations.
    """
    return _Waves(work, starts, after).fill()


class _Waves:
    """Waves, filled one by one, each with as many of the most urgent tasks as fit."""

    def __init__(self, work: Work, starts: Sequence[int], after: Sequence[Sequence[int]]) -> None:
        self.tasks = work.tasks
        self.wave = [0] * len(work.tasks)
        self.spare = Spare(work.problem, work.at_first)
        self.followers: list[list[int]] = [[] for _ in after]
        for task, others in enumerate(after):
            for other in others:
                self.followers[other].append(task)
        self.missing = [len(others) for others in after]
        self.urgency = _urgency(work.order(starts), self.followers)
        self.busy: set[int] = set()
        """VMs with a task in the wave that is being filled."""

    def fill(self) -> list[int]:
        """Fill waves until no task is left."""
        ready = [task for task, missing in enumerate(self.missing) if not missing]
        number = 0
        while ready:
            number += 1
            ready = self._fill_one(number, ready)
        return self.wave

    def _fill_one(self, number: int, ready: Iterable[int]) -> list[int]:
        """Fill a wave; give the tasks that could come in the next one."""
        agenda = [(self.urgency[task], task) for task in ready]
        heapify(agenda)
        inside, left = [], []
        while agenda:
            _, task = heappop(agenda)
            it = self.tasks[task]
            if it.vm in self.busy or not self.spare.fits(it.vm, it.dst):
                left.append(task)
                continue
            self.wave[task] = number
            self.busy.add(it.vm)
            self.spare.put(it.vm, it.dst)
            inside.append(it)
            for follower in self.followers[task]:
                self.missing[follower] -= 1
                if not self.missing[follower]:
                    heappush(agenda, (self.urgency[follower], follower))
        for it in inside:
            self.spare.take(it.vm, it.src)
        self.busy.clear()
        assert inside, "the precedences are not safe"
        return left


def _urgency(order: Sequence[int], followers: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Give (minus the longest chain of tasks that wait for it, its place): the least is the most urgent."""
    chain = [0] * len(order)
    for task in reversed(order):
        chain[task] = max((chain[follower] + 1 for follower in followers[task]), default=0)
    place = {task: number for number, task in enumerate(order)}
    return [(-length, place[task]) for task, length in enumerate(chain)]
