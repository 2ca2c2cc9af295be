"""Who waits for whom: everything that can go home goes, and what is left waits in rings.

This proves nothing, since detours are not tried; it shows where a pool locks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heuristics.tracker import Tracker
from planner.verdict.host_log import Level, Shortage

if TYPE_CHECKING:
    from models.problem import Problem


@dataclass(frozen=True, slots=True)
class Wait:
    """A VM that cannot go to its target, for want of room, until another one leaves.

    Parameters
    ----------
    vm, host
        Who waits, and for room on which host.
    lack
        What is missing.
    for_vm
        One who must leave the host.
    """

    vm: int
    host: int
    lack: Shortage
    for_vm: int


def send_home(problem: Problem) -> Tracker:
    """Let every VM go home that can, in pool order, until none can: the placement where it locks."""
    state = Tracker(problem)
    waiting: dict[int, list[int]] = {}
    for vm in problem.displaced:
        waiting.setdefault(problem.dst[vm], []).append(vm)
    work = list(waiting)
    while work:
        host = work.pop()
        for vm in list(waiting.get(host, ())):
            if state.can_go(vm, host):
                waiting[host].remove(vm)
                left = state.go(vm, host)
                if left in waiting:
                    work.append(left)
    return state


def ring(problem: Problem) -> list[Wait]:
    """Give VMs that wait for each other in a ring, once all that can go home is there; empty: none do."""
    state = send_home(problem)
    waits: dict[int, Wait | None] = {}
    best: list[Wait] = []
    for start in problem.displaced:
        if state.at[start] == problem.dst[start] or start in waits:
            continue
        path: dict[int, int] = {}
        chain: list[Wait] = []
        vm = start
        while vm not in path:
            if vm not in waits:
                waits[vm] = _wait(problem, state, vm)
            wait = waits[vm]
            if wait is None:
                break
            path[vm] = len(chain)
            chain.append(wait)
            vm = wait.for_vm
        else:
            found = chain[path[vm] :]
            if not best or len(found) < len(best):
                best = found
    return best


def _wait(problem: Problem, state: Tracker, vm: int) -> Wait | None:
    """Say what a VM waits for; None where it is not for room, or everything there stays."""
    host = problem.dst[vm]
    lack = Level(problem, host, state.on[host]).shortage(vm)
    if lack is None:
        return None
    for other in state.on[host]:
        if problem.dst[other] != host and _helps(problem, vm, other, lack):
            return Wait(vm, host, lack, other)
    return None


def _helps(problem: Problem, vm: int, other: int, lack: Shortage) -> bool:
    """Tell whether the other one takes something of what is missing."""
    if lack.is_group:
        shared = set(problem.groups_of[vm]) & set(problem.groups_of[other])
        return lack.what in {problem.group_names[group] for group in shared}
    return any(problem.resources[resource] == lack.what for resource, _ in problem.needs[other])
