"""The same walks compiled, which go through many more subsets, and past fewer. ALGORITHM.md, "Conflicts"."""

from __future__ import annotations

from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.at_hand import CompiledPart, is_kept
from planner.search.straight_walk import AllStraight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heuristics.compiled.subsets.walk import Goers
    from heuristics.deadline import Deadline
    from heuristics.words import Ints
    from planner.search.parameters import ConflictSearch
    from planner.search.straight_walk import StraightWalk

TOO_LARGE = 1 << 62
"""What compiled code cannot count up to."""


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
    """

    def __init__(
        self, walk: StraightWalk, goers: Goers, parameters: ConflictSearch, most_subsets: int
    ) -> None:
        from heuristics.compiled.subsets.walk import seen_nothing

        self._walk, self._goers = walk, goers
        self._most_subsets = most_subsets
        count = len(walk.movers)
        # Mostly one end tells at once: of short walks neither is gone along for long.
        self._looks = min(parameters.looks_at_once, most_subsets * count)
        self._seen = seen_nothing(count, 1 << (parameters.first_room + count).bit_length())

    def go_on(self) -> AllStraight | None:
        """Go on for a while; None where it goes on from there."""
        from heuristics.compiled.subsets import walk as compiled

        came = compiled.go_on(self._goers, self._seen, self._looks)
        if came == compiled.THERE:
            return AllStraight(True, self._walk.order_by(self._chosen()))
        if came == compiled.STUCK:
            return AllStraight(False)
        if self._seen.size[0] > self._most_subsets:
            return AllStraight(None)
        if came == compiled.FULL:
            self._seen = compiled.more_room(self._seen)
        return None

    def _chosen(self) -> list[int]:
        """Give who went, one after the other, besides those who make nobody wait."""
        seen, chosen, subset = self._seen, list[int](), int(self._seen.size[2])
        while seen.before[subset] >= 0:
            chosen.append(int(seen.gone[subset]))
            subset = int(seen.before[subset])
        return chosen[::-1]


def may_load_walks(deadline: Deadline, parameters: ConflictSearch) -> bool:
    """Tell whether compiled walks are at hand, and there is time to load them."""
    return deadline.left_s >= parameters.load_s and is_kept(CompiledPart.SUBSETS)


def quick_walks(
    walks: Sequence[StraightWalk], parameters: ConflictSearch, most_subsets: int | None = None
) -> list[QuickWalk]:
    """Give these walks; none where one is nothing for compiled code.

    ``most_subsets`` of None: as many as compiled code may look at.
    """
    most = parameters.most_compiled if most_subsets is None else most_subsets
    found = []
    for walk in walks:
        goers = goers_of(walk)
        if goers is None:
            return []
        found.append(QuickWalk(walk, goers, parameters, most))
    return found


def walked_in_turn(walks: Sequence[QuickWalk], over: Callable[[], bool]) -> AllStraight:
    """Go on with each in turn until one of them tells."""
    going = list(walks)
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
    from heuristics.compiled.subsets.walk import NOWHERE, Goers

    number_of = {host: number for number, host in enumerate({target for _, target in walk.hosts})}
    first_come, come_counter, come_amount = _listed(walk.comes)
    first_leave, leave_counter, leave_amount = _listed(walk.leaves)
    to = [number_of[target] for _, target in walk.hosts]
    out_of = [number_of.get(source, NOWHERE) for source, _ in walk.hosts]
    then = [len(to)] * len(to)
    for number, before in enumerate(walk.after):
        if before is not None:
            then[before] = number
    first_into, into = _by_host(to, len(number_of))
    first_from, leaving = _by_host(out_of, len(number_of))
    return Goers(
        first_come=first_come,
        come_counter=come_counter,
        come_amount=come_amount,
        first_leave=first_leave,
        leave_counter=leave_counter,
        leave_amount=leave_amount,
        to=_array(to),
        out_of=_array(out_of),
        after=_array([len(to) if before is None else before for before in walk.after]),
        then=_array(then),
        first_into=first_into,
        into=into,
        first_from=first_from,
        leaving=leaving,
        free=_array(walk.first.free),
        still=_array(walk.first.still),
    )


def _listed(taken: Sequence[Sequence[tuple[int, int]]]) -> tuple[Ints, Ints, Ints]:
    """Give where the list of each begins, and all counters and amounts one after the other."""
    rows = np.array([one for each in taken for one in each], dtype=np.int64).reshape(-1, 2)
    first = _array([*accumulate(map(len, taken), initial=0)])
    return first, np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])


def _by_host(host_of: Sequence[int], num_hosts: int) -> tuple[Ints, Ints]:
    """Give where the list of each host begins, and who is on it, one host after the other."""
    on: list[list[int]] = [[] for _ in range(num_hosts)]
    for number, host in enumerate(host_of):
        if host >= 0:
            on[host].append(number)
    return _array([*accumulate(map(len, on), initial=0)]), _array([*chain.from_iterable(on)])


def _array(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)
