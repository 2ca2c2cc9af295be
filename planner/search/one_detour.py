"""Whether a single detour is enough, in a shelter that it takes room in. ALGORITHM.md, "One detour".

Where not all VMs can go straight, the next best is one that steps aside, once. There are only so many of
these: each VM on each host.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from planner.search.quick_walks import Learnt, may_load_walks, quick_walks, walked_in_turn
from planner.search.straight import StraightWays
from planner.search.straight_walk import AllStraight, StepAside, StraightWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.parameters import ConflictSearch
    from planner.search.stage import Search


@dataclass(frozen=True, slots=True)
class OneDetour:
    """Whether some VM that steps aside once lets all others go straight.

    Parameters
    ----------
    possible
        None: that could not be told.
    moves
        All migrations in order, as (VM, host), where it is possible.
    """

    possible: bool | None
    moves: tuple[tuple[int, int], ...] = ()


def may_be_one_detour(search: Search) -> bool:
    """Tell whether a plan with one detour would be the best, and nobody knows yet whether there is one."""
    incumbent, limits = search.incumbent, search.parameters.conflicts
    mandatory = incumbent.relaxation.mandatory
    return (
        not incumbent.relaxation.asked_one_detour
        and mandatory is not None
        and incumbent.bound == mandatory + 1
        and incumbent.cost != incumbent.bound
        and len(search.problem.displaced) <= limits.most_whole
        and len(search.problem.displaced) * search.problem.num_hosts <= limits.most_pairs
        and is_detour_of_one(search.problem)
        and may_load_walks(incumbent.deadline, limits)
    )


def ask_about_one_detour(search: Search, deadline: Deadline) -> None:
    """Find a plan with a single detour, or bound all plans by two."""
    incumbent = search.incumbent
    incumbent.relaxation.asked_one_detour = True
    found = one_detour(search.problem, deadline, search.parameters.conflicts, search.effort.workers)
    if found.possible:
        incumbent.offer(list(found.moves))
    elif found.possible is False:
        incumbent.prove((incumbent.relaxation.mandatory or 0) + 2)


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
) -> OneDetour:
    """Ask of each VM and each shelter, again and again, each time through more subsets of VMs.

    Parameters
    ----------
    workers
        VMs that are asked about at a time.
    """
    ours = deadline.within(deadline.left_s)
    asked = _Asked(StraightWays(problem, parameters, compiled=True), ours)
    todo, most_states = _shelters(problem), parameters.first_aside
    with ThreadPoolExecutor(workers) as threads:
        try:
            while not ours.over:
                answers = threads.map(asked.about, todo.items(), repeat(most_states))
                todo = {}
                for answer in answers:
                    if answer.moves:
                        return OneDetour(True, answer.moves)
                    if answer.unknown:
                        todo[answer.vm] = answer.unknown
                if not todo:
                    return OneDetour(False)
                if most_states >= parameters.most_compiled:
                    break
                most_states *= parameters.more_aside
        finally:
            ours.stop()
    return OneDetour(None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """About a VM: the shelters of which nothing is told, or all migrations by way of another one."""

    vm: int
    unknown: list[int]
    moves: tuple[tuple[int, int], ...] = ()


class _Asked:
    """Questions about all VMs, each through so many subsets from either end; none is answered out of time."""

    def __init__(self, ways: StraightWays, deadline: Deadline) -> None:
        self.ways = ways
        self.vms = range(ways.problem.num_vms)
        self._over: Callable[[], bool] = lambda: deadline.over
        self._can_without: dict[int, bool] = {}
        displaced, most = len(ways.problem.displaced), ways.parameters.most_learnt
        self._learnt = {back: Learnt(displaced, most) for back in (False, True)}

    def about(self, shelters_of: tuple[int, Sequence[int]], most_states: int) -> _Answer:
        """Ask about a VM on each of some shelters; most would not help even if they took no room."""
        vm, shelters = shelters_of
        unknown: list[int] = []
        if self._may_help(vm, most_states):
            for shelter in shelters:
                found = self._end(most_states, asides=(StepAside(vm, (shelter,)),))
                if found.possible:
                    return _Answer(vm, [], _moves(self.ways.problem, found.order, vm, shelter))
                if found.possible is None:
                    unknown.append(shelter)
        return _Answer(vm, unknown)

    def _may_help(self, vm: int, most_states: int) -> bool:
        """Tell whether all others might go straight if this one took no room anywhere."""
        if vm not in self._can_without:
            found = self._end(most_states, left_out=(vm,))
            if found.possible is None:
                return True
            self._can_without[vm] = found.possible
            if not found.possible:
                # Who is not among those that cannot all go does not help either.
                others = set(self.ways.problem.displaced).difference(found.conflict, self._can_without)
                self._can_without |= dict.fromkeys(others, False)
        return self._can_without[vm]

    def _end(
        self, most_states: int, asides: Sequence[StepAside] = (), left_out: Collection[int] = ()
    ) -> AllStraight:
        walks = [
            StraightWalk(self.ways, self.vms, back=back, asides=asides, left_out=left_out)
            for back in (False, True)
        ]
        if any(walk.barred for walk in walks):
            return AllStraight(False)
        both = [walk for walk in walks if walk.is_of_use]
        quick = quick_walks(both, self.ways.parameters, most_states, self._learnt)
        return walked_in_turn(quick, self._over)


def _shelters(problem: Problem) -> dict[int, list[int]]:
    """Give all hosts on which each displaced VM could stay that may step aside."""
    return {
        vm: [host for host in range(problem.num_hosts) if host not in (problem.src[vm], problem.dst[vm])]
        for vm in problem.displaced
        if problem.vms[vm].movable and problem.vms[vm].detours
    }


def _moves(problem: Problem, order: Sequence[int], aside: int, shelter: int) -> tuple[tuple[int, int], ...]:
    first = order.index(aside)
    return tuple((vm, shelter if at == first else problem.dst[vm]) for at, vm in enumerate(order))
