"""The few VMs that make a pool impossible, out of all that can never move. ALGORITHM.md, "Certificates"."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from planner.search.reachability import too_large_to_move, total_spare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.impossible import Blocked


def stuck_set(
    problem: Problem,
    obstacle: Blocked,
    deadline: Deadline,
    most_shrunk: int,
) -> list[int]:
    """Give VMs of which none can move while only they take room, and which keep one from its target.

    Parameters
    ----------
    most_shrunk
        VMs up to which one after the other is tried to be left out.
    """
    finder = _Finder(problem, obstacle)
    found = min((finder.closure(begin) for begin in finder.beginnings()), key=len)
    return finder.shrunk(found, deadline) if len(found) <= most_shrunk else found


class _Finder:
    """Sets of VMs that hold each other where they are."""

    def __init__(self, problem: Problem, obstacle: Blocked) -> None:
        self.problem = problem
        self.obstacle = obstacle
        self._spare = total_spare(problem)
        self._there: dict[int, list[int]] = {}
        for vm in sorted(obstacle.immovable):
            self._there.setdefault(problem.src[vm], []).append(vm)

    def beginnings(self) -> Iterable[list[int]]:
        """Give for a few displaced VMs who must be stuck: themselves, or those who fill their target."""
        problem = self.problem
        for vm in self.obstacle.stuck[:5]:
            yield [vm]
        for vm in self.obstacle.shut_out[:5]:
            yield self._blockers(vm, problem.dst[vm], set())

    def closure(self, begin: list[int]) -> list[int]:
        """Add who keeps these where they are, and so on."""
        inside, queue = set(begin), deque(begin)
        while queue:
            vm = queue.popleft()
            if too_large_to_move(self.problem, vm, self._spare) is not None:
                continue
            for host in self._open_to(vm):
                more = self._blockers(vm, host, inside)
                inside.update(more)
                queue.extend(more)
        return sorted(inside)

    def shrunk(self, vms: list[int], deadline: Deadline) -> list[int]:
        """Leave out one after the other, as long as what is left is a proof."""
        for vm in vms:
            fewer = [other for other in vms if other != vm]
            if not deadline.over and self._is_proof(fewer):
                vms = fewer
        return vms

    def _open_to(self, vm: int) -> list[int]:
        """Give the hosts that the filters allow the VM, room aside."""
        problem = self.problem
        guest, here = problem.vms[vm], problem.src[vm]
        if not guest.movable:
            return []
        hosts = range(problem.num_hosts) if guest.detours else [problem.dst[vm]]
        return [host for host in hosts if host != here and problem.may_go(vm, here, host)]

    def _blockers(self, vm: int, host: int, inside: set[int]) -> list[int]:
        """Give immovable VMs that leave another no room on a host: beside those inside, few and large."""
        there = self._there.get(host, [])
        chosen = [other for other in there if other in inside and other != vm]
        rest = sorted((other for other in there if other not in inside and other != vm), key=self._size)
        more: list[int] = []
        while rest and self._has_room(vm, host, chosen + more):
            more.append(rest.pop())
        return more

    def _size(self, vm: int) -> int:
        return sum(amount for _, amount in self.problem.needs[vm])

    def _has_room(self, vm: int, host: int, there: Iterable[int]) -> bool:
        """Tell whether the VM fits on a host beside some others."""
        problem, there = self.problem, [other for other in there if other != vm]
        for resource, amount in problem.needs[vm]:
            if (
                amount + sum(problem.demand[other][resource] for other in there)
                > problem.usable[host][resource]
            ):
                return False
        return all(
            sum(group in problem.groups_of[other] for other in there) < problem.limit(group, host)
            for group in problem.groups_of[vm]
        )

    def _is_proof(self, vms: list[int]) -> bool:
        """Tell whether none of these can move, and one of them, or who is shut out, is displaced."""
        problem = self.problem
        on: dict[int, list[int]] = {}
        for vm in vms:
            on.setdefault(problem.src[vm], []).append(vm)
        for vm in vms:
            if too_large_to_move(problem, vm, self._spare) is None and any(
                self._has_room(vm, host, on.get(host, ())) for host in self._open_to(vm)
            ):
                return False
        return any(problem.src[vm] != problem.dst[vm] for vm in vms) or any(
            not self._has_room(vm, problem.dst[vm], on.get(problem.dst[vm], ()))
            for vm in self.obstacle.shut_out
        )
