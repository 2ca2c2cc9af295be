"""A plan laid out in time, and windows in it. ALGORITHM.md, "Large neighbourhoods"."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from models.problem import OFF, Move, Problem
from planner.cp.window import Stay, Window

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from planner.cp.variables import Timed


class Timeline:
    """A plan laid out in time, and which hosts its VMs connect.

    Made anew for each better plan, so it keeps to what takes a few steps a move; stays are made when asked.

    Parameters
    ----------
    gap
        Instants between two moves, so that others can happen in between.

    Attributes
    ----------
    horizon
        The number of instants; move number n happens at instant n * ``gap``.
    near
        ``near[host]``: (instant, other host) of every migration that starts or ends there.
    detours
        (instant, vm) of every migration to a host that is not the target, and of every stop.
    """

    def __init__(self, problem: Problem, moves: list[Move], gap: int) -> None:
        self.problem = problem
        self.moves = moves
        self.gap = gap
        self.horizon = gap * (len(moves) + 1)
        self.near: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.detours: list[tuple[int, int]] = []
        self._home: dict[int, list[int]] = defaultdict(list)
        self._came: dict[int, list[int]] = defaultdict(list)
        self._path: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            self._home[host].append(vm)
        at = list(problem.src)
        for number, (vm, host) in enumerate(moves):
            instant, here = gap * number, at[vm]
            at[vm] = host
            self._path[vm].append((instant, host))
            self._came[host].append(vm)
            if host != problem.dst[vm]:
                self.detours.append((instant, vm))
            if OFF not in (host, here):
                self.near[host].append((instant, here))
                self.near[here].append((instant, host))

    def stays(self, vm: int) -> list[Stay]:
        """Give the stays of a VM, in order."""
        found: list[Stay] = []
        here, since = self.problem.src[vm], 0
        for instant, host in self._path.get(vm, ()):
            if here != OFF:
                found.append(Stay(vm, here, since, instant + 1))
            here, since = host, instant
        if here != OFF:
            found.append(Stay(vm, here, since, self.horizon))
        return found

    def on(self, host: int) -> set[int]:
        """Give the VMs that are on the host at some time."""
        return {*self._home.get(host, ()), *self._came.get(host, ())}

    def hosts_of(self, vm: int) -> set[int]:
        """Give the hosts that the VM is on at some time."""
        return {self.problem.src[vm], *(host for _, host in self._path.get(vm, ()) if host != OFF)}

    def distance(self, vm: int, instant: int) -> int:
        """Give the instants to the nearest move of a VM; the horizon for one that never moves."""
        moves = (abs(when - instant) for when, _ in self._path.get(vm, ()))
        return min(moves, default=self.horizon)

    def whole(self) -> list[Timed]:
        """Give all moves with their instants."""
        return [(self.gap * n, 0, move) for n, move in enumerate(self.moves)]

    def timed(self, vms: set[int]) -> list[Timed]:
        """Give the moves of some VMs with their instants."""
        return [(self.gap * n, 0, move) for n, move in enumerate(self.moves) if move[0] in vms]

    def window(self, free: list[int], shelters: dict[int, list[int]]) -> Window:
        """Open the plan for some VMs; all others that are on a host of theirs keep to their stays."""
        problem, inside = self.problem, set(free)
        window = Window(problem, free, problem.src, problem.dst, self.horizon, shelters)
        for host in window.hosts:
            window.fixed[host] = [
                stay
                for vm in sorted(self.on(host))
                if vm not in inside
                for stay in self.stays(vm)
                if stay.host == host
            ]
        return window


def replaced(plan: list[Timed], free: AbstractSet[int], moves: list[Timed]) -> list[Timed]:
    """Give a whole plan with the moves of the free VMs replaced."""
    kept = [item for item in plan if item[2][0] not in free]
    return sorted(kept + moves, key=lambda item: item[:2])
