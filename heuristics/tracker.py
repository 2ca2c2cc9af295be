"""A placement that changes move by move: where each VM is, and what is free where, kept up incrementally."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from heuristics.spare import Spare
from models.problem import OFF, Move, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Tracker(Spare):
    """The state of a search, in indices: the current placement at first.

    Attributes
    ----------
    at
        ``at[vm]``: its host, or ``OFF``.
    on
        ``on[host]``: the VMs there, in order of arrival.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem, problem.src)
        self.at = list(problem.src)
        self.on: list[dict[int, None]] = [{} for _ in problem.hosts]
        for vm, host in enumerate(self.at):
            self.on[host][vm] = None

    def copy(self) -> Tracker:
        """Give another one that stands where this one does."""
        tracker = copy(self)
        tracker.free = [row.copy() for row in self.free]
        tracker.held = [counts.copy() for counts in self.held]
        tracker.at = self.at.copy()
        tracker.on = [guests.copy() for guests in self.on]
        return tracker

    def can_go(self, vm: int, host: int) -> bool:
        """Tell whether the VM may migrate there now."""
        return self.fits(vm, host) and self.problem.may_go(vm, self.at[vm], host)

    def go(self, vm: int, host: int) -> int:
        """Move the VM there, unasked (``OFF``: stop it); give where it was."""
        before = self.at[vm]
        if before != OFF:
            del self.on[before][vm]
        if host != OFF:
            self.on[host][vm] = None
        self.take(vm, before)
        self.put(vm, host)
        self.at[vm] = host
        return before

    def stand_on(self, placement: Sequence[int]) -> None:
        """Move all VMs, unasked, to where they are in another placement."""
        for vm, host in enumerate(placement):
            if self.at[vm] != host:
                self.go(vm, host)

    def rivals(self, vm: int, host: int) -> Iterator[int]:
        """Give the VMs on the host that count in a full group of ``vm``: one must leave first."""
        for group in self.problem.groups_of[vm]:
            if self.held[host].get(group, 0) >= self.problem.limit(group, host):
                yield from (other for other in self.on[host] if group in self.problem.groups_of[other])


def is_safe(problem: Problem, moves: Sequence[Move]) -> bool:
    """Tell whether the moves can be made one after another, and bring every VM to its target."""
    return first_flaw(problem, moves) is None


def first_flaw(problem: Problem, moves: Sequence[Move]) -> int | None:
    """Give the number of the first move that cannot be made, their count where one is missing, else None."""
    spare, at = Spare(problem, problem.src), list(problem.src)
    for number, (vm, host) in enumerate(moves):
        fits = host == OFF or (spare.fits(vm, host) and problem.may_go(vm, at[vm], host))
        if not fits or host == at[vm]:
            return number
        spare.take(vm, at[vm])
        spare.put(vm, host)
        at[vm] = host
    return None if at == problem.dst else len(moves)
