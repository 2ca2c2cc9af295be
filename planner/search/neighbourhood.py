"""Large neighbourhoods: a part of a plan around one detour, opened for CP-SAT to re-plan.

Some hosts are chosen around a detour. Every VM whose path touches only them and hosts nearby is free; the
stays of all others are fixed. ALGORITHM.md, "Large neighbourhoods".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from models.problem import OFF, Move, Problem
from planner.cp.window import Stay, Window, is_free

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from planner.cp.chains import Timed
    from planner.search.shelters import Shelters

GAP = 4
"""Instants between two moves of the plan as it is, so that others can happen in between."""

OUTSIDE = 3
"""Hosts outside the neighbourhood that are offered to each VM as shelters: those with the most room."""

DRAWN_FROM = 60
"""Best shelters of a VM from which a few are drawn."""

CHANCE = 2
"""Further hosts, drawn, that are offered to all."""


class Timeline:
    """A plan laid out in time, and which hosts its VMs connect.

    Made anew for each better plan, so it keeps to what takes a few steps a move; stays are made when asked.

    Attributes
    ----------
    horizon
        The number of instants; move number n happens at instant n * ``GAP``.
    near
        ``near[host]``: (instant, other host) of every migration that starts or ends there.
    detours
        (instant, vm) of every migration to a host that is not the target, and of every stop.
    """

    def __init__(self, problem: Problem, moves: list[Move]) -> None:
        self.problem = problem
        self.moves = moves
        self.horizon = GAP * (len(moves) + 1)
        self.near: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.detours: list[tuple[int, int]] = []
        self._home: dict[int, list[int]] = defaultdict(list)
        self._came: dict[int, list[int]] = defaultdict(list)
        self._path: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            self._home[host].append(vm)
        at = list(problem.src)
        for number, (vm, host) in enumerate(moves):
            instant, here = GAP * number, at[vm]
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

    def whole(self) -> list[Timed]:
        """Give all moves with their instants."""
        return [(GAP * n, 0, move) for n, move in enumerate(self.moves)]

    def timed(self, vms: set[int]) -> list[Timed]:
        """Give the moves of some VMs with their instants."""
        return [(GAP * n, 0, move) for n, move in enumerate(self.moves) if move[0] in vms]


def hosts_around(timeline: Timeline, size: int, rng: np.random.Generator) -> list[int]:
    """Choose hosts around a detour: those that exchange VMs with its hosts, nearest in time first."""
    instant, vm = timeline.detours[int(rng.integers(len(timeline.detours)))]
    chosen = dict.fromkeys(sorted(timeline.hosts_of(vm)))
    chosen.update(dict.fromkeys((timeline.problem.src[vm], timeline.problem.dst[vm])))
    border = list(chosen)
    spread = 0.25 * timeline.horizon
    while border and len(chosen) < size:
        links = [link for host in border for link in timeline.near[host] if link[1] not in chosen]
        if not links:
            break
        away = np.array([abs(when - instant) for when, _ in links]) + rng.random(len(links)) * spread
        border = []
        for index in np.argsort(away)[: max(1, size - len(chosen))].tolist():
            host = links[index][1]
            if host not in chosen and len(chosen) < size:
                chosen[host] = None
                border.append(host)
    return list(chosen)


def open_window(
    timeline: Timeline, core: list[int], shelters: Shelters, rng: np.random.Generator
) -> tuple[Window, set[int]]:
    """Open the plan on some hosts; give the window and the VMs that are free in it.

    Free is every VM whose path touches a core host: its other hosts are in the model too, with all else
    there fixed.
    """
    problem = timeline.problem
    free = sorted({vm for host in core for vm in timeline.on(host) if is_free(problem, vm)})
    offered = sorted({*core, *rng.integers(problem.num_hosts, size=CHANCE).tolist()})
    # Roomy hosts far away help where there are any; where all are full they only make the model larger.
    outside = OUTSIDE if rng.random() < 0.5 else 0
    places = {vm: _places(timeline, shelters, vm, offered, outside) for vm in free}
    return _window(timeline, free, places), set(free)


def open_all(
    timeline: Timeline, aside: set[int], shelters: Shelters, few: int, rng: np.random.Generator
) -> tuple[Window, set[int]]:
    """Open the plan for all displaced VMs, and offer shelters to some; give the window and the free VMs.

    Parameters
    ----------
    aside
        The VMs that may step aside; at home or displaced.
    few
        How many shelters each is offered, drawn from the best.
    """
    problem = timeline.problem
    free = sorted(aside.union(problem.displaced))
    places = {}
    for vm in free:
        best = shelters.best(vm, DRAWN_FROM) if vm in aside else []
        drawn = [best[number] for number in rng.permutation(len(best))[:few]]
        places[vm] = _places(timeline, shelters, vm, drawn, 0) if vm in aside else []
    return _window(timeline, free, places), set(free)


def _window(timeline: Timeline, free: list[int], places: dict[int, list[int]]) -> Window:
    problem, inside = timeline.problem, set(free)
    window = Window(problem, free, problem.src, problem.dst, timeline.horizon, places)
    for host in window.hosts:
        window.fixed[host] = [
            stay
            for vm in sorted(timeline.on(host))
            if vm not in inside
            for stay in timeline.stays(vm)
            if stay.host == host
        ]
    return window


def _places(timeline: Timeline, shelters: Shelters, vm: int, offered: list[int], few: int) -> list[int]:
    """Give the hosts offered to a VM: those it waits on in the plan as it is, and those that may help."""
    own = timeline.hosts_of(vm)
    if not shelters.may_step(vm):
        return []
    able = {host for host in offered if shelters.can_hold(vm, host)}
    return sorted(own | able | set(shelters.best(vm, few)))


def replaced(plan: list[Timed], free: AbstractSet[int], moves: list[Timed]) -> list[Timed]:
    """Give a whole plan with the moves of the free VMs replaced."""
    kept = [item for item in plan if item[2][0] not in free]
    return sorted(kept + moves, key=lambda item: item[:2])
