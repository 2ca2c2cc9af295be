"""A placement that changes move by move: where each VM is, and what is free where, kept up incrementally."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.problem import OFF, Move, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tracker:
    """The state of a search, in indices.

    Attributes
    ----------
    at
        ``at[vm]``: its host, or ``OFF``.
    free
        ``free[host][resource]``: what is left; negative where the host is overloaded.
    on
        ``on[host]``: the VMs there, in order of arrival.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.at = list(problem.src)
        self.free = [list(row) for row in problem.usable]
        self.on: list[dict[int, None]] = [{} for _ in problem.hosts]
        self.held: list[dict[int, int]] = [{} for _ in problem.members]
        for vm, host in enumerate(self.at):
            self._put(vm, host)

    def _put(self, vm: int, host: int) -> None:
        self.on[host][vm] = None
        free = self.free[host]
        for resource, amount in self.problem.needs[vm]:
            free[resource] -= amount
        for group in self.problem.groups_of[vm]:
            held = self.held[group]
            held[host] = held.get(host, 0) + 1

    def _take(self, vm: int, host: int) -> None:
        del self.on[host][vm]
        free = self.free[host]
        for resource, amount in self.problem.needs[vm]:
            free[resource] += amount
        for group in self.problem.groups_of[vm]:
            self.held[group][host] -= 1

    def fits(self, vm: int, host: int) -> bool:
        """Tell whether there is room for it there now, filters aside."""
        free = self.free[host]
        for resource, amount in self.problem.needs[vm]:
            if amount > free[resource]:
                return False
        for group in self.problem.groups_of[vm]:
            if self.held[group].get(host, 0) >= self.problem.limit(group, host):
                return False
        return True

    def can_go(self, vm: int, host: int) -> bool:
        """Tell whether the VM may migrate there now."""
        return self.fits(vm, host) and self.problem.may_go(vm, self.at[vm], host)

    def go(self, vm: int, host: int) -> int:
        """Move the VM there, unasked (``OFF``: stop it); give where it was."""
        before = self.at[vm]
        if before != OFF:
            self._take(vm, before)
        if host != OFF:
            self._put(vm, host)
        self.at[vm] = host
        return before

    def rivals(self, vm: int, host: int) -> Iterator[int]:
        """Give the VMs on the host that count in a full group of ``vm``: one must leave first."""
        for group in self.problem.groups_of[vm]:
            if self.held[group].get(host, 0) >= self.problem.limit(group, host):
                yield from (other for other in self.on[host] if group in self.problem.groups_of[other])


def is_safe(problem: Problem, moves: list[Move]) -> bool:
    """Tell whether the moves can be made one after another."""
    tracker = Tracker(problem)
    for vm, host in moves:
        if host != OFF and not tracker.can_go(vm, host):
            return False
        tracker.go(vm, host)
    return tracker.at == problem.dst
