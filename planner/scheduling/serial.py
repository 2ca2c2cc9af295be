"""The plain schedule: in the order of the plan, each task as early as those before it allow.

Serial schedule generation (Kolisch 1996). Safe as the order is: whoever comes later in it has not moved yet.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.tasks import Task, Work


def in_order(work: Work) -> list[int]:
    """Give the start of every task."""
    board = _Board(work)
    return [board.place(task) for task in work.tasks]


class _Board:
    """What has been placed so far: who takes and frees what on each host, and what each channel carries."""

    def __init__(self, work: Work) -> None:
        problem = self.problem = work.problem
        self.limits = work.clock.limits
        self.ready = [0] * problem.num_vms
        """``ready[vm]``: the end of its last task."""
        self.changes: list[list[tuple[int, int, int]]] = [[] for _ in problem.hosts]
        """``changes[host]``: (second, +1 for an arrival or -1, VM), in order."""
        self.flights: dict[int, list[tuple[int, int, int]]] = {}
        """``flights[channel]``: (start, end, amount), in order."""
        self.at_first: list[list[int]] = [[] for _ in problem.hosts]
        for vm, host in enumerate(work.at_first):
            if host != OFF:
                self.at_first[host].append(vm)

    def place(self, task: Task) -> int:
        """Place a task; give its start."""
        start = max(self.ready[task.vm], 0 if task.dst == OFF else self._first_room(task))
        while (later := self._held_up(task, start)) > start:
            start = later
        end = self.ready[task.vm] = start + task.seconds
        if task.dst != OFF:
            insort(self.changes[task.dst], (start, 1, task.vm))
        if task.src != OFF:
            insort(self.changes[task.src], (end, -1, task.vm))
        for channel, amount in task.uses:
            insort(self.flights.setdefault(channel, []), (start, end, amount))
        return start

    def _first_room(self, task: Task) -> int:
        """Give the first second from which on, for good, there is room for the task where it goes."""
        rows = list(self._changes_of(task))
        free = [row[-1] for row in rows]
        for when, *_ in reversed(self.changes[task.dst]):
            # Before this second one change less has happened.
            for row in rows:
                row.pop()
            free = [min(least, row[-1]) for least, row in zip(free, rows, strict=True)]
            if min(free, default=0) < 0:
                return when
        return 0

    def _changes_of(self, task: Task) -> Iterator[list[int]]:
        """Yield, for all that counts the VM, what would be left after each change, the VM there too."""
        problem, host, changes = self.problem, task.dst, self.changes[task.dst]
        counts = []
        for resource, amount in problem.needs[task.vm]:
            taken = [problem.demand[vm][resource] for *_, vm in changes]
            load = sum(problem.demand[vm][resource] for vm in self.at_first[host])
            counts.append((taken, amount, problem.usable[host][resource], load))
        for group in problem.groups_of[task.vm]:
            taken = [int(group in problem.groups_of[vm]) for *_, vm in changes]
            held = sum(group in problem.groups_of[vm] for vm in self.at_first[host])
            counts.append((taken, 1, problem.limit(group, host), held))
        for amounts, own, most, load in counts:
            row = [most - load - own]
            for (_, sign, _), amount in zip(changes, amounts, strict=True):
                row.append(row[-1] - sign * amount)
            yield row

    def _held_up(self, task: Task, start: int) -> int:
        """Give a later second to try, where a channel is too full between start and end; else the start."""
        for channel, amount in task.uses:
            flights = self.flights.get(channel, [])
            busy = [it for it in flights[: bisect_left(flights, (start + task.seconds,))] if it[1] > start]
            for when in sorted({start, *(it[0] for it in busy if it[0] > start)}):
                running = [it for it in busy if it[0] <= when < it[1]]
                if sum(it[2] for it in running) + amount > self.limits[channel]:
                    return min(it[1] for it in running)
        return start
