"""Emptied, updated, filled again: each host by itself, its VMs back home before the next.

Where all are to be home at the end this is as cheap as can be wherever there is room: each VM leaves once and
comes back once. ALGORITHM.md, "Rolling".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.room import Room
from models.actions import Migration, Start, Step, Stop, Update

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from planner.rolling.upgrade import Upgrade


def there_and_back(upgrade: Upgrade, at_once: int, deadline: Deadline) -> list[Step] | None:
    """Give the steps; None where some host cannot be emptied directly, or the time is up."""
    walk = _Walk(upgrade)
    waiting = list(upgrade.todo)
    while waiting and not deadline.over:
        batch: list[int] = []
        for host in waiting:
            if len(batch) < at_once and walk.empties(host, batch):
                batch.append(host)
        if not batch:
            return None
        walk.update_and_return(batch)
        waiting = [host for host in waiting if host not in batch]
    return None if waiting else walk.steps


class _Walk:
    """The placement while batch after batch is emptied and filled again."""

    def __init__(self, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.room = Room(upgrade.problem)
        self.steps: list[Step] = []
        self._open = np.zeros(2 * upgrade.num_hosts, dtype=bool)
        self._open[: upgrade.num_hosts] = True
        self._away: list[tuple[int, int]] = []
        usable = np.array(upgrade.problem.usable, dtype=np.float64).reshape(len(self._open), -1)
        self._scale = np.maximum(usable.max(axis=0, initial=0), 1.0)

    def empties(self, host: int, batch: list[int]) -> bool:
        """Send everybody on a host elsewhere, if there is room; tell whether there was."""
        room = self.room
        sent: list[int] = []
        for vm in sorted(room.tracker.on[host], key=lambda vm: (-room.size[vm], vm)):
            shelter = self._shelter(vm, host, batch)
            if shelter is None and not self.upgrade.is_stopped(vm, home=True):
                for other in reversed(sent):
                    self.room.go(other, host)
                    self.steps.pop()
                    self._away.pop()
                return False
            if shelter is not None:
                self._move(vm, shelter)
                self._away.append((vm, host))
                sent.append(vm)
        return True

    def update_and_return(self, batch: list[int]) -> None:
        """Update hosts that are empty but for those who are stopped, and bring all home."""
        upgrade, room = self.upgrade, self.room
        stopped = [(vm, host) for host in batch for vm in room.tracker.on[host]]
        names = upgrade.problem.vms
        self.steps += [Stop(names[vm].name, upgrade.name(host)) for vm, host in stopped]
        self.steps += [Update(upgrade.name(host)) for host in batch]
        self.steps += [Start(names[vm].name, upgrade.name(host)) for vm, host in stopped]
        for host in batch:
            self._open[host], self._open[upgrade.twin(host)] = False, True
        for vm, host in stopped:
            room.go(vm, upgrade.twin(host))
        for vm, host in self._away:
            self._move(vm, upgrade.twin(host))
        self._away.clear()

    def _shelter(self, vm: int, host: int, batch: list[int]) -> int | None:
        """Give the roomiest host that takes a VM for a while, and lets it go home."""
        upgrade, room, problem = self.upgrade, self.room, self.upgrade.problem
        if not problem.vms[vm].movable or upgrade.moves_once[vm]:
            return None
        enough = self._open.copy()
        enough[[host, *batch]] = False
        for resource, amount in problem.needs[vm]:
            enough &= room.free[resource] >= amount
        numbers = np.flatnonzero(enough)
        spare = (room.free[:, numbers].T / self._scale).min(axis=1, initial=1.0)
        for place in numbers[np.argsort(-spare, kind="stable")].tolist():
            if room.tracker.can_go(vm, place) and problem.may_go(vm, place, upgrade.twin(host)):
                return int(place)
        return None

    def _move(self, vm: int, host: int) -> None:
        before = self.room.go(vm, host)
        upgrade = self.upgrade
        name = upgrade.problem.vms[vm].name
        self.steps.append(Migration(name, upgrade.name(before), upgrade.name(host)))
