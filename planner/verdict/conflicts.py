"""Conflicts in words: who cannot all go straight home, and where the room is that they lack."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from models.sizes import exact, title
from planner.search.straight_ways import StraightWays
from planner.verdict.statements import ConflictTold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from models.problem import Problem
    from planner.search.conflicts import WeighedConflict

MOST_REASONS = 2
"""VMs of a conflict of which it is said what they wait for."""

MOST_NAMES = 6
"""More is no sentence to be read."""


def conflicts_told(problem: Problem, conflicts: Sequence[WeighedConflict]) -> Iterator[ConflictTold]:
    """Say of each conflict what it is, those that weigh most first."""
    ways = StraightWays(problem)
    for conflict in sorted(conflicts, key=lambda one: -one.weight):
        names = tuple(problem.vms[vm].name for vm in conflict.vms)
        yield ConflictTold(names, str(conflict.weight), _sentence(problem, ways, conflict.vms))


def _sentence(problem: Problem, ways: StraightWays, vms: Sequence[int]) -> str:
    names = [problem.vms[vm].name for vm in vms]
    shown = (
        names
        if len(names) <= MOST_NAMES
        else [*names[: MOST_NAMES - 1], f"{len(names) - MOST_NAMES + 1} more"]
    )
    reasons = "; ".join(islice(_reasons(problem, ways, vms), MOST_REASONS))
    settled = [vm for vm in vms if not ways.moves(vm)]
    verb = "go straight home" if not settled else "go straight home or stay"
    why = reasons or "whoever goes first takes the room that another needs"
    if len(vms) == 1:
        return (
            f"{names[0]} cannot go straight to {problem.hosts[problem.dst[vms[0]]].name}: the rules forbid it"
        )
    return f"{', '.join(shown[:-1])} and {shown[-1]} cannot all {verb}: {why}"


def _reasons(problem: Problem, ways: StraightWays, vms: Sequence[int]) -> Iterator[str]:
    """Say what each of the VMs that shall move lacks on its target while all of them are where they are."""
    for vm in filter(ways.moves, vms):
        target = problem.dst[vm]
        there = {other for other in (*vms, *ways.fixed_on(target)) if problem.src[other] == target}
        lack = _lack_of_room(problem, vm, there) or _lack_in_a_group(problem, vm, there)
        if lack is not None:
            yield lack


def _lack_of_room(problem: Problem, vm: int, there: Collection[int]) -> str | None:
    """Say which resource its target lacks for a VM beside others; None: none."""
    target = problem.dst[vm]
    for resource, amount in problem.needs[vm]:
        free = problem.usable[target][resource] - sum(problem.demand[other][resource] for other in there)
        if amount > free:
            name, where = problem.resources[resource], problem.hosts[target].name
            needs = f"{problem.vms[vm].name} needs {exact(amount, name)} {title(name)} on {where}"
            return f"{needs}, where the others leave {exact(max(free, 0), name)}"
    return None


def _lack_in_a_group(problem: Problem, vm: int, there: Collection[int]) -> str | None:
    """Say which group keeps a VM from its target beside others; None: none."""
    target = problem.dst[vm]
    for group in problem.groups_of[vm]:
        if sum(group in problem.groups_of[other] for other in there) >= problem.limit(group, target):
            where = problem.hosts[target].name
            return (
                f"{problem.group_names[group]} keeps {problem.vms[vm].name} from {where} until another leaves"
            )
    return None
