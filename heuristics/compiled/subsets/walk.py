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

    A VM that is to step aside on its way has two numbers, one for each migration.

    Parameters
    ----------
    first_come, come_counter, come_amount
        What VM ``number`` takes where it comes: from its ``first_come`` up to the next one's.
    first_leave, leave_counter, leave_amount
        The same of what it leaves.
    to, out_of
        Hosts, numbered as the counters have them; ``NOWHERE`` for a source that nobody comes to.
    after, then
        The other migration of the same VM: ``after[number]`` comes before, ``then[number]`` comes next. Where
        there is none, the number is that of nobody, one more than the last: nobody has gone from the first.
    first_into, into
        Who comes to each host: from its ``first_into`` up to the next one's.
    first_from, leaving
        The same of who leaves it.
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
    after: Ints
    then: Ints
    first_into: Ints
    into: Ints
    first_from: Ints
    leaving: Ints
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
def _strike(goers: Goers, has_gone: Bools, free: Ints, still: Ints, hosts: Ints, size: int) -> None:
    """Let those go whose target has room for all that still come to it: they make nobody wait.

    ``hosts[:size]`` are those with more room than before, or with a VM that is due only now; there must be
    place for two more of each VM.
    """
    at = 0
    while at < size:
        host = hosts[at]
        at += 1
        for one in range(goers.first_into[host], goers.first_into[host + 1]):
            number = goers.into[one]
            if has_gone[number] or not has_gone[goers.after[number]]:
                continue
            if _is_roomy(goers, number, free, still):
                _go(goers, number, has_gone, free, still)
                size = _look_again(goers, number, has_gone, hosts, size)


@inner
def _look_again(goers: Goers, number: int, has_gone: Bools, hosts: Ints, size: int) -> int:
    """Add the hosts to which somebody may come now that one has gone."""
    if goers.out_of[number] != NOWHERE:
        hosts[size] = goers.out_of[number]
        size += 1
    if not has_gone[goers.then[number]]:
        hosts[size] = goers.to[goers.then[number]]
        size += 1
    return size


@inner
def _is_stuck(
    goers: Goers, has_gone: Bools, free: Ints, can_go: Bools, waits: Bools, level: Ints, todo: Ints
) -> bool:
    """Tell whether some would wait for good even if those who go took no room where they come.

    Note who can go at once on the way.
    """
    waiting, size, at = 0, 0, 0
    for number in range(goers.to.size):
        can_go[number] = not has_gone[number] and has_gone[goers.after[number]] and _fits(goers, number, free)
        waits[number] = not has_gone[number] and not can_go[number]
        waiting += waits[number]
        if can_go[number]:
            todo[size] = number
            size += 1
    level[:] = free
    while waiting and at < size:
        number = todo[at]
        at += 1
        other, host = goers.then[number], goers.out_of[number]
        if waits[other] and _fits(goers, other, level):
            waits[other] = False
            waiting -= 1
            todo[size] = other
            size += 1
        # Who steps aside only now takes no room there either, so gives none back.
        if host == NOWHERE or not has_gone[goers.after[number]]:
            continue
        _leave(goers, number, level)
        for one in range(goers.first_into[host], goers.first_into[host + 1]):
            other = goers.into[one]
            if waits[other] and not waits[goers.after[other]] and _fits(goers, other, level):
                waits[other] = False
                waiting -= 1
                todo[size] = other
                size += 1
    return waiting > 0


@inner
def _who_matters(
    goers: Goers, has_gone: Bools, can_go: Bools, todo: Ints, closed: Ints, mark: int, fewer_than: int
) -> int:
    """Close a set of waiting VMs: whoever goes outside of it changes nothing for those in it who can go.

    With one who can go those that come to the same host, with one who cannot those that leave it, or itself
    where its other migration comes first. It begins with ``todo[0]``, and is marked in ``closed``. Give how
    many of it can go; at ``fewer_than`` it is left as it is.
    """
    closed[todo[0]] = mark
    size, at, able = 1, 0, 0
    while at < size:
        number = todo[at]
        at += 1
        host = goers.to[number]
        if can_go[number]:
            able += 1
            if able == fewer_than:
                return able
            size = _take_in(goers.first_into, goers.into, host, has_gone, todo, closed, mark, size)
        elif not has_gone[goers.after[number]]:
            other = goers.after[number]
            if closed[other] != mark:
                closed[other] = mark
                todo[size] = other
                size += 1
        else:
            size = _take_in(goers.first_from, goers.leaving, host, has_gone, todo, closed, mark, size)
    return able


@inner
def _take_in(
    first: Ints, others: Ints, host: int, has_gone: Bools, todo: Ints, closed: Ints, mark: int, size: int
) -> int:
    """Add those of a host who wait and are not in the set yet."""
    for one in range(first[host], first[host + 1]):
        other = others[one]
        if not has_gone[other] and closed[other] != mark:
            closed[other] = mark
            todo[size] = other
            size += 1
    return size


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
    for number in range(has_gone.size - 1):
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
    count, counters, num_hosts = goers.to.size, goers.free.size, goers.first_into.size - 1
    free, still = np.empty(counters, dtype=np.int64), np.empty(counters, dtype=np.int64)
    then_free, then_still = np.empty(counters, dtype=np.int64), np.empty(counters, dtype=np.int64)
    has_gone, then_gone = np.zeros(count + 1, dtype=np.bool_), np.zeros(count + 1, dtype=np.bool_)
    can_go, waits = np.zeros(count, dtype=np.bool_), np.zeros(count + 1, dtype=np.bool_)
    hosts, todo = np.empty(num_hosts + 2 * count + 2, dtype=np.int64), np.empty(count, dtype=np.int64)
    closed, fewest, mark = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_), 0
    has_gone[count] = True
    if seen.size[0] == 0:
        free[:], still[:] = goers.free, goers.still
        for host in range(num_hosts):
            hosts[host] = host
        _strike(goers, has_gone, free, still, hosts, num_hosts)
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
        has_gone[:count] = False
        left = count
        for number in range(count):
            if seen.subsets[subset, number // WORD] >> np.uint64(number % WORD) & ONE:
                _go(goers, number, has_gone, free, still)
                left -= 1
        if not left:
            return THERE
        looks -= 2 * count
        if _is_stuck(goers, has_gone, free, can_go, waits, then_free, todo):
            continue
        able = 0
        for number in range(count):
            fewest[number] = can_go[number]
            able += can_go[number]
        for number in range(count):
            if able > 1 and can_go[number]:
                looks -= count
                mark, todo[0] = mark + 1, number
                found = _who_matters(goers, has_gone, can_go, todo, closed, mark, able)
                if found < able:
                    able = found
                    for other in range(count):
                        fewest[other] = closed[other] == mark and can_go[other]
        for number in range(count):
            if fewest[number]:
                then_free[:], then_still[:], then_gone[:] = free, still, has_gone
                _go(goers, number, then_gone, then_free, then_still)
                size = _look_again(goers, number, then_gone, hosts, 0)
                _strike(goers, then_gone, then_free, then_still, hosts, size)
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
    nobody = Goers(
        first, none, none, first, none, none, none, none, none, none, first, none, first, none, none, none
    )
    seen = seen_nothing(0, 2)
    go_on(nobody, seen, 1)
    find_again(seen)
