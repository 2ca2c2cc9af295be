"""A cluster while its hosts are emptied and updated: who is where, and the steps so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.room import Room
from models.actions import Migration, Start, Step, Stop, Update
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.rolling.upgrade import Upgrade


class Cluster:
    """The placement, step by step.

    Parameters
    ----------
    upgrade
        What is to be done.

    Attributes
    ----------
    room
        What is free now.
    steps
        What led here.
    is_open
        ``is_open[host]``: it is there now: as it was, or, once it is updated, its twin.
    usable
        ``usable[host, resource]``.
    scale
        ``scale[resource]``: what the largest host has, so that amounts of several can be compared.
    """

    def __init__(self, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.room = Room(upgrade.problem)
        self.steps: list[Step] = []
        hosts = 2 * upgrade.num_hosts
        self.is_open = np.zeros(hosts, dtype=bool)
        self.is_open[: upgrade.num_hosts] = True
        shape = hosts, len(upgrade.problem.resources)
        self.usable = np.array(upgrade.problem.usable, dtype=np.float64).reshape(shape)
        self.scale = np.maximum(self.usable.max(axis=0, initial=0), 1.0)

    def with_room(self, vm: int, closed: Sequence[int]) -> NDArray[np.bool_]:
        """Tell of each host, but for some that are closed, whether it has enough of all resources now."""
        enough = self.is_open.copy()
        enough[closed] = False
        for resource, amount in self.upgrade.problem.needs[vm]:
            enough &= self.room.free[resource] >= amount
        return enough

    def spare(self, hosts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Give ``spare[place, resource]``: what is free on some hosts, in parts of the largest host."""
        spare: NDArray[np.float64] = self.room.free[:, hosts].T / self.scale
        return spare

    def largest_first(self, host: int) -> list[int]:
        """Give the VMs on a host, the largest first."""
        room = self.room
        return sorted(room.tracker.on[host], key=lambda vm: (-room.size[vm], vm))

    def move(self, vm: int, host: int) -> None:
        """Migrate a VM."""
        before = self.room.go(vm, host)
        self.steps.append(Migration(self._name(vm), self.upgrade.name(before), self.upgrade.name(host)))

    def update(self, batch: Sequence[int]) -> list[tuple[int, int]]:
        """Update some hosts; give whom it stopped, still on them, and where each of these was."""
        upgrade = self.upgrade
        stopped = [(vm, host) for host in batch for vm in self.room.tracker.on[host]]
        for vm, host in stopped:
            self.steps.append(Stop(self._name(vm), upgrade.name(host)))
            self.room.go(vm, OFF)
        self.steps += [Update(upgrade.name(host)) for host in batch]
        for host in batch:
            self.is_open[host], self.is_open[upgrade.twin(host)] = False, True
        return stopped

    def start(self, vm: int, host: int) -> None:
        """Start a VM that was stopped."""
        self.steps.append(Start(self._name(vm), self.upgrade.name(host)))
        self.room.go(vm, host)

    def _name(self, vm: int) -> str:
        return self.upgrade.problem.vms[vm].name
