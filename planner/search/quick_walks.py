"""The same walks compiled, which go through many more subsets, and past fewer. ALGORITHM.md, "Conflicts"."""

from __future__ import annotations

from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.at_hand import CompiledPart, is_kept, is_loaded
from planner.search.straight_walk import AllStraight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from heuristics.compiled.subsets.bits import Words
    from heuristics.compiled.subsets.records import Goers
    from heuristics.deadline import Deadline
    from heuristics.words import Ints
    from planner.search.parameters import ConflictSearch
    from planner.search.straight_walk import StraightWalk

WORD = 64
"""VMs of one word of a set of them."""

TOO_LARGE = 1 << 62
"""What compiled code cannot count up to."""

Known = tuple["Words", "Words"]
"""Of nogoods who waits, and who has gone."""


class Learnt:
    """What walks from one end have learnt of some of those who go, the first by number.

    What tells of those who go straight holds on any other, whoever else of the displaced is left out or steps
    aside; but all settled VMs must be where they are.

    Parameters
    ----------
    num_goers
        Those it is told of, by number; of nobody else.
    most
        Nogoods that are kept; beyond, the half that takes the most VMs to tell is forgotten.
    """

    def __init__(self, num_goers: int, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._wait = self._gone = np.zeros((0, -(-num_goers // WORD)), dtype=np.uint64)
        self._these = self._set(range(num_goers))

    def of_use(self, stand_ins: Iterable[int] = ()) -> Known:
        """Give those nogoods that tell nothing of some."""
        with self._lock:
            wait, gone = self._wait, self._gone
        others = self._set(stand_ins)
        of_use = ~((wait | gone) & others).any(axis=1)
        return wait[of_use], gone[of_use]

    def add(self, wait: Words, gone: Words) -> None:
        """Keep those of some nogoods that tell of nobody else."""
        words = self._wait.shape[1]
        both = wait | gone
        ours = ~((both[:, :words] & ~self._these).any(axis=1) | both[:, words:].any(axis=1))
        with self._lock:
            self._wait = np.concatenate((self._wait, wait[ours, :words]))
            self._gone = np.concatenate((self._gone, gone[ours, :words]))
            if len(self._wait) > self._most:
                size = np.bitwise_count(self._wait).sum(axis=1) + np.bitwise_count(self._gone).sum(axis=1)
                kept = np.sort(np.argsort(size, kind="stable")[: self._most // 2])
                self._wait, self._gone = self._wait[kept], self._gone[kept]

    def _set(self, numbers: Iterable[int]) -> Words:
        words = np.zeros(self._wait.shape[1], dtype=np.uint64)
        for number in numbers:
            words[number // WORD] |= np.uint64(1 << number % WORD)
        return words


class QuickWalk:
    """A walk, part by part.

    Parameters
    ----------
    walk
        Where it goes; none that is barred.
    goers
        The same for compiled code.
    parameters
        How far it may go.
    most_subsets
        The same of this one.
    known
        What it knows from the first.
    pace
        How far it goes at a time beside others, as a part of what they do.

    Attributes
    ----------
    back
        From which end it walks.
    has_told
        It has come to an end, either way.
    """

    def __init__(
        self,
        walk: StraightWalk,
        goers: Goers,
        parameters: ConflictSearch,
        most_subsets: int,
        known: Sequence[Known] = (),
        pace: float = 1.0,
    ) -> None:
        from heuristics.compiled.subsets.records import LEARNT, at_first, nothing_learnt

        self.back, self.has_told = walk.back, False
        self._walk, self._goers = walk, goers
        self._most_subsets = most_subsets
        count = len(walk.movers)
        # Mostly one end tells at once, so neither is gone along for long at first.
        self._looks = ceil(pace * parameters.first_looks) * count
        self._most_looks = min(ceil(pace * parameters.looks_at_once), most_subsets * count)
        self._path = at_first(goers)
        self._num_known = sum(len(wait) for wait, _ in known)
        room = parameters.first_room + count + self._num_known
        self._nogoods = nothing_learnt(count, 1 << room.bit_length())
        for wait, gone in known:
            here = slice(self._nogoods.size[LEARNT], self._nogoods.size[LEARNT] + len(wait))
            self._nogoods.wait[here, : wait.shape[1]] = wait
            self._nogoods.gone[here, : gone.shape[1]] = gone
            self._nogoods.size[LEARNT] = here.stop

    def go_on(self) -> AllStraight | None:
        """Go on for a while; None where it goes on from there."""
        from heuristics.compiled.subsets import walk as compiled
        from heuristics.compiled.subsets.records import more_room

        came = compiled.go_on(self._goers, self._nogoods, self._path, self._looks)
        self._looks = min(2 * self._looks, self._most_looks)
        self.has_told = came in (compiled.THERE, compiled.STUCK)
        if came == compiled.THERE:
            return AllStraight(True, self._walk.in_order(map(int, self._path.went[: len(self._walk.movers)])))
        if came == compiled.STUCK:
            return AllStraight(False, conflict=self._conflict())
        if self.placements_seen > self._most_subsets:
            return AllStraight(None)
        if came == compiled.FULL:
            self._nogoods = more_room(self._nogoods)
        return None

    @property
    def placements_seen(self) -> int:
        """Tell how many placements were looked at."""
        from heuristics.compiled.subsets.records import SEEN

        return int(self._path.size[SEEN])

    @property
    def num_goers(self) -> int:
        """Tell how many numbers there are of those who go."""
        return len(self._walk.movers)

    @property
    def has_learnt(self) -> Known:
        """What was not known from the first."""
        from heuristics.compiled.subsets.records import LEARNT

        ours = slice(self._num_known, int(self._nogoods.size[LEARNT]))
        return self._nogoods.wait[ours], self._nogoods.gone[ours]

    def _conflict(self) -> frozenset[int]:
        wait = self._path.wait[0]
        return frozenset(
            vm
            for number, vm in enumerate(self._walk.movers)
            if int(wait[number // WORD]) >> number % WORD & 1
        )


def may_load_walks(deadline: Deadline, parameters: ConflictSearch) -> bool:
    """Tell whether compiled walks are at hand, and loaded already or there is time for it."""
    part = CompiledPart.SUBSETS
    return is_kept(part) and (is_loaded(part) or deadline.left_s >= parameters.load_s)


def quick_walks(walks: Sequence[StraightWalk], parameters: ConflictSearch) -> list[QuickWalk]:
    """Give these walks; none where one is nothing for compiled code."""
    found = [quick_walk(walk, parameters) for walk in walks]
    return [walk for walk in found if walk] if all(found) else []


def quick_walk(
    walk: StraightWalk,
    parameters: ConflictSearch,
    most_subsets: int | None = None,
    known: Sequence[Known] = (),
    pace: float = 1.0,
) -> QuickWalk | None:
    """Give this walk; None where it is nothing for compiled code.

    Parameters
    ----------
    most_subsets
        None: as many as compiled code may look at.
    known, pace
        See :class:`QuickWalk`.
    """
    goers = goers_of(walk)
    if goers is None:
        return None
    most = parameters.most_compiled if most_subsets is None else most_subsets
    return QuickWalk(walk, goers, parameters, most, known, pace)


def walked_in_turn(walks: Iterable[QuickWalk], over: Callable[[], bool]) -> AllStraight:
    """Go on with each in turn until one of them tells; the next is made only where those before have not."""
    going: list[QuickWalk] = []
    for walk in walks:
        if over():
            break
        found = walk.go_on()
        if found is not None and found.possible is not None:
            return found
        if found is None:
            going.append(walk)
    while going and not over():
        for walk in list(going):
            found = walk.go_on()
            if found is not None and found.possible is not None:
                return found
            if found is not None:
                going.remove(walk)
    return AllStraight(None)


def goers_of(walk: StraightWalk) -> Goers | None:
    """Give those who go to compiled code; None where numbers are too large for it, or somebody is barred."""
    if walk.barred or max(map(abs, (*walk.first.free, *walk.first.still)), default=0) >= TOO_LARGE:
        return None
    from heuristics.compiled.subsets.records import Goers

    count, num_counters = len(walk.movers), len(walk.first.free)
    after = _array([count if before is None else before for before in walk.after])
    then = np.full(count + 1, count)
    then[after] = np.arange(count)
    who_comes, come_counter, come_amount = _listed(walk.comes)
    who_leaves, leave_counter, leave_amount = _listed(walk.leaves)
    # Who steps aside first is elsewhere later.
    at_first = after[who_leaves] == count
    there, there_counter, there_amount = (
        each[at_first] for each in (who_leaves, leave_counter, leave_amount)
    )
    free = _array(walk.first.free)
    room = free.copy()
    np.add.at(room, there_counter, there_amount)
    from_most = np.lexsort((-there_amount, there_counter))
    into_most = np.lexsort((-come_amount, come_counter))
    return Goers(
        first_come=_begins(who_comes, count),
        come_counter=come_counter,
        come_amount=come_amount,
        first_leave=_begins(who_leaves, count),
        leave_counter=leave_counter,
        leave_amount=leave_amount,
        after=after,
        then=then[:count],
        first_from=_begins(there_counter[from_most], num_counters),
        leaving=there[from_most],
        left_amount=there_amount[from_most],
        first_into=_begins(come_counter[into_most], num_counters),
        coming=who_comes[into_most],
        taken_amount=come_amount[into_most],
        free=free,
        still=_array(walk.first.still),
        room=room,
    )


def _listed(taken: Sequence[Sequence[tuple[int, int]]]) -> tuple[Ints, Ints, Ints]:
    """Give the numbers, counters and amounts of all, one after the other."""
    rows = [(number, *one) for number, each in enumerate(taken) for one in each]
    by_column = _array(rows).reshape(-1, 3).T.copy()
    return by_column[0], by_column[1], by_column[2]


def _begins(in_order: Ints, count: int) -> Ints:
    """Give where each of so many numbers begins among these, which are in order, and where the last ends."""
    return np.searchsorted(in_order, np.arange(count + 1))


def _array(numbers: Sequence[int] | Sequence[tuple[int, int, int]]) -> Ints:
    return np.array(numbers, dtype=np.int64)
