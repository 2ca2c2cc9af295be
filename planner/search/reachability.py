"""Proofs that no plan exists, by delete relaxation. ALGORITHM.md, "Impossible pools".

Relaxed, a VM that could go somewhere once leaves its room behind for good, and takes none where it goes.
What cannot be reached even so can never be reached. And a VM in flight counts twice, while all others
count once somewhere: it can never move where the whole pool has less free than it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.spare import Spare, SpareArrays
from models.moves import OFF
from planner.search.impossible import Blocked

if TYPE_CHECKING:
    from models.problem import Problem


def blocked(problem: Problem) -> Blocked | None:
    """Give the proof that no plan exists, or None where the relaxation finds no obstacle."""
    relaxed = Reach(problem)
    relaxed.run()
    stuck = [vm for vm in problem.displaced if not relaxed.can_move[vm]]
    shut_out = [
        vm
        for vm in problem.displaced
        if problem.stop_cost[vm] is None and not relaxed.room.fits(vm, problem.dst[vm])
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
    free = Spare(problem, problem.src).free
    return [sum(max(amount, 0) for amount in column) for column in zip(*free, strict=True)]


def too_large_to_move(problem: Problem, vm: int, spare: list[int] | None) -> int | None:
    """Give a resource of which the VM takes more than the whole pool has free; None where there is none."""
    if spare is not None:
        for resource, amount in problem.needs[vm]:
            if amount > spare[resource]:
                return resource
    return None


class Reach:
    """The room with everything that can move gone from where it was."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.can_move = [False] * problem.num_vms
        self.room = Spare(problem, problem.src)
        self.total = total_spare(problem)
        self._arrays = SpareArrays(self.room)
        self._roomy = OFF
        """Where somebody found room last; it only grows."""

    def run(self) -> None:
        """Let VMs go until none more can."""
        waiting = list(range(self.problem.num_vms))
        while waiting:
            still = []
            for vm in waiting:
                if self._can_leave(vm):
                    self.can_move[vm] = True
                    self.room.take(vm, self.problem.src[vm])
                    self._arrays.take(vm, self.problem.src[vm])
                else:
                    still.append(vm)
            if len(still) == len(waiting):
                return
            waiting = still

    def _can_leave(self, vm: int) -> bool:
        problem = self.problem
        if problem.stop_cost[vm] is not None:
            return True
        if not problem.vms[vm].movable or too_large_to_move(problem, vm, self.total) is not None:
            return False
        target = problem.dst[vm]
        if self._may_leave_for(vm, target):
            return True
        if not problem.vms[vm].detours:
            return False
        # All hosts are looked at for a few alone: for each VM that takes long where there are thousands.
        if self._roomy != OFF and self._may_leave_for(vm, self._roomy):
            return True
        for host in self._arrays.hosts_with_room(vm).tolist():
            if self._may_leave_for(vm, host):
                self._roomy = host
                return True
        return False

    def _may_leave_for(self, vm: int, host: int) -> bool:
        here = self.problem.src[vm]
        return host != here and self.room.fits(vm, host) and self.problem.may_go(vm, here, host)
