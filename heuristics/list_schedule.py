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
    from collections.abc import Hashable, Sequence

    from heuristics.tasks import Work

    Queue = tuple[int, int]
    """A channel and how much of it its tasks lack, or the complement of a host and which kind of VM."""


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
    """One pass through time.

    A task that may not start waits, by its urgency, in a queue of those that lack the same: so much of a
    channel, or so much room on a host. Once that is there, the first of them is looked at again, and the next
    when it has had its turn. So nobody looks at all who wait each time that one of thousands leaves a host.
    """

    def __init__(self, work: Work, order: Sequence[int], urgency: Sequence[float]) -> None:
        self.problem, self.tasks, self.urgency = work.problem, work.tasks, urgency
        self.start = [-1] * len(work.tasks)
        self.now = 0
        self.ends: list[tuple[int, int]] = []
        self.room = Spare(work.problem, work.at_first)
        self.way_home = WayHome(work, order)
        self.left = list(work.clock.limits)
        self.queues: dict[int, dict[int, list[tuple[float, int]]]] = defaultdict(dict)
        """``queues[channel][amount]``, ``queues[~host][kind of VM]``: heaps of (urgency, task)."""
        self.kinds: dict[Hashable, int] = {}
        """A number for each kind of VM: those of one have room on the same hosts."""
        self.locked: list[list[int]] = [[] for _ in work.problem.hosts]
        """``locked[host]``: tasks that would take the room of others who come there before them."""
        self.agenda: list[tuple[float, int, Queue | None]] = []
        """(urgency, task, the queue in which it waited) for those to look at now."""
        self.next = _next_of_each(work, order)

    def run(self) -> list[int]:
        """Start tasks, let the next ones end, and so on until all have ended."""
        later = set(self.next)
        for number in range(len(self.tasks)):
            if number not in later:
                self._consider(number)
        while True:
            while self.agenda:
                _, number, queue = heappop(self.agenda)
                if not self._must_wait(number):
                    self._begin(number)
                if queue is not None:
                    self._serve(queue)
            if not self.ends:
                return self.start
            self._finish()

    def _consider(self, number: int, queue: Queue | None = None) -> None:
        """Put a task on the agenda that lacks neither channels nor room; let others wait."""
        if not self._must_wait(number):
            heappush(self.agenda, (self.urgency[number], number, queue))

    def _must_wait(self, number: int) -> bool:
        """Let a task wait for the first thing that it lacks; tell whether there is any."""
        task = self.tasks[number]
        for channel, amount in task.uses:
            if self.left[channel] < amount:
                self._queue(number, channel, amount)
                return True
        if self.room.fits(task.vm, task.dst):
            return False
        kind = self.problem.needs[task.vm], tuple(self.problem.groups_of[task.vm])
        self._queue(number, ~task.dst, self.kinds.setdefault(kind, len(self.kinds)))
        return True

    def _queue(self, number: int, place: int, lack: int) -> None:
        heappush(self.queues[place].setdefault(lack, []), (self.urgency[number], number))

    def _serve(self, waited: Queue) -> None:
        """Put the most urgent of a queue on the agenda, if there is what all of them wait for."""
        place, lack = waited
        queue, before = self.queues[place][lack], len(self.agenda)
        while queue and len(self.agenda) == before and self._is_there(place, lack, queue[0][1]):
            self._consider(heappop(queue)[1], waited)

    def _is_there(self, place: int, lack: int, number: int) -> bool:
        return self.left[place] >= lack if place >= 0 else self.room.fits(self.tasks[number].vm, ~place)

    def _begin(self, number: int) -> None:
        """Start a task, unless that would lock those who come to the host before it."""
        task = self.tasks[number]
        if not self.way_home.allows(number):
            self.locked[task.dst].append(number)
            return
        self.start[number] = self.now
        heappush(self.ends, (self.now + task.seconds, number))
        for channel, amount in task.uses:
            self.left[channel] -= amount
        self.room.put(task.vm, task.dst)
        self.way_home.start(number)
        if task.src != OFF:
            # The way home has more room there from now on, the host itself from the end on.
            unlocked, self.locked[task.src] = self.locked[task.src], []
            for other in unlocked:
                self._consider(other)

    def _finish(self) -> None:
        """Let time pass until the next tasks end; consider those that may be able to start now."""
        self.now = self.ends[0][0]
        freed: set[int] = set()
        ready: list[int] = []
        while self.ends and self.ends[0][0] == self.now:
            number = heappop(self.ends)[1]
            task = self.tasks[number]
            for channel, amount in task.uses:
                self.left[channel] += amount
                freed.add(channel)
            if task.src != OFF:
                self.room.take(task.vm, task.src)
                freed.add(~task.src)
            if (after := self.next[number]) >= 0:
                ready.append(after)
        for number in ready:
            self._consider(number)
        for place in freed:
            for lack in self.queues[place]:
                self._serve((place, lack))


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
