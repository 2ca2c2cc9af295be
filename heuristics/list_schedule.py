"""List scheduling: as time goes by, start whatever may start, the most urgent first.

Serial schedules wait for each other's turns, this one for room, rules and channels alone. It never runs
into a deadlock: a task starts early only where a safe order of all others is left.
ALGORITHM.md, "List scheduling".
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from heuristics.spare import Spare
from heuristics.way_home import WayHome
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from heuristics.tasks import Work


def list_schedule(work: Work, order: Sequence[int], urgency: Sequence[float]) -> list[int]:
    """Give the start of every task, in whole seconds.

    Parameters
    ----------
    work
        The tasks.
    order
        All tasks in a safe order, which need not be that of ``work``.
    urgency
        ``urgency[task]``: of those that may start, the one with the least starts first.
    """
    return _Pass(work, order, urgency).run()


class _Pass:
    """One pass through time."""

    def __init__(self, work: Work, order: Sequence[int], urgency: Sequence[float]) -> None:
        self.tasks, self.urgency = work.tasks, urgency
        self.uses = [task.uses for task in work.tasks]
        self.start = [-1] * len(work.tasks)
        self.now = 0
        self.ends: list[tuple[int, int]] = []
        self.room = Spare(work.problem, work.at_first)
        self.way_home = WayHome(work, order)
        self.left = list(work.clock.limits)
        self.is_shared = shared_channels(work)
        self.at_host: list[set[int]] = [set() for _ in work.problem.hosts]
        """``at_host[host]``: tasks not yet started that begin or end there."""
        self.queues: dict[int, list[tuple[float, int]]] = defaultdict(list)
        """``queues[channel]``: (urgency, task) for those that a link or the like was too full for."""
        self.queued = [False] * len(work.tasks)
        self.agenda: list[tuple[float, int, int]] = []
        """(urgency, task, the channel in whose queue it was or -1) for those to look at now."""
        self.next = _next_of_each(work, order)
        self.ready = [True] * len(work.tasks)
        for after in self.next:
            if after >= 0:
                self.ready[after] = False
        for number, task in enumerate(work.tasks):
            for host in (task.src, task.dst):
                if host != OFF:
                    self.at_host[host].add(number)

    def run(self) -> list[int]:
        """Start tasks, let the next ones end, and so on until all have ended."""
        self._consider(range(len(self.tasks)))
        while True:
            while self.agenda:
                _, number, channel = heappop(self.agenda)
                if self._may_start(number):
                    self._begin(number)
                self._serve(channel)
            if not self.ends:
                return self.start
            self._finish()

    def _consider(self, tasks: Iterable[int], channel: int = -1) -> None:
        """Put tasks on the agenda that find their channels free; those that do not, cannot start now."""
        left = self.left
        for number in tasks:
            for used, amount in self.uses[number]:
                if left[used] < amount:
                    self._queue(number, used)
                    break
            else:
                if self.ready[number]:
                    heappush(self.agenda, (self.urgency[number], number, channel))

    def _queue(self, number: int, channel: int) -> None:
        """Let a task wait for a channel of many; for one of a host, its tasks are considered anyway."""
        if self.is_shared[channel] and not self.queued[number] and self.ready[number]:
            self.queued[number] = True
            heappush(self.queues[channel], (self.urgency[number], number))

    def _serve(self, channel: int) -> None:
        """Consider the most urgent of those that wait for a channel, as long as some of it is left."""
        if channel < 0:
            return
        queue, before = self.queues[channel], len(self.agenda)
        while queue and self.left[channel] and len(self.agenda) == before:
            number = heappop(queue)[1]
            self.queued[number] = False
            self._consider((number,) if self.start[number] < 0 else (), channel)
            if self.queued[number] and queue and queue[0][1] == number:
                return  # Too large for what is left; whoever holds the rest will wake it.

    def _may_start(self, number: int) -> bool:
        if self.start[number] >= 0:
            return False
        for channel, amount in self.uses[number]:
            if self.left[channel] < amount:
                self._queue(number, channel)
                return False
        task = self.tasks[number]
        return self.room.fits(task.vm, task.dst) and self.way_home.allows(number)

    def _begin(self, number: int) -> None:
        task = self.tasks[number]
        self.start[number] = self.now
        heappush(self.ends, (self.now + task.seconds, number))
        for channel, amount in task.uses:
            self.left[channel] -= amount
        self.room.put(task.vm, task.dst)
        self.way_home.start(number)
        for host in (task.src, task.dst):
            if host != OFF:
                self.at_host[host].discard(number)
        if task.src != OFF:
            # The way home has more room there from now on, the host itself from the end on.
            self._consider(self.at_host[task.src])

    def _finish(self) -> None:
        """Let time pass until the next tasks end; consider those that may be able to start now."""
        self.now = self.ends[0][0]
        freed: set[int] = set()
        hopeful: set[int] = set()
        while self.ends and self.ends[0][0] == self.now:
            number = heappop(self.ends)[1]
            task = self.tasks[number]
            for channel, amount in task.uses:
                self.left[channel] += amount
                if self.is_shared[channel]:
                    freed.add(channel)
            self.room.take(task.vm, task.src)
            for host in (task.src, task.dst):
                if host != OFF:
                    hopeful |= self.at_host[host]
            if (after := self.next[number]) >= 0:
                self.ready[after] = True
                hopeful.add(after)
        self._consider(sorted(hopeful))
        for channel in sorted(freed):
            self._serve(channel)


def shared_channels(work: Work) -> list[bool]:
    """Tell of each channel whether more than the tasks of one host go through it."""
    common: dict[int, set[int]] = {}
    for task in work.tasks:
        for channel, _ in task.uses:
            common[channel] = common.get(channel, {task.src, task.dst}) & {task.src, task.dst}
    return [channel in common and not common[channel] for channel in range(len(work.clock.limits))]


def _next_of_each(work: Work, order: Sequence[int]) -> list[int]:
    """Give the next task of the same VM for each task, -1 where it is the last."""
    last: dict[int, int] = {}
    after = [-1] * len(work.tasks)
    for number in order:
        vm = work.tasks[number].vm
        if vm in last:
            after[last[vm]] = number
        last[vm] = number
    return after
