"""The same walks compiled, which go through many more subsets, and past fewer. ALGORITHM.md, "Conflicts"."""

from __future__ import annotations

from itertools import accumulate, chain
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.at_hand import CompiledPart, is_kept
from planner.search.straight_walk import AllStraight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


class Learnt:
    """What walks from one end about the same VMs have learnt of those who go straight.

    It holds whoever else of the displaced is left out or steps aside, since it tells nothing of them; but all
    settled VMs must be where they are.

    Parameters
    ----------
    num_vms
        Displaced VMs, which are the first numbers of each walk.
    most
        Nogoods that are kept; beyond, the half that takes the most VMs to tell is forgotten.
    """

    def __init__(self, num_vms: int, most: int) -> None:
        self._num_vms, self._most = num_vms, most
        self._lock = Lock()
        self._wait = self._gone = np.zeros((0, -(-num_vms // WORD)), dtype=np.uint64)

    def of_use(self, stand_ins: Iterable[int]) -> tuple[Words, Words]:
        """Give who waits and who has gone of each nogood that tells nothing of some."""
        with self._lock:
            wait, gone = self._wait, self._gone
        others = self._set(stand_ins)
        of_use = ~((wait | gone) & others).any(axis=1)
        return wait[of_use], gone[of_use]

    def add(self, wait: Words, gone: Words) -> None:
        """Keep those of some nogoods that tell of nobody else."""
        words = self._wait.shape[1]
        straight = self._set(range(self._num_vms))
        both = wait | gone
        ours = ~((both[:, :words] & ~straight).any(axis=1) | both[:, words:].any(axis=1))
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
    learnt
        What it may know from the first, and adds to what it learns.

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
        learnt: Learnt | None = None,
    ) -> None:
        from heuristics.compiled.subsets.records import LEARNT, at_first, nothing_learnt

        self.back, self.has_told = walk.back, False
        self._walk, self._goers = walk, goers
        self._most_subsets, self._learnt = most_subsets, learnt
        count = len(walk.movers)
        # Mostly one end tells at once, so neither is gone along for long at first.
        self._looks = parameters.first_looks * count
        self._most_looks = min(parameters.looks_at_once, most_subsets * count)
        self._path = at_first(goers)
        known = learnt.of_use(walk.stand_ins) if learnt else None
        self._known = len(known[0]) if known else 0
        room = parameters.first_room + count + self._known
        self._nogoods = nothing_learnt(count, 1 << room.bit_length())
        if known:
            for at_hand, ours in zip(known, (self._nogoods.wait, self._nogoods.gone), strict=True):
                ours[: self._known, : at_hand.shape[1]] = at_hand
            self._nogoods.size[LEARNT] = self._known

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

    def leave(self) -> None:
        """Hand on what was learnt."""
        from heuristics.compiled.subsets.records import LEARNT

        if self._learnt:
            ours = slice(self._known, int(self._nogoods.size[LEARNT]))
            self._learnt.add(self._nogoods.wait[ours], self._nogoods.gone[ours])

    def _conflict(self) -> frozenset[int]:
        wait = self._path.wait[0]
        return frozenset(
            vm
            for number, vm in enumerate(self._walk.movers)
            if int(wait[number // WORD]) >> number % WORD & 1
        )


def may_load_walks(deadline: Deadline, parameters: ConflictSearch) -> bool:
    """Tell whether compiled walks are at hand, and there is time to load them."""
    return deadline.left_s >= parameters.load_s and is_kept(CompiledPart.SUBSETS)


def quick_walks(
    walks: Sequence[StraightWalk],
    parameters: ConflictSearch,
    most_subsets: int | None = None,
    learnt: Mapping[bool, Learnt] | None = None,
) -> list[QuickWalk]:
    """Give these walks; none where one is nothing for compiled code.

    Parameters
    ----------
    most_subsets
        None: as many as compiled code may look at.
    learnt
        What walks from each end have learnt, by whether they go back.
    """
    most = parameters.most_compiled if most_subsets is None else most_subsets
    found = []
    for walk in walks:
        goers = goers_of(walk)
        if goers is None:
            return []
        known = learnt[walk.back] if learnt else None
        found.append(QuickWalk(walk, goers, parameters, most, known))
    return found


def walked_in_turn(walks: Iterable[QuickWalk], over: Callable[[], bool]) -> AllStraight:
    """Go on with each in turn until one of them tells; the next is made only where those before have not."""
    begun: list[QuickWalk] = []
    going: list[QuickWalk] = []
    try:
        for walk in walks:
            begun.append(walk)
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
    finally:
        for walk in begun:
            walk.leave()
    return AllStraight(None)


def goers_of(walk: StraightWalk) -> Goers | None:
    """Give those who go to compiled code; None where numbers are too large for it, or somebody is barred."""
    if walk.barred or max(map(abs, (*walk.first.free, *walk.first.still)), default=0) >= TOO_LARGE:
        return None
    from heuristics.compiled.subsets.records import Goers

    first_come, come_counter, come_amount = _listed(walk.comes)
    first_leave, leave_counter, leave_amount = _listed(walk.leaves)
    count, num_counters = len(walk.movers), len(walk.first.free)
    then = [count] * count
    for number, before in enumerate(walk.after):
        if before is not None:
            then[before] = number
    there = [leaves if walk.after[number] is None else [] for number, leaves in enumerate(walk.leaves)]
    first_from, leaving, left_amount = _by_counter(there, num_counters)
    first_into, coming, taken_amount = _by_counter(walk.comes, num_counters)
    room = walk.first.free.copy()
    for counter, amount in chain.from_iterable(there):
        room[counter] += amount
    return Goers(
        first_come=first_come,
        come_counter=come_counter,
        come_amount=come_amount,
        first_leave=first_leave,
        leave_counter=leave_counter,
        leave_amount=leave_amount,
        after=_array([count if before is None else before for before in walk.after]),
        then=_array(then),
        first_from=first_from,
        leaving=leaving,
        left_amount=left_amount,
        first_into=first_into,
        coming=coming,
        taken_amount=taken_amount,
        free=_array(walk.first.free),
        still=_array(walk.first.still),
        room=_array(room),
    )


def _listed(taken: Sequence[Sequence[tuple[int, int]]]) -> tuple[Ints, Ints, Ints]:
    """Give where the list of each begins, and all counters and amounts one after the other."""
    rows = np.array([one for each in taken for one in each], dtype=np.int64).reshape(-1, 2)
    first = _array([*accumulate(map(len, taken), initial=0)])
    return first, np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])


def _by_counter(taken: Sequence[Sequence[tuple[int, int]]], num_counters: int) -> tuple[Ints, Ints, Ints]:
    """Give where the list of each counter begins, who is on it, most first, and how much of it is his."""
    on: list[list[tuple[int, int]]] = [[] for _ in range(num_counters)]
    for number, each in enumerate(taken):
        for counter, amount in each:
            on[counter].append((number, amount))
    return _listed([sorted(those, key=lambda one: -one[1]) for those in on])


def _array(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)
