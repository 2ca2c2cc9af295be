"""Who stays on a host from which action to which: what precedences have to keep apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from models.moves import OFF

if TYPE_CHECKING:
    from heuristics.tasks import Work

NO_TASK = -1
"""The task that brings a VM that is there from the first, or takes away one that is there to the last."""


class TaskStay(NamedTuple):
    """A VM on a host, from the start of the task that brings it to the end of the one that takes it away.

    Parameters
    ----------
    vm
        Who.
    comes, goes
        These tasks; ``NO_TASK`` where there is none.
    """

    vm: int
    comes: int
    goes: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A resource or a group that the stays on a host could exceed, were they all there at once.

    Parameters
    ----------
    most
        What the host has of it.
    weights
        ``weights[stay]``: what each takes, 0 for those that nobody counts.
    at_first
        What those take together that are there from the first.
    """

    most: int
    weights: tuple[int, ...]
    at_first: int


def stays_of(work: Work) -> dict[int, list[TaskStay]]:
    """Give the stays on every host where somebody arrives, those that are there from the first in front."""
    arrivals = {task.dst for task in work.tasks if task.dst != OFF}
    stays: dict[int, list[TaskStay]] = {host: [] for host in sorted(arrivals)}
    came = [NO_TASK] * work.problem.num_vms
    here = list(work.at_first)
    closed: list[tuple[int, TaskStay]] = []
    for number, task in enumerate(work.tasks):
        closed.append((task.src, TaskStay(task.vm, came[task.vm], number)))
        came[task.vm], here[task.vm] = number, task.dst
    closed += [(host, TaskStay(vm, came[vm], NO_TASK)) for vm, host in enumerate(here)]
    for host, stay in closed:
        if host in stays:
            stays[host].append(stay)
    for on_host in stays.values():
        on_host.sort(key=lambda stay: stay.comes != NO_TASK)
    return stays


def limits_of(work: Work, host: int, stays: list[TaskStay]) -> list[Limit]:
    """Give the limits that the stays on a host exceed together; no others can ever be broken there."""
    problem = work.problem
    first = sum(stay.comes == NO_TASK for stay in stays)
    found = []
    needed = [problem.demand[stay.vm] for stay in stays]
    for resource, most in enumerate(problem.usable[host]):
        weights = tuple([row[resource] for row in needed])
        if sum(weights) > most:
            found.append(Limit(most, weights, sum(weights[:first])))
    groups = {group for stay in stays for group in problem.groups_of[stay.vm]} if problem.members else ()
    for group in sorted(groups):
        weights = tuple(int(group in problem.groups_of[stay.vm]) for stay in stays)
        if sum(weights) > (most := problem.limit(group, host)):
            found.append(Limit(most, weights, sum(weights[:first])))
    return found
