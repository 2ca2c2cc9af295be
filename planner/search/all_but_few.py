"""Whether all VMs can go straight but a few, who step aside or are left out. ALGORITHM.md, "One detour"."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Generic, TypeVar

from planner.search.quick_walks import Learnt, quick_walks, walked_in_turn
from planner.search.straight_walk import AllStraight, StraightWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.parameters import ConflictSearch
    from planner.search.quick_walks import QuickWalk
    from planner.search.straight import StraightWays
    from planner.search.straight_walk import StepAside

Who = TypeVar("Who")
Question = TypeVar("Question")

Moves = tuple[tuple[int, int], ...]
"""All migrations in order, as (VM, host)."""


@dataclass(frozen=True, slots=True)
class FewAside:
    """Whether few enough detours are enough.

    Parameters
    ----------
    possible
        None: that could not be told.
    moves
        All migrations, where it is possible.
    """

    possible: bool | None
    moves: Moves = ()


class AllButFew:
    """Questions about all VMs but a few, which learn from each other; none is answered out of time.

    Parameters
    ----------
    ways
        What there is to know of the problem.
    deadline
        When to stop.
    """

    def __init__(self, ways: StraightWays, deadline: Deadline) -> None:
        self.problem, self._ways, self._deadline = ways.problem, ways, deadline
        self._vms = range(self.problem.num_vms)
        displaced, most = len(self.problem.displaced), ways.parameters.most_learnt
        self._learnt = {back: Learnt(displaced, most) for back in (False, True)}
        self._conflicts: list[frozenset[int]] = []
        self._can_without: dict[frozenset[int], bool] = {}
        self._last_told_back = False

    def can_without(self, vms: frozenset[int], most_states: int) -> bool | None:
        """Tell whether all others can go straight if these took no room anywhere, through so many subsets."""
        if vms not in self._can_without:
            displaced = all(map(self._ways.moves, vms))
            # Conflicts may have to do with settled VMs.
            if displaced and any(conflict.isdisjoint(vms) for conflict in self._conflicts):
                self._can_without[vms] = False
                return False
            found = self._end((), vms, most_states)
            if found.possible is None:
                return None
            self._can_without[vms] = found.possible
            if displaced and found.conflict:
                self._conflicts.append(found.conflict)
        return self._can_without[vms]

    def by_way_of(
        self, asides: Sequence[StepAside], most_states: int, left_out: frozenset[int] = frozenset()
    ) -> FewAside:
        """Ask whether all can go where some step aside so, and others take no room anywhere."""
        found = self._end(asides, left_out, most_states)
        if not found.possible:
            return FewAside(found.possible)
        return FewAside(True, tuple(_moves(self.problem, found.order, asides)))

    def _end(self, asides: Sequence[StepAside], left_out: frozenset[int], most_states: int) -> AllStraight:
        first = self._walk(asides, left_out, back=self._last_told_back)
        if first.barred:
            return AllStraight(False)
        made: list[QuickWalk] = []
        # What was learnt of others may have to do with the room that settled VMs take where they are.
        away = left_out.union(aside.vm for aside in asides)
        learnt = self._learnt if all(map(self._ways.moves, away)) else None

        def walks() -> Iterator[QuickWalk]:
            # Mostly the first end tells, so the other is made ready only where it does not at once.
            for back in (first.back, not first.back):
                walk = first if back is first.back else self._walk(asides, left_out, back=back)
                if walk.is_of_use:
                    quick = quick_walks((walk,), self._ways.parameters, most_states, learnt)
                    made.extend(quick)
                    yield from quick

        found = walked_in_turn(walks(), lambda: self._deadline.over)
        self._last_told_back = next((walk.back for walk in made if walk.has_told), first.back)
        return found

    def _walk(self, asides: Sequence[StepAside], left_out: frozenset[int], *, back: bool) -> StraightWalk:
        return StraightWalk(self._ways, self._vms, back=back, asides=asides, left_out=left_out)


@dataclass(frozen=True, slots=True)
class Told(Generic[Question]):
    """About somebody: the questions of which nothing is told, or all migrations of a plan."""

    unknown: Sequence[Question]
    moves: Moves = ()


def asked_in_rounds(
    ask: Callable[[Who, Sequence[Question], int], Told[Question]],
    todo: dict[Who, Sequence[Question]],
    deadline: Deadline,
    parameters: ConflictSearch,
    workers: int,
) -> FewAside:
    """Ask about each again and again, through more and more subsets, those of which nothing is told yet.

    Parameters
    ----------
    ask
        Takes whom it is about, the questions and the number of subsets.
    todo
        The questions about each.
    deadline
        When to stop; it is brought to an end where a plan is found.
    workers
        Those who are asked about at a time.
    """
    most_states = parameters.first_aside
    with ThreadPoolExecutor(workers) as threads:
        try:
            while not deadline.over:
                told = threads.map(ask, todo, todo.values(), repeat(most_states))
                open_yet = {}
                for who, about in zip(todo, told, strict=True):
                    if about.moves:
                        return FewAside(True, about.moves)
                    if about.unknown:
                        open_yet[who] = about.unknown
                if not open_yet:
                    return FewAside(False)
                if most_states >= parameters.most_compiled:
                    break
                todo, most_states = open_yet, most_states * parameters.more_aside
        finally:
            deadline.stop()
    return FewAside(None)


def _moves(problem: Problem, order: Sequence[int], asides: Sequence[StepAside]) -> Iterator[tuple[int, int]]:
    ways = {aside.vm: iter((*aside.by, problem.dst[aside.vm])) for aside in asides}
    for vm in order:
        yield vm, next(ways[vm]) if vm in ways else problem.dst[vm]
