"""Emptied, updated, filled again: each host by itself, its VMs back home before the next.

Where all are to be home at the end this is as cheap as can be wherever there is room: each VM leaves once and
comes back once. Where others have to make room first, they go back too. ALGORITHM.md, "Rolling".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.actions import Migration
from models.problem import OFF
from planner.rolling.cluster import Cluster

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.actions import Step
    from planner.rolling.upgrade import Upgrade

DrainWithWayBack = Callable[[Sequence[int], Sequence[int], int], "Sequence[Step] | None"]
"""(placement, hosts updated, host to empty) -> steps that can be taken back once it is updated, as far as
versions and cordons say; None: no way was found.
"""


def there_and_back(
    upgrade: Upgrade, at_once: int, deadline: Deadline, drain: DrainWithWayBack
) -> list[Step] | None:
    """Give the steps; None where some host cannot be emptied or filled again, or the time is up."""
    returning = _Returning(upgrade)
    # While no host is newer than others, most may make room and come back: the hard ones come first.
    hard = [host for host in upgrade.todo if not returning.would_empty(host)]
    for host in hard:
        if deadline.over or not returning.drains_and_returns(host, drain):
            return None
    waiting = [host for host in upgrade.todo if host not in hard]
    while waiting and not deadline.over:
        batch: list[int] = []
        for host in waiting:
            if len(batch) < at_once and returning.empties(host, batch):
                batch.append(host)
        if not batch:
            return None
        if not returning.update_and_return(batch):
            return None
        waiting = [host for host in waiting if host not in batch]
    return None if waiting else returning.cluster.steps


class _Returning:
    """Batch after batch is emptied and filled again."""

    def __init__(self, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.cluster = Cluster(upgrade)
        self._away: list[tuple[int, int]] = []
        self._done: list[int] = []

    def would_empty(self, host: int) -> bool:
        """Tell whether there is room elsewhere for everybody on a host."""
        there_is = self.empties(host, [])
        self._take_back(len(self._away))
        return there_is

    def drains_and_returns(self, host: int, drain: DrainWithWayBack) -> bool:
        """Empty a host, others making room; update it, and take all of that back; tell whether it could be.

        Each migration back is asked for by itself: the rules need not let somebody back who could leave.
        """
        cluster, upgrade = self.cluster, self.upgrade
        steps = drain(cluster.room.tracker.at, self._done, host)
        if steps is None:
            return False
        number_of = {vm.name: number for number, vm in enumerate(upgrade.problem.vms)}
        ways: list[tuple[int, int]] = []
        for step in steps:
            if not isinstance(step, Migration):
                return False
            vm = number_of[step.vm]
            ways.append((vm, cluster.room.tracker.at[vm]))
            cluster.move(vm, upgrade.number(step.destination, self._done))
        if cluster.room.tracker.on[host]:
            return False
        cluster.update([host])
        self._done.append(host)
        for vm, before in reversed(ways):
            source = upgrade.twin(host) if before == host else before
            if not cluster.room.tracker.can_go(vm, source):
                return False
            cluster.move(vm, source)
        return True

    def empties(self, host: int, batch: list[int]) -> bool:
        """Send everybody on a host elsewhere, if there is room; tell whether there was.

        A host on which others of the batch wait is left to the next: they would be sent on, and once more.
        """
        cluster = self.cluster
        guests = cluster.room.tracker.on[host]
        if any(vm in guests for vm, _ in self._away):
            return False
        sent = 0
        for vm in cluster.largest_first(host):
            shelter = self._shelter(vm, host, batch)
            if shelter is None and not self.upgrade.is_stopped(vm, home=True):
                self._take_back(sent)
                return False
            if shelter is not None:
                cluster.move(vm, shelter)
                self._away.append((vm, host))
                sent += 1
        return True

    def _take_back(self, count: int) -> None:
        """Undo the last migrations."""
        for _ in range(count):
            self.cluster.room.go(*self._away.pop())
            self.cluster.steps.pop()

    def update_and_return(self, batch: list[int]) -> bool:
        """Update hosts that are empty but for those who are stopped, and bring all home.

        Returns
        -------
        bool
            Whether they could come back: not onto a host that held more than it may.
        """
        cluster, upgrade = self.cluster, self.upgrade
        self._done += batch
        for vm, host in cluster.update(batch) + self._away:
            home = upgrade.twin(host)
            if not cluster.room.tracker.can_go(vm, home):
                return False
            if cluster.room.tracker.at[vm] == OFF:
                cluster.start(vm, home)
            else:
                cluster.move(vm, home)
        self._away.clear()
        return True

    def _shelter(self, vm: int, host: int, batch: list[int]) -> int | None:
        """Give the roomiest host that takes a VM for a while, and lets it go home."""
        cluster, upgrade, problem = self.cluster, self.upgrade, self.upgrade.problem
        if not problem.vms[vm].movable or upgrade.moves_once[vm]:
            return None
        numbers = np.flatnonzero(cluster.with_room(vm, [host, *batch]))
        spare = cluster.spare(numbers).min(axis=1, initial=1.0)
        for place in numbers[np.argsort(-spare, kind="stable")].tolist():
            if cluster.room.tracker.can_go(vm, place) and problem.may_go(vm, place, upgrade.twin(host)):
                return int(place)
        return None
