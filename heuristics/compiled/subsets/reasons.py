"""Who can go at a placement, who would wait for good there, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.compiled.functions import inner
from heuristics.compiled.subsets.bits import NONE, ONE, bit, bits_of, lowest
from heuristics.compiled.subsets.nogoods import blocker_of
from heuristics.compiled.subsets.records import DEPTH, NOBODY

if TYPE_CHECKING:
    from heuristics.compiled.subsets.bits import Words
    from heuristics.compiled.subsets.records import Bools, Goers, Nogoods, Path
    from heuristics.words import Ints

HAS_GONE, CANNOT, IS_BLOCKED, CAN = 0, 1, 2, 3
"""What keeps somebody from going: he has gone; there is no room, or he is not there; a nogood; nothing."""

_WAITS, _PAST, _AMOUNT = 0, 1, 2
"""Of somebody who takes room: who must wait and who have gone for that, and how much."""

_MANY = 1_000_000
"""More than there can be in a nogood: who could go weighs more than all who cannot."""

COLUMNS = 3
"""Numbers of a row of those who take room."""


@inner
def see_who_can_go(goers: Goers, nogoods: Nogoods, path: Path) -> None:
    """Note of each what keeps him from going."""
    depth = path.size[DEPTH]
    for number in range(goers.after.size):
        kind = CANNOT
        if path.has_gone[number]:
            kind = HAS_GONE
        elif path.has_gone[goers.after[number]]:
            kind = CAN
            for one in range(goers.first_come[number], goers.first_come[number + 1]):
                if goers.come_amount[one] > path.free[goers.come_counter[one]]:
                    kind = CANNOT
        if kind == CAN:
            nogood = blocker_of(nogoods, path, number)
            if nogood != NOBODY:
                kind, path.blocker[depth, number] = IS_BLOCKED, nogood
        path.kind[depth, number] = kind


@inner
def wait_for_good(goers: Goers, nogoods: Nogoods, path: Path, level: Ints, waits: Bools) -> bool:
    """Tell whether some would wait for good even if those who go took no room where they come, and who."""
    depth, waiting, words = path.size[DEPTH], 0, path.gone.size
    level[:] = path.free
    for number in range(goers.after.size):
        waits[number] = not path.has_gone[number]
        waiting += waits[number]
    went = path.closed[depth]
    went[:] = path.gone
    going = True
    while going and waiting:
        going = False
        for number in range(goers.after.size):
            if not waits[number]:
                continue
            kind, after = path.kind[depth, number], goers.after[number]
            can = kind == CAN
            if kind == IS_BLOCKED:
                nogood = path.blocker[depth, number]
                for word in range(words):
                    can |= nogoods.wait[nogood, word] & went[word] != NONE
            elif kind == CANNOT:
                can = path.has_gone[after] or not waits[after]
                for one in range(goers.first_come[number], goers.first_come[number + 1]):
                    can &= goers.come_amount[one] <= level[goers.come_counter[one]]
            if can:
                going = True
                waiting -= 1
                waits[number] = False
                went[number >> 6] |= bit(number)
                # Who steps aside only now takes no room there either, so gives none back.
                if path.has_gone[after]:
                    for one in range(goers.first_leave[number], goers.first_leave[number + 1]):
                        level[goers.leave_counter[one]] += goers.leave_amount[one]
    return waiting > 0


@inner
def one_who_makes_nobody_wait(goers: Goers, path: Path) -> int:
    """Give one whose target has room for all that still come to it, or NOBODY."""
    depth = path.size[DEPTH]
    for number in range(goers.after.size):
        roomy = path.kind[depth, number] == CAN
        for one in range(goers.first_come[number], goers.first_come[number + 1]):
            counter = goers.come_counter[one]
            roomy &= path.still[counter] <= path.free[counter]
        if roomy:
            return number
    return NOBODY


@inner
def why_by(nogoods: Nogoods, path: Path, number: int, nogood: int) -> None:
    """Tell why one who could go does not help: it would meet a nogood."""
    depth = path.size[DEPTH]
    for word in range(path.gone.size):
        path.why_wait[depth, number, word] = nogoods.wait[nogood, word]
        path.why_past[depth, number, word] = nogoods.gone[nogood, word]
    path.why_past[depth, number, number >> 6] ^= bit(number)


@inner
def _list_takers(
    goers: Goers, path: Path, waits: Bools, takers: Ints, counter: int, left: int
) -> tuple[int, int]:
    """List those who take room where somebody lacks it, until too little is left; so many, and what is left.

    Those who cannot go before those who can, who bring more questions, and then the largest.

    Parameters
    ----------
    left
        What would be, were none of them there and he came.
    """
    depth, nobody, size = path.size[DEPTH], goers.after.size, 0
    for able in range(2):
        one, two = goers.first_from[counter], goers.first_into[counter]
        end_one, end_two = goers.first_from[counter + 1], goers.first_into[counter + 1]
        while left >= 0 and (one < end_one or two < end_two):
            if two == end_two or (one < end_one and goers.left_amount[one] >= goers.taken_amount[two]):
                other, past, takes = goers.leaving[one], NOBODY, goers.left_amount[one]
                one += 1
                counts = not path.has_gone[other] and waits[other]
            else:
                past, takes = goers.coming[two], goers.taken_amount[two]
                two += 1
                other = goers.then[past]
                counts = path.has_gone[past]
                if other == nobody:
                    other = NOBODY
                else:
                    counts &= not path.has_gone[other] and waits[other]
            if counts and (other != NOBODY and path.kind[depth, other] == CAN) == (able == 1):
                takers[size, _WAITS], takers[size, _PAST], takers[size, _AMOUNT] = other, past, takes
                left -= takes
                size += 1
    return size, left


@inner
def _blame_takers(path: Path, number: int, takers: Ints, size: int, left: int) -> None:
    """Tell why somebody lacks room by those who take it, less each without whom there still is too little."""
    depth = path.size[DEPTH]
    for at in range(size - 1, -1, -1):
        if left + takers[at, _AMOUNT] < 0:
            left += takers[at, _AMOUNT]
            continue
        other, past = takers[at, _WAITS], takers[at, _PAST]
        if other != NOBODY:
            path.why_wait[depth, number, other >> 6] |= bit(other)
        if past != NOBODY:
            path.why_past[depth, number, past >> 6] |= bit(past)


@inner
def tell_why(goers: Goers, nogoods: Nogoods, path: Path, level: Ints, waits: Bools, takers: Ints) -> None:
    """Tell of each who cannot go why, be it that ever so many others have gone.

    Parameters
    ----------
    level
        The room there is, in which he does not fit, with only those there of who waits.
    waits
        Who is asked about, and may be counted among those that wait.
    takers
        Place for those who take the room.
    """
    depth, words = path.size[DEPTH], path.gone.size
    for number in range(goers.after.size):
        for word in range(words):
            path.why_wait[depth, number, word] = NONE
            path.why_past[depth, number, word] = NONE
        kind, after = path.kind[depth, number], goers.after[number]
        if not waits[number] or kind in (HAS_GONE, CAN):
            continue
        if kind == IS_BLOCKED:
            why_by(nogoods, path, number, path.blocker[depth, number])
            continue
        if not path.has_gone[after] and waits[after]:
            path.why_wait[depth, number, after >> 6] |= bit(after)
            continue
        counter, amount = 0, 0
        for one in range(goers.first_come[number], goers.first_come[number + 1]):
            if goers.come_amount[one] > level[goers.come_counter[one]]:
                counter, amount = goers.come_counter[one], goers.come_amount[one]
        size, left = _list_takers(goers, path, waits, takers, counter, goers.room[counter] - amount)
        _blame_takers(path, number, takers, size, left)


@inner
def best_to_begin_with(path: Path, waits: Bools, sets: Words) -> int:
    """Give with whom to begin so that as few who could go, and then as few at all, are drawn in.

    Who draws in one that was tried before draws in no fewer than he does, so need not be gone on with.

    Parameters
    ----------
    waits
        Who waits, and may be begun with.
    sets
        Place for four sets.
    """
    depth, words, best, fewest = path.size[DEPTH], path.gone.size, NOBODY, _MANY * _MANY
    wait, past, closed, tried = sets[0], sets[1], sets[2], sets[3]
    tried[:] = NONE
    for first in range(waits.size):
        if not waits[first] or path.kind[depth, first] == HAS_GONE:
            continue
        for word in range(words):
            wait[word], past[word], closed[word] = NONE, NONE, NONE
        wait[first >> 6] = bit(first)
        weight, going = 0, True
        while going and weight < fewest:
            going = False
            for word in range(words):
                if wait[word] & tried[word] != NONE:
                    weight = fewest
                todo = wait[word] & ~closed[word]
                while todo != NONE and weight < fewest:
                    number = 64 * word + lowest(todo)
                    todo &= todo - ONE
                    closed[word] |= bit(number)
                    going = True
                    if path.kind[depth, number] == CAN:
                        weight += _MANY
                    else:
                        for other in range(words):
                            wait[other] |= path.why_wait[depth, number, other]
                            past[other] |= path.why_past[depth, number, other]
        tried[first >> 6] |= bit(first)
        for word in range(words):
            weight += bits_of(wait[word]) + bits_of(past[word])
        if weight < fewest:
            best, fewest = first, weight
    return best
