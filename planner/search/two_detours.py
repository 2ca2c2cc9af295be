"""Whether two detours are enough, each in a shelter that it takes room in. ALGORITHM.md, "Two detours".

Two VMs step aside, or one does twice, or a settled one makes way and comes back.
"""

from __future__ import annotations

from functools import partial
from itertools import combinations, product
from typing import TYPE_CHECKING

from planner.search.all_but_few import AllButFew, Told, asked_in_rounds
from planner.search.one_detour import take, would_be_best
from planner.search.straight_walk import StepAside
from planner.search.straight_ways import StraightWays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.all_but_few import FewAside
    from planner.search.parameters import ConflictSearch
    from planner.search.stage import Search

Way = tuple[tuple[int, ...], ...]
"""Of each of some VMs the hosts that it stays on in turn."""


def may_be_two_detours(search: Search) -> bool:
    """Tell whether a plan with two detours would be the best, and nobody knows yet whether there is one."""
    most_pairs = search.parameters.conflicts.most_pairs_of_two
    return not search.incumbent.relaxation.asked_two_detours and would_be_best(search, 2, most_pairs)


def ask_about_two_detours(search: Search, deadline: Deadline) -> None:
    """Find a plan with two detours, or bound all plans by three."""
    search.incumbent.relaxation.asked_two_detours = True
    found = two_detours(search.problem, deadline, search.parameters.conflicts, search.effort.workers)
    take(search.incumbent, found, 2)


def two_detours(
    problem: Problem, deadline: Deadline, parameters: ConflictSearch, workers: int = 1
) -> FewAside:
    """Ask of all who may step aside, and all hosts, again and again, each time through more subsets of VMs.

    Parameters
    ----------
    workers
        Pairs that are asked about at a time.
    """
    ours = deadline.within(deadline.left_s)
    questions = AllButFew(StraightWays(problem, parameters, compiled=True), ours, range(problem.num_vms))
    todo: dict[tuple[int, ...], Sequence[Way]] = {who: list(ways) for who, ways in _all_ways(problem)}
    return asked_in_rounds(partial(_ask_about, questions), todo, ours, parameters, workers)


def _all_ways(problem: Problem) -> Iterator[tuple[tuple[int, ...], Iterator[Way]]]:
    """Give who steps aside, and by which hosts, in all plans with two migrations more than are mandatory."""
    src, dst, hosts = problem.src, problem.dst, range(problem.num_hosts)
    shelters = {
        vm: [host for host in hosts if host not in (src[vm], dst[vm])]
        for vm in range(problem.num_vms)
        if problem.vms[vm].may_step_aside
    }
    displaced = [vm for vm in problem.displaced if vm in shelters]
    for vm in shelters:
        if src[vm] == dst[vm]:
            yield (vm,), (((host,),) for host in shelters[vm])
    for vm in displaced:
        yield (
            (vm,),
            (
                (by,)
                for by in product(hosts, hosts)
                if src[vm] != by[0] and by[0] != by[1] and by[1] != dst[vm]
            ),
        )
    for one, other in combinations(displaced, 2):
        yield (one, other), (((at,), (to,)) for at, to in product(shelters[one], shelters[other]))


def _ask_about(
    questions: AllButFew, who: tuple[int, ...], ways: Sequence[Way], most_states: int
) -> Told[Way]:
    """Ask about some VMs and their ways; most would not help even if they, or one of them, took no room."""
    if questions.can_without(frozenset(who), most_states) is False:
        return Told(())
    unknown: list[Way] = []
    for way in _not_in_vain(questions, who, ways, most_states):
        found = questions.by_way_of([*map(StepAside, who, way)], most_states)
        if found.possible:
            return Told((), found.moves)
        if found.possible is None:
            unknown.append(way)
    return Told(unknown)


def _not_in_vain(
    questions: AllButFew, who: tuple[int, ...], ways: Sequence[Way], most_states: int
) -> Sequence[Way]:
    """Leave out the ways in which one of two would not help even if the other took no room."""
    if len(who) < 2:
        return ways
    for at, vm in enumerate(who):
        others = frozenset(who) - {vm}
        in_vain = {
            by
            for by in dict.fromkeys(way[at] for way in ways)
            if questions.by_way_of((StepAside(vm, by),), most_states, others).possible is False
        }
        ways = [way for way in ways if way[at] not in in_vain]
    return ways
