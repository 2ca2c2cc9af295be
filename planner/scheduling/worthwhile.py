"""Which attempts at a shorter schedule are worth while: how large the pool is, and what its end waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.scheduling.detour_model import num_paths
from planner.scheduling.reroute import waits_for_room

if TYPE_CHECKING:
    from planner.scheduling.parameters import ModelSizes
    from planner.scheduling.standing import SoFar


def has_few_tasks(standing: SoFar) -> bool:
    """Tell whether the tasks are few."""
    return len(standing.work.tasks) <= _sizes(standing).most_tried_widely


def is_small(standing: SoFar) -> bool:
    """Tell whether there are few enough tasks for a model of all of them."""
    return len(standing.work.tasks) <= _sizes(standing).most_at_once


def is_in_reach(standing: SoFar) -> bool:
    """Tell whether there are few enough tasks for models of parts of them."""
    return len(standing.work.tasks) <= _sizes(standing).most_in_part


def has_few_ways(standing: SoFar) -> bool:
    """Tell whether all ways may be gone, and the pool is small enough for a model of all of them."""
    return standing.asked.cost_is_free and num_ways(standing, 1) <= _sizes(standing).most_ways


def has_steps_aside(standing: SoFar) -> bool:
    """Tell whether the tasks at hand have steps aside."""
    return len(standing.work.tasks) > len(standing.work.problem.displaced)


def has_only_these_tasks(standing: SoFar) -> bool:
    """Tell whether every plan asked for has these tasks, so that a bound for them is one for all."""
    work = standing.work
    return standing.asked.freedom.is_none and len(work.tasks) == len(work.problem.displaced)


def is_proven_by_tasks(standing: SoFar) -> bool:
    """Tell whether a model of all tasks may prove the schedule to be the shortest."""
    return has_only_these_tasks(standing) and is_small(standing)


def is_told_by_horizons(standing: SoFar) -> bool:
    """Tell whether a horizon that these tasks, few enough, cannot meet is too short for all plans."""
    is_proof = has_only_these_tasks(standing) and standing.work.clock.is_exact
    return is_proof and standing.known is not None and is_in_reach(standing)


def is_told_by_ways(standing: SoFar) -> bool:
    """Tell whether plans of the cost at hand have other tasks than these, and proofs hold for the pool."""
    return standing.work.clock.is_exact and not has_only_these_tasks(standing)


def room_is_short(standing: SoFar) -> bool:
    """Tell whether the end waits for room, and for so long that the wires are not what decides."""
    is_short = standing.makespan > (1 + _sizes(standing).short_of_room) * standing.bound.seconds
    return is_short and waits_for_room(*standing.timed)


def room_decides_for_few(standing: SoFar) -> bool:
    """Tell whether the end of few tasks waits for room.

    Where VMs have more ways aside than that, these gain so much that nothing else need come first.
    """
    return _has_few_tasks_and_ways(standing) and waits_for_room(*standing.timed)


def room_decides_for_many(standing: SoFar) -> bool:
    """Tell whether the end waits for room, at no more cost, and comes far above the bound.

    A model of all tasks would not get down there.
    """
    if standing.asked.cost_is_free or not is_in_reach(standing):
        return False
    is_far = standing.makespan > (1 + _sizes(standing).far_short_of_room) * standing.bound.seconds
    return is_far and waits_for_room(*standing.timed)


def few_step_aside(standing: SoFar) -> bool:
    """Tell whether tasks are few, and some of them steps aside: who makes them may decide, whatever waits."""
    return _has_few_tasks_and_ways(standing) and has_steps_aside(standing)


def _has_few_tasks_and_ways(standing: SoFar) -> bool:
    problem, sizes = standing.work.problem, _sizes(standing)
    return has_few_tasks(standing) and problem.num_vms * num_paths(problem, 1) <= sizes.most_ways


def is_soon_exhausted(standing: SoFar) -> bool:
    """Tell whether all ways may be gone, and a model of all of them is soon exhausted."""
    return standing.asked.cost_is_free and num_ways(standing, 1) <= _sizes(standing).few_ways


def stepping_aside_decides(standing: SoFar) -> bool:
    """Tell whether the end waits for room, and VMs may step aside in more ways than are soon exhausted.

    A model of the tasks at hand would only find how late they end without.
    """
    asked = standing.asked
    if not (asked.cost_is_free and any(asked.freedom.aside) and is_in_reach(standing)):
        return False
    return num_ways(standing, 1) > _sizes(standing).few_ways and room_is_short(standing)


def num_ways(standing: SoFar, detours: int) -> float:
    """Give the number of ways that a model of all of them has."""
    problem, it = standing.work.problem, standing.asked.freedom
    free = zip(it.aside, it.off, it.wanders, strict=True)
    return sum(num_paths(problem, detours, off=one[1]) if any(one) else 1 for one in free)


def _sizes(standing: SoFar) -> ModelSizes:
    return standing.asked.parameters.sizes
