"""What each VM may do in the plans asked for, and what it takes at least: what bounds of the makespan ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.moves import OFF
from planner.scheduling.free_room import free_room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.clock import Clock
    from models.problem import Problem
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.least import Least


@dataclass(frozen=True, slots=True)
class FreedomInTime:
    """The plans asked for, by what each VM may do in them.

    Parameters
    ----------
    freedom
        What each VM may do.
    least
        What migrations take, by the clock of the pool with everyone in it.
    """

    freedom: Freedom
    least: Least

    @property
    def clock(self) -> Clock:
        """How long everything takes."""
        return self.least.clock

    @property
    def problem(self) -> Problem:
        """The pool as integers, with everyone in it."""
        return self.clock.problem

    def without_stops(self) -> FreedomInTime:
        """Give those of the plans that stop nobody."""
        return FreedomInTime(self.freedom.without_stops(), self.least)

    def moving(self) -> Iterator[int]:
        """Yield the VMs that migrate in every plan, in order."""
        problem = self.problem
        for vm in problem.displaced:
            if OFF not in (problem.src[vm], problem.dst[vm]) and not self.freedom.off[vm]:
                yield vm

    def seconds(self, vm: int) -> int:
        """Give the least seconds that a displaced VM is in flight; if it must go directly, then so."""
        return self.least.to_fly(vm) if self.freedom.aside[vm] else self.least.direct(vm)

    def seconds_at(self, vm: int, host: int) -> int:
        """Give the least seconds of a migration off the source of a VM, or to its target: the host."""
        return self.least.seconds(vm, host) if self.freedom.aside[vm] else self.least.direct(vm)

    def free_room(self, resource: int) -> int:
        """Give the most of a resource that all VMs in flight can take beyond what they take at rest."""
        off = {vm for vm, may in enumerate(self.freedom.off) if may}
        return free_room(self.problem, resource, off)
