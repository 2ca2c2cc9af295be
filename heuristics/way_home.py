"""A safe order of all tasks that have not started: what keeps a list schedule out of every deadlock.

ALGORITHM.md, "List scheduling".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.spare import Spare
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.tasks import Work


class WayHome:
    """A safe order of the tasks not yet started, once all that have started are done.

    Parameters
    ----------
    work
        The tasks.
    order
        All of them, in a safe order.
    """

    def __init__(self, work: Work, order: Sequence[int]) -> None:
        self._tasks, self._problem = work.tasks, work.problem
        self._spare = Spare(work.problem, work.at_first)
        self._at_worst = Spare(work.problem, work.at_first)
        """The room where all come who are yet to come, and nobody leaves."""
        self._visits: list[list[int]] = [[] for _ in work.problem.hosts]
        """``_visits[host]``: the tasks that will arrive there (the number), or leave it (its complement)."""
        for task in order:
            if (host := work.tasks[task].dst) != OFF:
                self._visits[host].append(task)
                self._at_worst.put(work.tasks[task].vm, host)
            if (host := work.tasks[task].src) != OFF:
                self._visits[host].append(~task)

    def start(self, task: int) -> None:
        """Note that a task has started: it is done before all that are left."""
        vm, src, dst = (one := self._tasks[task]).vm, one.src, one.dst
        self._spare.put(vm, dst)
        self._spare.take(vm, src)
        self._at_worst.take(vm, src)
        if dst != OFF:
            self._visits[dst].remove(task)
        if src != OFF:
            self._visits[src].remove(~task)

    def allows(self, task: int) -> bool:
        """Tell whether a task may come before all that are left and leave their order safe.

        It only takes room where it goes, so it is asked who arrives there before its turn.
        """
        vm, host = self._tasks[task].vm, self._tasks[task].dst
        if host == OFF or self._visits[host][0] == task or self._all_fit_with(vm, host):
            return True
        return self._room_stays(task, vm, host) and self._groups_stay(task, vm, host)

    def _all_fit_with(self, vm: int, host: int) -> bool:
        """Tell whether nobody who is to come has to wait for others to leave, as far as the VM matters."""
        free, held, limit = self._at_worst.free[host], self._at_worst.held[host], self._problem.limit
        return all(free[resource] >= 0 for resource, _ in self._problem.needs[vm]) and all(
            held[group] <= limit(group, host) for group in self._problem.groups_of[vm]
        )

    def _room_stays(self, task: int, vm: int, host: int) -> bool:
        tasks, needs = self._tasks, self._problem.needs
        free = self._spare.free[host]
        spare = {resource: free[resource] - amount for resource, amount in needs[vm]}
        for other in self._visits[host]:
            if other == task:
                break
            if other < 0:
                for resource, amount in needs[tasks[~other].vm]:
                    if resource in spare:
                        spare[resource] += amount
                continue
            for resource, amount in needs[tasks[other].vm]:
                if resource in spare:
                    spare[resource] -= amount
                    if spare[resource] < 0:
                        return False
        return True

    def _groups_stay(self, task: int, vm: int, host: int) -> bool:
        problem, tasks = self._problem, self._tasks
        held = self._spare.held[host]
        inside = {group: held.get(group, 0) + 1 for group in problem.groups_of[vm]}
        if not inside:
            return True
        for other in self._visits[host]:
            if other == task:
                break
            for group in problem.groups_of[tasks[other if other >= 0 else ~other].vm]:
                if group in inside:
                    inside[group] += 1 if other >= 0 else -1
                    if other >= 0 and inside[group] > problem.limit(group, host):
                        return False
        return True
