"""Large neighbourhoods: a part of a plan around one detour, opened for CP-SAT to re-plan.

Some hosts are chosen around a detour. Every VM whose path touches only them and hosts nearby is free; the
stays of all others are fixed. ALGORITHM.md, "Large neighbourhoods".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.problem import OFF, Move, Problem
from planner.cp.window import Stay, Window, is_free, stays_of

if TYPE_CHECKING:
    from planner.cp.chains import Timed
    from planner.shelters import Shelters

GAP = 4
"""Instants between two moves of the plan as it is, so that others can happen in between."""

OUTSIDE = 3
"""Hosts outside the neighbourhood that are offered to each VM as shelters: those with the most room."""

CHANCE = 2
"""Further hosts, drawn, that are offered to all."""


@dataclass(slots=True)
class Timeline:
    """A plan as stays, and which hosts its VMs connect.

    Attributes
    ----------
    stays
        ``stays[vm]``, in instants ``GAP`` apart.
    near
        ``near[host]``: (instant, other host) of every migration that starts or ends there.
    detours
        (instant, vm) of every migration to a host that is not the target, and of every stop.
    """

    problem: Problem
    moves: list[Move]
    horizon: int
    stays: list[list[Stay]]
    on: list[set[int]]
    near: dict[int, list[tuple[int, int]]]
    detours: list[tuple[int, int]]

    @classmethod
    def of(cls, problem: Problem, moves: list[Move]) -> Timeline:
        """Lay a plan out in time."""
        horizon = GAP * (len(moves) + 1)
        stays = [
            [
                Stay(s.vm, s.host, GAP * s.start, horizon if s.end > len(moves) else GAP * (s.end - 1) + 1)
                for s in each
            ]
            for each in stays_of(problem, moves, len(moves) + 1)
        ]
        on: list[set[int]] = [set() for _ in problem.hosts]
        for each in stays:
            for stay in each:
                on[stay.host].add(stay.vm)
        near: dict[int, list[tuple[int, int]]] = defaultdict(list)
        detours: list[tuple[int, int]] = []
        at = list(problem.src)
        for number, (vm, host) in enumerate(moves):
            if OFF not in (host, at[vm]):
                near[host].append((GAP * number, at[vm]))
                near[at[vm]].append((GAP * number, host))
            if host != problem.dst[vm]:
                detours.append((GAP * number, vm))
            at[vm] = host
        return cls(problem, moves, horizon, stays, on, near, detours)

    def whole(self) -> list[Timed]:
        """Give all moves with their instants."""
        return [(GAP * n, 0, move) for n, move in enumerate(self.moves)]

    def timed(self, vms: set[int]) -> list[Timed]:
        """Give the moves of some VMs with their instants."""
        return [(GAP * n, 0, move) for n, move in enumerate(self.moves) if move[0] in vms]


def hosts_around(timeline: Timeline, size: int, rng: np.random.Generator) -> list[int]:
    """Choose hosts around a detour: those that exchange VMs with its hosts, nearest in time first."""
    instant, vm = timeline.detours[int(rng.integers(len(timeline.detours)))]
    chosen = dict.fromkeys(stay.host for stay in timeline.stays[vm])
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
    free = sorted({vm for host in core for vm in timeline.on[host] if is_free(problem, vm)})
    offered = sorted({*core, *rng.integers(problem.num_hosts, size=CHANCE).tolist()})
    # Roomy hosts far away help where there are any; where all are full they only make the model larger.
    outside = OUTSIDE if rng.random() < 0.5 else 0
    places = {vm: _places(timeline, shelters, vm, offered, outside) for vm in free}
    return _window(timeline, free, places), set(free)


def open_all(timeline: Timeline, free: list[int], shelters: Shelters, few: int) -> tuple[Window, set[int]]:
    """Open the plan for some VMs everywhere, each offered a few shelters; give the window and these VMs."""
    places = {vm: _places(timeline, shelters, vm, [], few) for vm in free}
    return _window(timeline, free, places), set(free)


def _window(timeline: Timeline, free: list[int], places: dict[int, list[int]]) -> Window:
    problem, inside = timeline.problem, set(free)
    window = Window(problem, free, problem.src, problem.dst, timeline.horizon, places)
    for host in window.hosts:
        window.fixed[host] = [
            stay
            for vm in sorted(timeline.on[host])
            if vm not in inside
            for stay in timeline.stays[vm]
            if stay.host == host
        ]
    return window


def _places(timeline: Timeline, shelters: Shelters, vm: int, offered: list[int], few: int) -> list[int]:
    """Give the hosts offered to a VM: those it waits on in the plan as it is, and those that may help."""
    own = {stay.host for stay in timeline.stays[vm]}
    if not shelters.may_step(vm):
        return []
    able = {host for host in offered if shelters.can_hold(vm, host)}
    return sorted(own | able | set(shelters.best(vm, few)))


def replaced(plan: list[Timed], free: frozenset[int], moves: list[Timed]) -> list[Timed]:
    """Give a whole plan with the moves of the free VMs replaced."""
    kept = [item for item in plan if item[2][0] not in free]
    return sorted(kept + moves, key=lambda item: item[:2])
