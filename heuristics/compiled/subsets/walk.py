"""A depth-first walk through the subsets of some VMs that could have gone straight home.

As that of :mod:`planner.search.straight_walk`, but of the VMs that could go next no more are tried than it
takes to get to the end wherever one can get there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.compiled.functions import inner, outer

if TYPE_CHECKING:
    from heuristics.words import Ints

    Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    Marks = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int32]]

STUCK, THERE, UNDER_WAY, FULL = 0, 1, 2, 3
"""What a part of a walk came to: all subsets seen in vain, the end reached, looks used up, no room left."""

NOWHERE = -1

ONE = np.uint64(1)
WORD = 64
"""VMs of one word of a subset."""


class Goers(NamedTuple):
    """The VMs that are to go, by number, and what they count for on the hosts that some of them come to.

    Parameters
    ----------
    first_come, come_counter, come_amount
        What VM ``number`` takes where it comes: from its ``first_come`` up to the next one's.
    first_leave, leave_counter, leave_amount
        The same of what it leaves.
    to, out_of
        Hosts, numbered as the counters have them; ``NOWHERE`` for a source that nobody comes to.
    free, still
        ``free[counter]`` at first, and what all those who come there take.
    """

    first_come: Ints
    come_counter: Ints
    come_amount: Ints
    first_leave: Ints
    leave_counter: Ints
    leave_amount: Ints
    to: Ints
    out_of: Ints
    free: Ints
    still: Ints


class SubsetsSeen(NamedTuple):
    """The subsets seen.

    Parameters
    ----------
    subsets
        ``subsets[subset, word]``: one bit for each VM that has gone.
    before, gone
        The subset that one was come to from, and who went then.
    places
        Where a subset is found: an open hash table, of a power of two.
    stack
        Subsets that were not gone on from yet.
    size
        How many subsets there are, how many of them on the stack, and the last one looked at.
    """

    subsets: Marks
    before: Numbers
    gone: Numbers
    places: Numbers
    stack: Numbers
    size: Ints


@inner
def _fits(goers: Goers, number: int, free: Ints) -> bool:
    for one in range(goers.first_come[number], goers.first_come[number + 1]):
        if goers.come_amount[one] > free[goers.come_counter[one]]:
            return False
    return True


@inner
def _is_roomy(goers: Goers, number: int, free: Ints, still: Ints) -> bool:
    """Tell whether the target has room for all that still come to it."""
    for one in range(goers.first_come[number], goers.first_come[number + 1]):
        counter = goers.come_counter[one]
        if still[counter] > free[counter]:
            return False
    return True


@inner
def _go(goers: Goers, number: int, has_gone: Bools, free: Ints, still: Ints) -> None:
    has_gone[number] = True
    for one in range(goers.first_come[number], goers.first_come[number + 1]):
        free[goers.come_counter[one]] -= goers.come_amount[one]
        still[goers.come_counter[one]] -= goers.come_amount[one]
    _leave(goers, number, free)


@inner
def _leave(goers: Goers, number: int, free: Ints) -> None:
    for one in range(goers.first_leave[number], goers.first_leave[number + 1]):
        free[goers.leave_counter[one]] += goers.leave_amount[one]


@inner
def _strike(goers: Goers, has_gone: Bools, free: Ints, still: Ints) -> None:
    """Let those go whose target has room for all that still come to it: they make nobody wait."""
    goes_on = True
    while goes_on:
        goes_on = False
        for number in range(has_gone.size):
            if not has_gone[number] and _is_roomy(goers, number, free, still):
                _go(goers, number, has_gone, free, still)
                goes_on = True


@inner
def _is_stuck(goers: Goers, has_gone: Bools, free: Ints, waits: Bools, level: Ints) -> bool:
    """Tell whether some would wait for good even if those who go took no room where they come."""
    waiting = 0
    for number in range(has_gone.size):
        waits[number] = not has_gone[number]
        waiting += not has_gone[number]
    level[:] = free
    while waiting:
        fewer = waiting
        for number in range(has_gone.size):
            if waits[number] and _fits(goers, number, level):
                _leave(goers, number, level)
                waits[number] = False
                fewer -= 1
        if fewer == waiting:
            return True
        waiting = fewer
    return False


@inner
def _who_matters(goers: Goers, first: int, has_gone: Bools, can_go: Bools, matters: Bools, todo: Ints) -> int:
    """Close a set of waiting VMs: whoever goes outside of it changes nothing for those in it who can go.

    With one who can go those that come to the same host, with one who cannot those that leave it. Give how
    many of it can go.
    """
    matters[:] = False
    matters[first] = True
    todo[0] = first
    size, at, able = 1, 0, 0
    while at < size:
        number = todo[at]
        at += 1
        able += can_go[number]
        for other in range(has_gone.size):
            if matters[other] or has_gone[other]:
                continue
            if (goers.to[other] if can_go[number] else goers.out_of[other]) == goers.to[number]:
                matters[other] = True
                todo[size] = other
                size += 1
    return able


@inner
def _hash(seen: SubsetsSeen, subset: int) -> np.int64:
    key = np.uint64(0)
    for word in range(seen.subsets.shape[1]):
        key = (key ^ seen.subsets[subset, word]) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return np.int64(key & np.uint64(seen.places.size - 1))


@inner
def _is_new(seen: SubsetsSeen, subset: int) -> bool:
    """Tell whether a subset was not seen before, and note where it is found."""
    place, last = _hash(seen, subset), np.int64(seen.places.size - 1)
    while seen.places[place] != NOWHERE:
        other, same = seen.places[place], True
        for word in range(seen.subsets.shape[1]):
            if seen.subsets[other, word] != seen.subsets[subset, word]:
                same = False
        if same:
            return False
        place = (place + np.int64(1)) & last
    seen.places[place] = subset
    return True


@inner
def _note(seen: SubsetsSeen, has_gone: Bools, before: int, gone: int) -> None:
    """Note a subset, unless it was seen before."""
    subset = seen.size[0]
    for word in range(seen.subsets.shape[1]):
        seen.subsets[subset, word] = np.uint64(0)
    for number in range(has_gone.size):
        if has_gone[number]:
            seen.subsets[subset, number // WORD] |= ONE << np.uint64(number % WORD)
    if _is_new(seen, subset):
        seen.before[subset], seen.gone[subset] = before, gone
        seen.stack[seen.size[1]] = subset
        seen.size[0] += 1
        seen.size[1] += 1


@outer
def find_again(seen: SubsetsSeen) -> None:
    """Note where each subset is found, in a table made anew."""
    for subset in range(seen.size[0]):
        _is_new(seen, subset)


@outer
def go_on(goers: Goers, seen: SubsetsSeen, looks: int) -> int:
    """Walk on until something is known, or so many looks at a VM are used up.

    A walk that has not begun has seen nothing. ``seen`` must have room for one subset more than there are
    VMs beyond those it has; where it has not, the walk stops.
    """
    count, counters = goers.to.size, goers.free.size
    free, still = np.empty(counters, dtype=np.int64), np.empty(counters, dtype=np.int64)
    then_free, then_still = np.empty(counters, dtype=np.int64), np.empty(counters, dtype=np.int64)
    has_gone, then_gone = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    can_go, waits = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    matters, fewest = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    todo = np.empty(count, dtype=np.int64)
    if seen.size[0] == 0:
        free[:], still[:] = goers.free, goers.still
        _strike(goers, has_gone, free, still)
        _note(seen, has_gone, NOWHERE, NOWHERE)
    while seen.size[1]:
        if looks < 0:
            return UNDER_WAY
        if seen.size[0] + count >= seen.before.size:
            return FULL
        seen.size[1] -= 1
        subset = seen.stack[seen.size[1]]
        seen.size[2] = subset
        free[:], still[:] = goers.free, goers.still
        has_gone[:] = False
        left = count
        for number in range(count):
            if seen.subsets[subset, number // WORD] >> np.uint64(number % WORD) & ONE:
                _go(goers, number, has_gone, free, still)
                left -= 1
        if not left:
            return THERE
        looks -= 2 * count
        if _is_stuck(goers, has_gone, free, waits, then_free):
            continue
        able = 0
        for number in range(count):
            can_go[number] = not has_gone[number] and _fits(goers, number, free)
            fewest[number] = can_go[number]
            able += can_go[number]
        for number in range(count):
            if able > 1 and can_go[number]:
                looks -= count
                found = _who_matters(goers, number, has_gone, can_go, matters, todo)
                if found < able:
                    able, fewest[:] = found, matters
        for number in range(count):
            if fewest[number] and can_go[number]:
                then_free[:], then_still[:], then_gone[:] = free, still, has_gone
                _go(goers, number, then_gone, then_free, then_still)
                _strike(goers, then_gone, then_free, then_still)
                looks -= count
                _note(seen, then_gone, subset, number)
    return STUCK


def seen_nothing(num_vms: int, room: int) -> SubsetsSeen:
    """Give room for so many subsets, a power of two."""
    words = max(1, -(-num_vms // WORD))
    return SubsetsSeen(
        subsets=np.empty((room, words), dtype=np.uint64),
        before=np.empty(room, dtype=np.int32),
        gone=np.empty(room, dtype=np.int32),
        places=np.full(2 * room, NOWHERE, dtype=np.int32),
        stack=np.empty(room, dtype=np.int32),
        size=np.zeros(3, dtype=np.int64),
    )


def more_room(seen: SubsetsSeen) -> SubsetsSeen:
    """Give twice the room, with what was seen."""
    room = len(seen.before)
    more, last = seen_nothing(seen.subsets.shape[1] * WORD, 2 * room), int(seen.size[0])
    more.subsets[:last], more.size[:] = seen.subsets[:last], seen.size
    for old, new in ((seen.before, more.before), (seen.gone, more.gone), (seen.stack, more.stack)):
        new[:room] = old
    find_again(more)
    return more


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    none, first = np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    nobody = Goers(first, none, none, first, none, none, none, none, none, none)
    seen = seen_nothing(0, 2)
    go_on(nobody, seen, 1)
    find_again(seen)
