"""What is free on every host, of every resource and in every group, as lists and as arrays.

Packed into integers it is counted by :mod:`heuristics.legs` and :mod:`heuristics.words`, for many placements
at once by :mod:`heuristics.compiled.beams`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.problem import Problem


class Spare:
    """The room of every host; below 0 where it is over a limit.

    Parameters
    ----------
    problem
        Whose hosts.
    at
        ``at[vm]``: where each VM is, or ``OFF``.

    Attributes
    ----------
    free
        ``free[host][resource]``.
    held
        ``held[host][group]``: how many of the group are there.
    """

    def __init__(self, problem: Problem, at: Sequence[int]) -> None:
        self.problem = problem
        self.free = [list(row) for row in problem.usable]
        self.held: list[dict[int, int]] = [{} for _ in problem.hosts]
        for vm, host in enumerate(at):
            self.put(vm, host)

    def put(self, vm: int, host: int) -> None:
        """Let a VM take its room; on ``OFF`` it takes none."""
        if host == OFF:
            return
        problem, free = self.problem, self.free[host]
        for resource, amount in problem.needs[vm]:
            free[resource] -= amount
        for group in problem.groups_of[vm]:
            held = self.held[host]
            held[group] = held.get(group, 0) + 1

    def take(self, vm: int, host: int) -> None:
        """Free the room of a VM."""
        if host == OFF:
            return
        problem, free = self.problem, self.free[host]
        for resource, amount in problem.needs[vm]:
            free[resource] += amount
        for group in problem.groups_of[vm]:
            self.held[host][group] -= 1

    def fits(self, vm: int, host: int) -> bool:
        """Tell whether there is room for the VM to arrive there, filters aside."""
        if host == OFF:
            return True
        problem, free = self.problem, self.free[host]
        for resource, amount in problem.needs[vm]:
            if amount > free[resource]:
                return False
        for group in problem.groups_of[vm]:
            if self.held[host].get(group, 0) >= problem.limit(group, host):
                return False
        return True

    def is_within(self, host: int) -> bool:
        """Tell whether the host is over no limit."""
        if any(amount < 0 for amount in self.free[host]):
            return False
        limit = self.problem.limit
        return all(count <= limit(group, host) for group, count in self.held[host].items())

    def is_sane(self) -> bool:
        """Tell whether no host is over a limit."""
        return all(map(self.is_within, range(self.problem.num_hosts)))


class SpareArrays:
    """The free amounts of a :class:`Spare`, for who asks about all hosts at once.

    Parameters
    ----------
    spare
        As things stand; what changes there later is to be told here too.
    """

    def __init__(self, spare: Spare) -> None:
        problem = spare.problem
        self._needs = problem.needs
        shape = problem.num_hosts, len(problem.resources)
        self._free = np.array(spare.free, dtype=np.int64).reshape(shape).T.copy()

    @property
    def free(self) -> np.ndarray:
        """``free[resource, host]``."""
        return self._free

    def put(self, vm: int, host: int) -> None:
        """Let a VM take its room; on ``OFF`` it takes none."""
        if host == OFF:
            return
        for resource, amount in self._needs[vm]:
            self._free[resource, host] -= amount

    def take(self, vm: int, host: int) -> None:
        """Free the room of a VM."""
        if host == OFF:
            return
        for resource, amount in self._needs[vm]:
            self._free[resource, host] += amount

    def hosts_with_room(self, vm: int) -> np.ndarray:
        """Give the hosts that have the room now, filters and groups aside."""
        needs = self._needs[vm]
        if not needs:
            return np.arange(self._free.shape[1])
        free = self.free
        enough = free[needs[0][0]] >= needs[0][1]
        for resource, amount in needs[1:]:
            enough &= free[resource] >= amount
        return np.flatnonzero(enough)


def limits_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Give ``takes[vm, limit]`` and ``limits[host, limit]``: of each resource, then of each group.

    Where a host may hold more of a group than there are VMs, it is as many as there are.
    """
    resources, num_vms = len(problem.resources), problem.num_vms
    takes = np.zeros((num_vms, resources + len(problem.members)), dtype=np.int64)
    limits = np.zeros((problem.num_hosts, takes.shape[1]), dtype=np.int64)
    for vm in range(num_vms):
        for resource, amount in problem.needs[vm]:
            takes[vm, resource] = amount
        for group in problem.groups_of[vm]:
            takes[vm, resources + group] = 1
    limits[:, :resources] = np.array(problem.usable, dtype=np.int64).reshape(problem.num_hosts, resources)
    for of_all, groups in problem.tables.groups.alike():
        limits[:, [resources + group for group in groups]] = [[min(limit, num_vms)] for limit in of_all]
    return takes, limits
