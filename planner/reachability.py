"""Proofs that no plan exists, by delete relaxation. ALGORITHM.md, "Impossible pools".

Relaxed, a VM that could go somewhere once leaves its room behind for good, and takes none where it goes.
What cannot be reached even so can never be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.problem import Problem


@dataclass(frozen=True, slots=True)
class Blocked:
    """The fixpoint of the relaxation, where it is a proof.

    Parameters
    ----------
    stuck
        Displaced VMs that can never leave where they are.
    shut_out
        Displaced VMs whose target never has room for them.
    fixed
        ``fixed[host]``: the VMs that never leave it.
    """

    stuck: list[int]
    shut_out: list[int]
    fixed: dict[int, list[int]]


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
    return Blocked(stuck, shut_out, fixed)


class _Relaxed:
    """Room and group counts with everything that can move gone from where it was."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.can_move = [False] * problem.num_vms
        self.free = np.array(problem.usable, dtype=np.int64).reshape(problem.num_hosts, -1).T.copy()
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
        if not problem.vms[vm].movable:
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
