"""Whether all VMs can go straight but a few, who step aside or are left out. ALGORITHM.md, "One detour"."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from math import ceil, sqrt
from typing import TYPE_CHECKING, Generic, TypeVar

from planner.search.quick_walks import Learnt, quick_walk, walked_in_turn
from planner.search.straight_walk import AllStraight, StraightWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.parameters import ConflictSearch
    from planner.search.quick_walks import QuickWalk
    from planner.search.straight_walk import StepAside
    from planner.search.straight_ways import StraightWays

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


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether all can go where some step aside so, and others take no room anywhere."""

    asides: tuple[StepAside, ...]
    left_out: frozenset[int]


class AllButFew:
    """Questions about all VMs but a few, which learn from each other; none is answered out of time.

    Parameters
    ----------
    ways
        What there is to know of the problem.
    deadline
        When to stop.
    guests
        Those who may be asked about.
    """

    def __init__(self, ways: StraightWays, deadline: Deadline, guests: Collection[int]) -> None:
        self.problem, self._ways, self._deadline = ways.problem, ways, deadline
        vms, hosts = range(self.problem.num_vms), range(self.problem.num_hosts)
        self._walks = {
            back: StraightWalk(ways, vms, back=back, guests=guests, shelters=hosts) for back in (False, True)
        }
        displaced, most = len(self.problem.displaced), ways.parameters.most_learnt
        self._learnt = {back: Learnt(displaced, most) for back in (False, True)}
        self._learnt_of: dict[tuple[_Question, bool], Learnt] = {}
        self._conflicts: list[frozenset[int]] = []
        self._can_without: dict[frozenset[int], bool] = {}
        # How often each end has told; both may have to begin with.
        self._told = {False: 1, True: 1}

    def can_without(self, vms: frozenset[int], most_states: int) -> bool | None:
        """Tell whether all others can go straight if these took no room anywhere, through so many subsets."""
        if vms not in self._can_without:
            displaced = all(map(self._ways.moves, vms))
            # Conflicts may have to do with settled VMs.
            if displaced and any(conflict.isdisjoint(vms) for conflict in self._conflicts):
                self._can_without[vms] = False
                return False
            found = self._end(_Question((), vms), most_states)
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
        found = self._end(_Question(tuple(asides), left_out), most_states)
        if not found.possible:
            return FewAside(found.possible)
        return FewAside(True, tuple(_moves(self.problem, found.order, asides)))

    def _end(self, question: _Question, most_states: int) -> AllStraight:
        if self._deadline.over:
            # There may be thousands of questions left to whoever asks.
            return AllStraight(None)
        likelier = self._told[True] > self._told[False]
        first = self._walk(question, back=likelier)
        if first.barred:
            return AllStraight(False)
        made: list[QuickWalk] = []

        def walks() -> Iterator[QuickWalk]:
            # Mostly the first end tells, so the other is made ready only where it does not at once.
            for back in (likelier, not likelier):
                walk = first if back is likelier else self._walk(question, back=back)
                quick = self._quick(walk, question, most_states) if walk.is_of_use else None
                if quick:
                    made.append(quick)
                    yield quick

        found = walked_in_turn(walks(), lambda: self._deadline.over)
        for walk in made:
            self._told[walk.back] += walk.has_told
            self._keep(walk, question, is_told=found.possible is not None)
        return found

    def _walk(self, question: _Question, *, back: bool) -> StraightWalk:
        return self._walks[back].but(question.asides, question.left_out)

    def _quick(self, walk: StraightWalk, question: _Question, most_states: int) -> QuickWalk | None:
        """Give a walk what it may know, and its pace."""
        limits, back = self._ways.parameters, walk.back
        known = [self._learnt[back].of_use(walk.stand_ins)] if self._shares(question) else []
        if (question, back) in self._learnt_of:
            known.append(self._learnt_of[question, back].of_use())
        pace = max(limits.least_pace, min(1.0, sqrt(self._told[back] / self._told[not back])))
        return quick_walk(walk, limits, ceil(pace * most_states), known, pace)

    def _keep(self, walk: QuickWalk, question: _Question, *, is_told: bool) -> None:
        """Keep what a walk has learnt for other questions and, unless that is told, for this one."""
        learnt, which = walk.has_learnt, (question, walk.back)
        if self._shares(question):
            self._learnt[walk.back].add(*learnt)
        if is_told:
            self._learnt_of.pop(which, None)
        else:
            most = self._ways.parameters.most_learnt_of_one
            self._learnt_of.setdefault(which, Learnt(walk.num_goers, most)).add(*learnt)

    def _shares(self, question: _Question) -> bool:
        """Tell whether what is learnt here serves others: it may have to do with the room of settled VMs."""
        away = question.left_out.union(aside.vm for aside in question.asides)
        return all(map(self._ways.moves, away))


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
