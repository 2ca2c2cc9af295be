"""How tight the components are that can deadlock: what is free on each host now, and what must still come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.tracker import Tracker
from planner.explaining.explanation import RoomTold, TightComponent, TightHost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.problem import Problem
    from planner.search.kernel import Component


def tight_components(problem: Problem, components: Sequence[Component]) -> Iterator[TightComponent]:
    """Describe components; the first time this counts the whole pool, after that only what is in them."""
    state = Tracker(problem)
    leaving: dict[int, list[int]] = {}
    for vm in problem.displaced:
        leaving.setdefault(problem.src[vm], []).append(vm)
    for component in components:
        waiting: dict[int, list[int]] = {host: [] for host in component.hosts}
        for vm in component.moving:
            waiting[problem.dst[vm]].append(vm)
        hosts = [
            _tight_host(problem, state, host, waiting[host], leaving.get(host, ()))
            for host in component.hosts
        ]
        fits = sum(state.can_go(vm, problem.dst[vm]) for vm in component.moving)
        names = tuple(problem.vms[vm].name for vm in component.moving)
        yield TightComponent(tuple(hosts), names, fits)


def _tight_host(
    problem: Problem, state: Tracker, host: int, waiting: Sequence[int], leaving: Sequence[int]
) -> TightHost:
    room = []
    for resource, name in enumerate(problem.resources):
        need = sum(problem.demand[vm][resource] for vm in waiting)
        back = sum(problem.demand[vm][resource] for vm in leaving)
        if need:
            room.append(RoomTold(name, state.free[host][resource], need, back))
    groups = dict.fromkeys(group for vm in waiting for group in problem.groups_of[vm])
    for group in groups:
        free = problem.limit(group, host) - state.held[host].get(group, 0)
        need, back = (sum(group in problem.groups_of[vm] for vm in vms) for vms in (waiting, leaving))
        room.append(RoomTold(problem.group_names[group], free, need, back))
    # By what lacks, in shares of what is needed: resources have no common unit.
    room.sort(key=lambda r: (r.free - r.need) / r.need)
    return TightHost(problem.hosts[host].name, tuple(room), tuple(problem.vms[vm].name for vm in waiting))
