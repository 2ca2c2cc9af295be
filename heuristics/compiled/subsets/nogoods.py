"""Nogoods that are learnt on the way, and found again once all but one of their gone have gone.

Two of the gone are watched, as literals of clauses are by solvers of SAT (Moskewicz et al. 2001): only where
one of these goes has a nogood to be looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.compiled.functions import inner
from heuristics.compiled.subsets.bits import NONE, bit, lowest
from heuristics.compiled.subsets.records import BLOCKING, DEPTH, LEARNT, NOBODY

if TYPE_CHECKING:
    from heuristics.compiled.subsets.records import Nogoods, Path


@inner
def _watch(nogoods: Nogoods, nogood: int, place: int, number: int) -> None:
    """Let a nogood watch one of its gone, as the first or the second of two."""
    nogoods.watched[nogood, place] = number
    nogoods.watched_next[nogood, place] = nogoods.watched_first[number]
    nogoods.watched_first[number] = 2 * nogood + place


@inner
def _block(nogoods: Nogoods, at: int, nogood: int, whom: int) -> None:
    """Put a nogood into a place on the stack, which blocks the one of its gone who has not gone."""
    nogoods.blocks[at], nogoods.blocks_whom[at] = nogood, whom
    nogoods.blocks_next[at] = nogoods.blocks_first[whom]
    nogoods.blocks_first[whom] = at


@inner
def _all_wait(nogoods: Nogoods, path: Path, nogood: int) -> bool:
    """Tell whether nobody has gone of those who wait in a nogood."""
    common = NONE
    for word in range(path.gone.size):
        common |= nogoods.wait[nogood, word] & path.gone[word]
    return bool(common == NONE)


@inner
def blocker_of(nogoods: Nogoods, path: Path, number: int) -> int:
    """Give a nogood that keeps one from going, or NOBODY."""
    at = nogoods.blocks_first[number]
    while at != NOBODY:
        if _all_wait(nogoods, path, nogoods.blocks[at]):
            return int(nogoods.blocks[at])
        at = nogoods.blocks_next[at]
    return NOBODY


@inner
def learn(nogoods: Nogoods, path: Path) -> int:
    """Keep the nogood that has been made here; watch the two of its gone that went last."""
    depth, nogood = path.size[DEPTH], int(nogoods.size[LEARNT])
    nogoods.size[LEARNT] += 1
    for word in range(path.gone.size):
        nogoods.wait[nogood, word] = path.wait[depth, word]
        nogoods.gone[nogood, word] = path.past[depth, word]
    place = 0
    nogoods.watched[nogood, 0] = nogoods.watched[nogood, 1] = NOBODY
    for at in range(depth - 1, -1, -1):
        number = path.went[at]
        if place < 2 and nogoods.gone[nogood, number >> 6] & bit(number) != NONE:
            _watch(nogoods, nogood, place, number)
            place += 1
    return nogood


@inner
def look_at_watching(nogoods: Nogoods, path: Path, number: int) -> None:
    """Look at the nogoods that watch one who has just gone, and note whom they block from now on."""
    one, words = nogoods.watched_first[number], path.gone.size
    nogoods.watched_first[number] = NOBODY
    while one != NOBODY:
        nogood, place = one >> 1, one & 1
        following = nogoods.watched_next[nogood, place]
        other, to = nogoods.watched[nogood, 1 - place], number
        if _all_wait(nogoods, path, nogood):
            # Another of its gone that has not gone, if there is one, is watched from now on.
            for word in range(words):
                left = nogoods.gone[nogood, word] & ~path.gone[word]
                if other != NOBODY and other >> 6 == word:
                    left &= ~bit(other)
                if left != NONE:
                    to = 64 * word + lowest(left)
                    break
            if to == number and other != NOBODY and not path.has_gone[other]:
                _block(nogoods, nogoods.size[BLOCKING], nogood, other)
                nogoods.size[BLOCKING] += 1
        _watch(nogoods, nogood, place, to)
        one = following


@inner
def drop_blocks(nogoods: Nogoods, path: Path, learnt: int, number: int) -> None:
    """Take off the stack what holds no longer now that somebody has come back to where he was.

    ``learnt`` is a nogood that he is the last one gone of, so that it blocks him; NOBODY: there is none.
    """
    top, bottom = nogoods.size[BLOCKING], path.num_blocks[path.size[DEPTH] + 1]
    for at in range(top - 1, bottom - 1, -1):
        nogoods.blocks_first[nogoods.blocks_whom[at]] = nogoods.blocks_next[at]
    at, size = bottom, bottom
    while at < top or learnt != NOBODY:
        if at < top:
            nogood, whom = nogoods.blocks[at], nogoods.blocks_whom[at]
            at += 1
        else:
            nogood, whom, learnt = learnt, number, NOBODY
        left = NONE
        for word in range(path.gone.size):
            beyond = nogoods.gone[nogood, word] & ~path.gone[word]
            if whom >> 6 == word:
                beyond &= ~bit(whom)
            left |= beyond
        if left == NONE:
            _block(nogoods, size, nogood, whom)
            size += 1
    nogoods.size[BLOCKING] = size


@inner
def begin_anew(nogoods: Nogoods) -> None:
    """Watch and block as it is where nobody has gone."""
    nogoods.watched_first[:] = NOBODY
    nogoods.blocks_first[:] = NOBODY
    nogoods.size[BLOCKING] = 0
    for nogood in range(nogoods.size[LEARNT]):
        place = 0
        nogoods.watched[nogood, 0] = nogoods.watched[nogood, 1] = NOBODY
        for word in range(nogoods.gone.shape[1]):
            left = nogoods.gone[nogood, word]
            while left != NONE and place < 2:
                number = 64 * word + lowest(left)
                left ^= bit(number)
                _watch(nogoods, nogood, place, number)
                place += 1
        if place == 1:
            _block(nogoods, nogoods.size[BLOCKING], nogood, nogoods.watched[nogood, 0])
            nogoods.size[BLOCKING] += 1
