"""A plan carried out with other durations than planned: who starts when, by precedences, waves or times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from planner.scheduling.giving_way import GivingWay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.tasks import Work
    from models.schedule import Schedule

Waits = Sequence[Sequence[int]]
"""For each action the places (from 0) of those that must have ended before it starts."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How it went: the start and the end of every action, in seconds."""

    start_s: list[float]
    end_s: list[float]

    @property
    def makespan_s(self) -> float:
        """When the last action ended."""
        return max(self.end_s, default=0.0)


def by_precedences(schedule: Schedule) -> Waits:
    """Wait for what ``after`` says, and for nothing else."""
    return [[number - 1 for number in after] for after in schedule.after]


def by_waves(schedule: Schedule) -> Waits:
    """Wait for all of the wave before."""
    inside: dict[int, list[int]] = defaultdict(list)
    for place, wave in enumerate(schedule.wave):
        inside[wave].append(place)
    return [list(inside.get(wave - 1, ())) for wave in schedule.wave]


def by_times(schedule: Schedule) -> Waits:
    """Wait for all that should have ended by the planned start: the order of the times, to the letter."""
    return [
        [place for place, end in enumerate(schedule.end_s) if end <= start and place != own]
        for own, start in enumerate(schedule.start_s)
    ]


def rehearse(work: Work, waits: Waits, seconds: Sequence[float], urgency: Sequence[float]) -> Rehearsal:
    """Start every task as soon as those that it waits for have ended, and its wires and slots are free.

    It gives way there to a more urgent one that is soon to start.

    Parameters
    ----------
    waits
        By precedences, waves or times.
    seconds
        What each task takes this time.
    urgency
        The less, the more urgent.
    """
    return _Underway(work, waits, seconds, urgency).play()


class _Underway:
    """What runs, what waits, and what is left of every channel.

    Who finds a channel too full waits in its queue for it, so an end wakes only those that it may let go:
    O(n log n) for n tasks that use a few channels each, however many wait for one link.
    """

    def __init__(self, work: Work, waits: Waits, seconds: Sequence[float], urgency: Sequence[float]) -> None:
        self.uses = [task.uses for task in work.tasks]
        self.left = list(work.clock.limits)
        self.seconds, self.urgency = seconds, urgency
        self.missing = [len(others) for others in waits]
        self.to_begin = list(self.missing)
        """``to_begin[place]``: so many of those that it waits for have not started."""
        self.followers: list[list[int]] = [[] for _ in waits]
        for place, others in enumerate(waits):
            for other in others:
                self.followers[other].append(place)
        self.start = [0.0] * len(waits)
        self.end = [0.0] * len(waits)
        self.has_begun = [False] * len(waits)
        self.giving_way = GivingWay(
            sorted(range(len(waits)), key=lambda place: (urgency[place], place)),
            lambda place: [use for use in self.uses[place] if work.clock.names[use[0]].owner is not None],
            self.has_begun.__getitem__,
            lambda place: not self.to_begin[place],
        )
        self.queues: dict[int, dict[int, list[tuple[float, int]]]] = defaultdict(dict)
        """``queues[channel][amount]``: (urgency, place) of those that wait for so much of it."""
        self.agenda: list[tuple[float, int, list[tuple[float, int]] | None]] = []
        """(urgency, place, the queue it comes from) of those that may start now."""

    def play(self) -> Rehearsal:
        """Go from end to end."""
        for place, missing in enumerate(self.missing):
            if not missing:
                self._consider(place)
        running: list[tuple[float, int]] = []
        now = 0.0
        self._start(now, running)
        while running:
            now = running[0][0]
            freed: set[int] = set()
            while running and running[0][0] == now:
                place = heappop(running)[1]
                self._hold(place, 1)
                freed.update(channel for channel, _ in self.uses[place])
                for follower in self._released_by(place):
                    self._consider(follower)
            for channel in freed:
                self._wake_all(channel)
            self._start(now, running)
        return Rehearsal(self.start, self.end)

    def _start(self, now: float, running: list[tuple[float, int]]) -> None:
        """Start who can, the most urgent first; who cannot waits in the queue of what is too full."""
        while self.agenda:
            urgency, place, queue = heappop(self.agenda)
            channel = self._in_the_way(place)
            if channel is None:
                self._begin(place, now, running)
            else:
                amount = dict(self.uses[place])[channel]
                heappush(self.queues[channel].setdefault(amount, []), (urgency, place))
            if queue and queue[0][1] != place:
                self._wake(queue)

    def _in_the_way(self, place: int) -> int | None:
        """Give the first channel that does not let a task start now; None where all do."""
        for channel, amount in self.uses[place]:
            if self.left[channel] < amount:
                return channel
        return self.giving_way.on(place, self.left.__getitem__)

    def _begin(self, place: int, now: float, running: list[tuple[float, int]]) -> None:
        self._hold(place, -1)
        self.has_begun[place] = True
        for follower in self.followers[place]:
            self.to_begin[follower] -= 1
        self.start[place], self.end[place] = now, now + self.seconds[place]
        heappush(running, (self.end[place], place))
        for channel, _ in self.uses[place]:
            # Who gave way to it there may have room beside it.
            self._wake_all(channel)

    def _wake_all(self, channel: int) -> None:
        for amount, queue in self.queues[channel].items():
            if amount <= self.left[channel]:
                self._wake(queue)

    def _consider(self, place: int) -> None:
        heappush(self.agenda, (self.urgency[place], place, None))

    def _wake(self, queue: list[tuple[float, int]]) -> None:
        """Look at the most urgent of a queue; the next follows when it has been dealt with."""
        if queue:
            heappush(self.agenda, (*heappop(queue), queue))

    def _released_by(self, place: int) -> Iterator[int]:
        for follower in self.followers[place]:
            self.missing[follower] -= 1
            if not self.missing[follower]:
                yield follower

    def _hold(self, place: int, sign: int) -> None:
        for channel, amount in self.uses[place]:
            self.left[channel] += sign * amount
