"""Emptied, updated, filled again: each host by itself, its VMs back home before the next.

Where all are to be home at the end this is as cheap as can be wherever there is room: each VM leaves once and
comes back once. ALGORITHM.md, "Rolling".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.room import Room
from models.actions import Migration, Start, Step, Stop, Update
from models.problem import OFF

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from planner.rolling.upgrade import Upgrade


def there_and_back(upgrade: Upgrade, at_once: int, deadline: Deadline) -> list[Step] | None:
    """Give the steps; None where some host cannot be emptied directly or filled again, or the time is up."""
    walk = _Walk(upgrade)
    waiting = list(upgrade.todo)
    while waiting and not deadline.over:
        batch: list[int] = []
        for host in waiting:
            if len(batch) < at_once and walk.empties(host, batch):
                batch.append(host)
        if not batch:
            return None
        if not walk.update_and_return(batch):
            return None
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
        """Send everybody on a host elsewhere, if there is room; tell whether there was.

        A host on which others of the batch wait is left to the next: they would be sent on, and once more.
        """
        room = self.room
        guests = room.tracker.on[host]
        if any(vm in guests for vm, _ in self._away):
            return False
        sent: list[int] = []
        for vm in sorted(guests, key=lambda vm: (-room.size[vm], vm)):
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

    def update_and_return(self, batch: list[int]) -> bool:
        """Update hosts that are empty but for those who are stopped, and bring all home.

        Returns
        -------
        bool
            Whether they could come back: not onto a host that held more than it may.
        """
        upgrade, room = self.upgrade, self.room
        stopped = [(vm, host) for host in batch for vm in room.tracker.on[host]]
        names = upgrade.problem.vms
        for vm, host in stopped:
            self.steps.append(Stop(names[vm].name, upgrade.name(host)))
            room.go(vm, OFF)
        self.steps += [Update(upgrade.name(host)) for host in batch]
        for host in batch:
            self._open[host], self._open[upgrade.twin(host)] = False, True
        for vm, host in stopped + self._away:
            if not room.tracker.can_go(vm, upgrade.twin(host)):
                return False
            if room.tracker.at[vm] == OFF:
                self.steps.append(Start(names[vm].name, upgrade.name(host)))
                room.go(vm, upgrade.twin(host))
            else:
                self._move(vm, upgrade.twin(host))
        self._away.clear()
        return True

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
