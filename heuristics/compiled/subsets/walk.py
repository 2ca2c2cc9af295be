"""A depth-first walk through the subsets of some VMs that could have gone straight home, which learns.

As that of :mod:`planner.search.straight_walk`, but each dead end is told as few VMs as that takes, and not
gone into again whatever the others do. ALGORITHM.md, "Conflicts".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.functions import inner, outer
from heuristics.compiled.subsets.bits import NONE, ONE, bit, lowest
from heuristics.compiled.subsets.nogoods import begin_anew, blocker_of, drop_blocks, learn, look_at_watching
from heuristics.compiled.subsets.reasons import (
    CAN,
    COLUMNS,
    IS_BLOCKED,
    best_to_begin_with,
    one_who_makes_nobody_wait,
    see_who_can_go,
    tell_why,
    wait_for_good,
    why_by,
)
from heuristics.compiled.subsets.records import (
    BLOCKING,
    DEPTH,
    LEARNT,
    NOBODY,
    SEEN,
    Goers,
    at_first,
    nothing_learnt,
)

if TYPE_CHECKING:
    from heuristics.compiled.subsets.bits import Words
    from heuristics.compiled.subsets.records import Bools, Nogoods, Path
    from heuristics.words import Ints

STUCK, THERE, UNDER_WAY, FULL = 0, 1, 2, 3
"""What a part of a walk came to: no way to the end, the end reached, looks used up, no room left."""

LOOKS = 4
"""Looks at each VM that a placement takes."""


@inner
def _go(goers: Goers, path: Path, number: int) -> None:
    path.has_gone[number] = True
    path.gone[number >> 6] |= bit(number)
    for one in range(goers.first_come[number], goers.first_come[number + 1]):
        path.free[goers.come_counter[one]] -= goers.come_amount[one]
        path.still[goers.come_counter[one]] -= goers.come_amount[one]
    for one in range(goers.first_leave[number], goers.first_leave[number + 1]):
        path.free[goers.leave_counter[one]] += goers.leave_amount[one]


@inner
def _come_back(goers: Goers, path: Path, number: int) -> None:
    path.has_gone[number] = False
    path.gone[number >> 6] ^= bit(number)
    for one in range(goers.first_come[number], goers.first_come[number + 1]):
        path.free[goers.come_counter[one]] += goers.come_amount[one]
        path.still[goers.come_counter[one]] += goers.come_amount[one]
    for one in range(goers.first_leave[number], goers.first_leave[number + 1]):
        path.free[goers.leave_counter[one]] -= goers.leave_amount[one]


@inner
def _next_to_tell(path: Path) -> int:
    """Give one that waits of whom it is not known yet why he does not help: those who cannot go first."""
    depth, found = path.size[DEPTH], NOBODY
    for word in range(path.gone.size):
        left = path.wait[depth, word] & ~path.closed[depth, word]
        while left != NONE:
            number = 64 * word + lowest(left)
            left &= left - ONE
            if path.kind[depth, number] != CAN:
                return number
            if found == NOBODY:
                found = number
    return found


@inner
def _begin_nogood(
    goers: Goers, nogoods: Nogoods, path: Path, level: Ints, waits: Bools, takers: Ints, sets: Words
) -> None:
    """Look at a placement, and begin the nogood that holds there unless there is a way to the end."""
    depth, first = path.size[DEPTH], NOBODY
    path.size[SEEN] += 1
    see_who_can_go(goers, nogoods, path)
    if not wait_for_good(goers, nogoods, path, level, waits):
        level[:], waits[:] = path.free, True
        first = one_who_makes_nobody_wait(goers, path)
    tell_why(goers, nogoods, path, level, waits, takers)
    if first == NOBODY:
        first = best_to_begin_with(path, waits, sets)
    for word in range(path.gone.size):
        path.wait[depth, word] = path.past[depth, word] = path.closed[depth, word] = NONE
    path.wait[depth, first >> 6] = bit(first)


@outer
def go_on(goers: Goers, nogoods: Nogoods, path: Path, looks: int) -> int:
    """Walk on until something is known, or so many looks at a VM are used up.

    At ``STUCK`` the path is where nobody has gone, and has the VMs that cannot all get there in ``wait[0]``.
    ``nogoods`` must have room for two more than there are VMs beyond those there are; where it has not, the
    walk stops.
    """
    count, words = goers.after.size, path.gone.size
    level, takers = np.empty(goers.free.size, dtype=np.int64), np.empty((count + 1, COLUMNS), dtype=np.int64)
    waits, sets = np.empty(count, dtype=np.bool_), np.zeros((4, words), dtype=np.uint64)
    if path.size[SEEN] == 0:
        begin_anew(nogoods)
    while path.size[DEPTH] < count:
        if looks < 0:
            return UNDER_WAY
        if nogoods.size[LEARNT] + count + 2 > nogoods.blocks.size:
            return FULL
        looks -= LOOKS * count
        _begin_nogood(goers, nogoods, path, level, waits, takers, sets)
        nogood = NOBODY
        while True:
            depth = path.size[DEPTH]
            if nogood == NOBODY:
                number = _next_to_tell(path)
                if number == NOBODY:
                    nogood = learn(nogoods, path)
                    continue
                path.closed[depth, number >> 6] |= bit(number)
                if path.kind[depth, number] == CAN:
                    blocker = blocker_of(nogoods, path, number)
                    if blocker == NOBODY:
                        break
                    path.kind[depth, number] = IS_BLOCKED
                    why_by(nogoods, path, number, blocker)
            else:
                # There is no way on from here: back to before the last one went who is needed for that.
                if depth == 0:
                    path.wait[0] = nogoods.wait[nogood]
                    return STUCK
                depth -= 1
                number = path.went[depth]
                path.size[DEPTH] = depth
                _come_back(goers, path, number)
                is_needed = nogoods.gone[nogood, number >> 6] & bit(number) != NONE
                drop_blocks(nogoods, path, nogood if is_needed else NOBODY, number)
                if not is_needed:
                    continue
                why_by(nogoods, path, number, nogood)
                nogood = NOBODY
            for word in range(words):
                path.wait[depth, word] |= path.why_wait[depth, number, word]
                path.past[depth, word] |= path.why_past[depth, number, word]
        path.went[depth] = number
        path.size[DEPTH] = depth + 1
        path.num_blocks[depth + 1] = nogoods.size[BLOCKING]
        _go(goers, path, number)
        look_at_watching(nogoods, path, number)
    return THERE


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    none, first = np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    nobody = Goers(**{table: first if table.startswith("first") else none for table in Goers._fields})
    go_on(nobody, nothing_learnt(0, 4), at_first(nobody), 1)
