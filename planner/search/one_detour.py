"""Whether a single detour is enough, in a shelter that it takes room in. ALGORITHM.md, "One detour".

Where not all VMs can go straight, the next best is one that steps aside, once. There are only so many of
these: each VM on each host.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from planner.search.all_but_few import AllButFew, Told, asked_in_rounds
from planner.search.quick_walks import may_load_walks
from planner.search.straight_walk import StepAside
from planner.search.straight_ways import StraightWays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.all_but_few import FewAside
    from planner.search.incumbent import Incumbent
    from planner.search.parameters import ConflictSearch
    from planner.search.stage import Search


def may_be_one_detour(search: Search) -> bool:
    """Tell whether a plan with one detour would be the best, and nobody knows yet whether there is one."""
    most_pairs = search.parameters.conflicts.most_pairs
    return not search.incumbent.relaxation.asked_one_detour and would_be_best(search, 1, most_pairs)


def would_be_best(search: Search, detours: int, most_pairs: int) -> bool:
    """Tell whether a plan with so many detours would be the best, and may be asked about.

    Parameters
    ----------
    most_pairs
        Moving VMs times hosts up to which it is.
    """
    incumbent, mandatory = search.incumbent, search.incumbent.relaxation.mandatory
    return (
        mandatory is not None
        and incumbent.bound == mandatory + detours
        and incumbent.cost != incumbent.bound
        and can_be_asked_about(search, most_pairs)
    )


def can_be_asked_about(search: Search, most_pairs: int) -> bool:
    """Tell whether it can be asked who steps aside, and where: of so many moving VMs times hosts."""
    limits, moving = search.parameters.conflicts, len(search.problem.displaced)
    return (
        moving <= limits.most_whole
        and moving * search.problem.num_hosts <= most_pairs
        and is_detour_of_one(search.problem)
        and may_load_walks(search.incumbent.deadline, limits)
    )


def ask_about_one_detour(search: Search, deadline: Deadline) -> None:
    """Find a plan with a single detour, or bound all plans by two."""
    search.incumbent.relaxation.asked_one_detour = True
    found = one_detour(search.problem, deadline, search.parameters.conflicts, search.effort.workers)
    take(search.incumbent, found, 1)


def take(incumbent: Incumbent, found: FewAside, detours: int) -> None:
    """Offer the plan that was found, or bound all plans by a detour more."""
    if found.possible:
        incumbent.offer(list(found.moves))
    elif found.possible is False:
        incumbent.prove((incumbent.relaxation.mandatory or 0) + detours + 1)


def is_detour_of_one(problem: Problem) -> bool:
    """Tell whether one more than the mandatory moves is a single detour of a VM that moves anyway.

    A settled VM that makes way has two migrations to make, and a stop has a price of its own.
    """
    src, dst = problem.src, problem.dst
    return all(stop is None for stop in problem.stop_cost) and all(
        problem.cost[vm] == 1 and (src[vm] == dst[vm] or problem.may_go(vm, src[vm], dst[vm]))
        for vm in range(problem.num_vms)
    )


def one_detour(
    problem: Problem, deadline: Deadline, parameters: ConflictSearch, workers: int = 1
) -> FewAside:
    """Ask of each VM and each shelter, again and again, each time through more subsets of VMs.

    Parameters
    ----------
    workers
        VMs that are asked about at a time.
    """
    ours = deadline.within(deadline.left_s)
    todo: dict[int, Sequence[int]] = {
        vm: [host for host in range(problem.num_hosts) if host not in (problem.src[vm], problem.dst[vm])]
        for vm in problem.displaced
        if problem.vms[vm].may_step_aside
    }
    questions = AllButFew(StraightWays(problem, parameters, compiled=True), ours, todo)
    ask = partial(_ask_about, questions, parameters.few_shelters)
    return asked_in_rounds(ask, todo, ours, parameters, workers)


def _ask_about(
    questions: AllButFew, few: int, vm: int, shelters: Sequence[int], most_states: int
) -> Told[int]:
    """Ask about a VM on each of some shelters; many would not help even if they took no room."""
    if len(shelters) >= few and questions.can_without(frozenset((vm,)), most_states) is False:
        return Told(())
    unknown: list[int] = []
    for shelter in shelters:
        found = questions.by_way_of((StepAside(vm, (shelter,)),), most_states)
        if found.possible:
            return Told((), found.moves)
        if found.possible is None:
            unknown.append(shelter)
    return Told(unknown)
