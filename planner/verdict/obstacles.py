"""What stands in the way of an impossible pool: who blocks whom, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from planner.search.reachability import blocked, too_large_to_move, total_spare
from planner.verdict.host_log import Level, Shortage
from planner.verdict.sentences import some_of
from planner.verdict.statements import Obstacle
from planner.verdict.waits import ring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.problem import Problem
    from planner.search.impossible import Blocked

MOST_NAMED = 3
"""More is no sentence to be read."""


def summary(obstacles: Sequence[Obstacle]) -> str:
    """Give the first few sentences, and how many more there are."""
    more = len(obstacles) - MOST_NAMED
    text = "; ".join(obstacle.text for obstacle in obstacles[:MOST_NAMED])
    return text + (f"; and {more} more" if more > 0 else "")


def obstacles_of(problem: Problem) -> list[Obstacle]:
    """Say who blocks whom: as the relaxation proves it or, where it does not, a ring of waiting VMs."""
    found = blocked(problem)
    if found is not None:
        return proven_obstacles(problem, found)
    return [
        Obstacle(
            "waits",
            problem.vms[wait.vm].name,
            problem.hosts[problem.src[wait.vm]].name,
            problem.hosts[wait.host].name,
            (problem.vms[wait.for_vm].name,),
            wait.lack.what,
            wait.lack.need,
            wait.lack.free,
            f"{problem.vms[wait.vm].name} waits for room on {problem.hosts[wait.host].name} "
            f"({wait.lack}) until {problem.vms[wait.for_vm].name} leaves",
        )
        for wait in ring(problem)
    ]


def proven_obstacles(problem: Problem, found: Blocked) -> list[Obstacle]:
    """Give one obstacle for each VM of the proof: first the stuck ones, then those that are shut out."""
    stuck = set(found.stuck)
    spare = total_spare(problem)
    obstacles = [_obstacle(problem, vm, found, spare, is_stuck=True) for vm in found.stuck]
    shut_out = (vm for vm in found.shut_out if vm not in stuck)
    return obstacles + [_obstacle(problem, vm, found, spare, is_stuck=False) for vm in shut_out]


def _obstacle(
    problem: Problem, vm: int, found: Blocked, spare: list[int] | None, *, is_stuck: bool
) -> Obstacle:
    source, target = problem.src[vm], problem.dst[vm]
    name, here, there = problem.vms[vm].name, problem.hosts[source].name, problem.hosts[target].name
    keepers = [other for other in found.fixed.get(target, ()) if other != vm]
    lack = Level(problem, target, keepers).shortage(vm)
    if lack is not None and lack.is_group:
        group = problem.group_names.index(lack.what)
        keepers = [other for other in keepers if group in problem.groups_of[other]]
    why = _why(problem, vm, keepers, lack)
    if lack is None and (resource := too_large_to_move(problem, vm, spare)) is not None and spare:
        lack = Shortage(problem.resources[resource], problem.demand[vm][resource], spare[resource])
        keepers = []
        why = f"in flight it counts twice, and that is more than the whole pool has free ({lack})"
    if is_stuck:
        text = f"{name} can never leave {here}: {_nowhere(problem, vm)}{why}"
    else:
        text = f"{name} can never get to {there}: {why}"
    kind: Literal["stuck", "shut_out"] = "stuck" if is_stuck else "shut_out"
    if lack is None:
        return Obstacle(kind, name, here, there, (), None, None, None, text)
    blockers = tuple(problem.vms[other].name for other in keepers)
    return Obstacle(kind, name, here, there, blockers, lack.what, lack.need, lack.free, text)


def _nowhere(problem: Problem, vm: int) -> str:
    guest = problem.vms[vm]
    if not guest.movable:
        return "it is pinned, "
    if not guest.detours:
        return "it takes no detours, "
    return "no other host can ever take it, "


def _why(problem: Problem, vm: int, keepers: list[int], lack: Shortage | None) -> str:
    """Say who stays on the VM's target for ever, and what that leaves."""
    host = problem.hosts[problem.dst[vm]].name
    if lack is None:
        return f"the rules forbid it to go straight to its target {host}"
    if not keepers:
        return f"its target {host} is too small ({lack})"
    named = some_of([problem.vms[other].name for other in keepers], MOST_NAMED)
    return f"its target {host} keeps {named} ({lack}{_as_large_as_the_pool(problem, lack)})"


def _as_large_as_the_pool(problem: Problem, lack: Shortage) -> str:
    """Say that a group fills every place the pool has for it: then none of its members can ever move."""
    if not lack.is_group:
        return ""
    group = problem.group_names.index(lack.what)
    members = len(problem.members[group])
    places = sum(problem.limit(group, host) for host in range(problem.num_hosts))
    if members < places:
        return ""
    return f"; the group is as large as the pool, {members} members for {places} places"
