"""What is free on every host, of every resource and in every group."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        """Let a VM take its room."""
        self._add(vm, host, 1)

    def take(self, vm: int, host: int) -> None:
        """Free the room of a VM."""
        self._add(vm, host, -1)

    def _add(self, vm: int, host: int, sign: int) -> None:
        if host == OFF:
            return
        free, held = self.free[host], self.held[host]
        for resource, amount in self.problem.needs[vm]:
            free[resource] -= sign * amount
        for group in self.problem.groups_of[vm]:
            held[group] = held.get(group, 0) + sign

    def fits(self, vm: int, host: int) -> bool:
        """Tell whether the VM may arrive there, filters aside."""
        if host == OFF:
            return True
        free = self.free[host]
        for resource, amount in self.problem.needs[vm]:
            if free[resource] < amount:
                return False
        held, limit = self.held[host], self.problem.limit
        return all(held.get(group, 0) < limit(group, host) for group in self.problem.groups_of[vm])

    def is_sane(self) -> bool:
        """Tell whether no host is over a limit."""
        limit = self.problem.limit
        return all(amount >= 0 for row in self.free for amount in row) and all(
            count <= limit(group, host)
            for host, held in enumerate(self.held)
            for group, count in held.items()
        )
