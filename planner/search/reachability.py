"""Proofs that no plan exists, by delete relaxation. ALGORITHM.md, "Impossible pools".

Relaxed, a VM that could go somewhere once leaves its room behind for good, and takes none where it goes.
What cannot be reached even so can never be reached. And a VM in flight counts twice, while all others
count once somewhere: it can never move where the whole pool has less free than it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.search.impossible import Blocked

if TYPE_CHECKING:
    from models.problem import Problem


def blocked(problem: Problem) -> Blocked | None:
    """Give the proof that no plan exists, or None where the relaxation finds no obstacle."""
    relaxed = _Relaxed(problem)
    relaxed.run()
    stuck = [vm for vm in problem.displaced if not relaxed.can_move[vm]]
    shut_out = [
        vm
        for vm in problem.displaced
        if problem.stop_cost[vm] is None and not relaxed.has_room(vm, problem.dst[vm])
    ]
    if not stuck and not shut_out:
        return None
    hosts = {problem.src[vm] for vm in stuck} | {problem.dst[vm] for vm in stuck + shut_out}
    fixed: dict[int, list[int]] = {host: [] for host in sorted(hosts)}
    for vm in range(problem.num_vms):
        if not relaxed.can_move[vm] and problem.src[vm] in fixed:
            fixed[problem.src[vm]].append(vm)
    immovable = frozenset(vm for vm in range(problem.num_vms) if not relaxed.can_move[vm])
    return Blocked(stuck, shut_out, fixed, immovable)


def total_spare(problem: Problem) -> list[int] | None:
    """Give what the whole pool has free of each resource, the same after any migrations.

    A host that is overloaded at first counts as full, since it never takes more. None where VMs may be
    stopped: then what is free can grow.
    """
    if any(cost is not None for cost in problem.stop_cost):
        return None
    load = [[0] * len(problem.resources) for _ in problem.hosts]
    for vm, host in enumerate(problem.src):
        for resource, amount in problem.needs[vm]:
            load[host][resource] += amount
    rows = zip(problem.usable, load, strict=True)
    spare = [[max(usable - taken, 0) for usable, taken in zip(*row, strict=True)] for row in rows]
    return [sum(column) for column in zip(*spare, strict=True)]


def too_large_to_move(problem: Problem, vm: int, spare: list[int] | None) -> int | None:
    """Give a resource of which the VM takes more than the whole pool has free; None where there is none."""
    if spare is not None:
        for resource, amount in problem.needs[vm]:
            if amount > spare[resource]:
                return resource
    return None


class _Relaxed:
    """Room and group counts with everything that can move gone from where it was."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.can_move = [False] * problem.num_vms
        self.free = np.array(problem.usable, dtype=np.int64).reshape(problem.num_hosts, -1).T.copy()
        self.spare = total_spare(problem)
        self._held: list[dict[int, int]] = [{} for _ in problem.members]
        for vm, host in enumerate(problem.src):
            self._count(vm, host, 1)

    def _count(self, vm: int, host: int, sign: int) -> None:
        for resource, amount in self.problem.needs[vm]:
            self.free[resource, host] -= sign * amount
        for group in self.problem.groups_of[vm]:
            held = self._held[group]
            held[host] = held.get(host, 0) + sign

    def run(self) -> None:
        """Let VMs go until none more can."""
        waiting = list(range(self.problem.num_vms))
        while waiting:
            still = []
            for vm in waiting:
                if self._can_leave(vm):
                    self.can_move[vm] = True
                    self._count(vm, self.problem.src[vm], -1)
                else:
                    still.append(vm)
            if len(still) == len(waiting):
                return
            waiting = still

    def _can_leave(self, vm: int) -> bool:
        problem = self.problem
        if problem.stop_cost[vm] is not None:
            return True
        if not problem.vms[vm].movable or too_large_to_move(problem, vm, self.spare) is not None:
            return False
        here = problem.src[vm]
        if problem.vms[vm].detours:
            hosts = self._hosts_with_room(vm)
        else:
            hosts = [problem.dst[vm]] if self._fits(vm, problem.dst[vm]) else []
        return any(
            host != here and problem.may_go(vm, here, host) and self._group_room(vm, host) for host in hosts
        )

    def _hosts_with_room(self, vm: int) -> list[int]:
        enough = np.ones(self.problem.num_hosts, dtype=bool)
        for resource, amount in self.problem.needs[vm]:
            enough &= self.free[resource] >= amount
        found: list[int] = np.flatnonzero(enough).tolist()
        return found

    def _fits(self, vm: int, host: int) -> bool:
        return all(self.free[resource, host] >= amount for resource, amount in self.problem.needs[vm])

    def _group_room(self, vm: int, host: int) -> bool:
        limit = self.problem.limit
        return all(self._held[g].get(host, 0) < limit(g, host) for g in self.problem.groups_of[vm])

    def has_room(self, vm: int, host: int) -> bool:
        """Tell whether the VM could arrive there at all."""
        return self._fits(vm, host) and self._group_room(vm, host)
