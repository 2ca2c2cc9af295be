"""What a walk through subsets of VMs goes by, and what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.compiled.subsets.bits import words_for

if TYPE_CHECKING:
    from heuristics.compiled.subsets.bits import Words
    from heuristics.words import Ints

    Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
    Kinds = np.ndarray[tuple[int, ...], np.dtype[np.int8]]

NOBODY = -1

DEPTH, SEEN = 0, 1
"""Of a path: how many have gone, and how many placements were looked at."""

LEARNT, BLOCKING = 0, 1
"""Of nogoods: how many there are, and how many on the stack."""


class Goers(NamedTuple):
    """The VMs that are to go, by number, and what they count for on the hosts that some of them come to.

    A VM that is to step aside on its way has two numbers, one for each migration.

    Parameters
    ----------
    first_come, come_counter, come_amount
        What VM ``number`` takes where it comes: from its ``first_come`` up to the next one's.
    first_leave, leave_counter, leave_amount
        The same of what it leaves.
    after, then
        The other migration of the same VM: ``after[number]`` comes before, ``then[number]`` comes next. Where
        there is none, the number is that of nobody, one more than the last: nobody has gone from the first.
    first_from, leaving, left_amount
        Who is counted by each counter at first and leaves it, and how much, most first: from its
        ``first_from`` up to the next one's.
    first_into, coming, taken_amount
        The same of who comes there.
    free, still
        ``free[counter]`` at first, and what all those who come there take.
    room
        ``free[counter]`` were none of them there.
    """

    first_come: Ints
    come_counter: Ints
    come_amount: Ints
    first_leave: Ints
    leave_counter: Ints
    leave_amount: Ints
    after: Ints
    then: Ints
    first_from: Ints
    leaving: Ints
    left_amount: Ints
    first_into: Ints
    coming: Ints
    taken_amount: Ints
    free: Ints
    still: Ints
    room: Ints


class Nogoods(NamedTuple):
    """What was learnt: who can never all get home, whoever else has gone or not.

    Parameters
    ----------
    wait, gone
        ``wait[nogood, word]``, ``gone[nogood, word]``: as long as all of the one set wait and all of the
        other have gone, there is no way to the end.
    watched
        Two of those gone, or ``NOBODY``: the ones that went last, where all have gone.
    watched_next, watched_first
        Which nogood is the next that watches the same one, and which the first, as 2 * nogood + place.
    blocks, blocks_whom, blocks_next, blocks_first
        A stack of nogoods all of whose gone have gone but one: which, that one, the next below that blocks
        the same one, and the topmost of each.
    size
        How many are ``LEARNT``, and how many ``BLOCKING``.
    """

    wait: Words
    gone: Words
    watched: Numbers
    watched_next: Numbers
    watched_first: Numbers
    blocks: Numbers
    blocks_whom: Numbers
    blocks_next: Numbers
    blocks_first: Numbers
    size: Ints


class Path(NamedTuple):
    """The way from where nobody has gone to the placement that is looked at, and all that is known on it.

    Parameters
    ----------
    went
        Who went at each depth.
    has_gone, gone
        Who has gone, nobody among them; the same as a set.
    free, still
        Of each counter.
    kind
        ``kind[depth, number]``: what keeps each from going at that depth, if anything.
    blocker
        The nogood that does.
    wait, past, closed
        The nogood in the making at each depth: who must wait for it, who must have gone, and of whom of those
        that wait it is known why they do not help.
    why_wait, why_past
        ``why_wait[depth, number]``: of each who cannot go, who waits and who has gone that he does not.
    num_blocks
        How many nogoods were on the stack when each depth was come to.
    size
        The ``DEPTH``, and the placements ``SEEN``.
    """

    went: Numbers
    has_gone: Bools
    gone: Words
    free: Ints
    still: Ints
    kind: Kinds
    blocker: Numbers
    wait: Words
    past: Words
    closed: Words
    why_wait: Words
    why_past: Words
    num_blocks: Numbers
    size: Ints


def nothing_learnt(num_goers: int, room: int) -> Nogoods:
    """Give room for so many nogoods."""
    words = words_for(num_goers)
    return Nogoods(
        wait=np.zeros((room, words), dtype=np.uint64),
        gone=np.zeros((room, words), dtype=np.uint64),
        watched=np.full((room, 2), NOBODY, dtype=np.int32),
        watched_next=np.full((room, 2), NOBODY, dtype=np.int32),
        watched_first=np.full(num_goers, NOBODY, dtype=np.int32),
        blocks=np.empty(room, dtype=np.int32),
        blocks_whom=np.empty(room, dtype=np.int32),
        blocks_next=np.empty(room, dtype=np.int32),
        blocks_first=np.full(num_goers, NOBODY, dtype=np.int32),
        size=np.zeros(2, dtype=np.int64),
    )


def more_room(nogoods: Nogoods) -> Nogoods:
    """Give twice the room, with what was learnt."""
    more = nothing_learnt(len(nogoods.watched_first), 2 * len(nogoods.watched))
    for table in Nogoods._fields:
        old = getattr(nogoods, table)
        getattr(more, table)[: len(old)] = old
    return more


def at_first(goers: Goers) -> Path:
    """Give the path where nobody has gone."""
    count = len(goers.after)
    words, depths = words_for(count), count + 1
    has_gone = np.zeros(count + 1, dtype=np.bool_)
    has_gone[count] = True
    return Path(
        went=np.empty(depths, dtype=np.int32),
        has_gone=has_gone,
        gone=np.zeros(words, dtype=np.uint64),
        free=goers.free.copy(),
        still=goers.still.copy(),
        kind=np.empty((depths, count), dtype=np.int8),
        blocker=np.empty((depths, count), dtype=np.int32),
        wait=np.empty((depths, words), dtype=np.uint64),
        past=np.empty((depths, words), dtype=np.uint64),
        closed=np.empty((depths, words), dtype=np.uint64),
        why_wait=np.empty((depths, count, words), dtype=np.uint64),
        why_past=np.empty((depths, count, words), dtype=np.uint64),
        num_blocks=np.zeros(depths, dtype=np.int32),
        size=np.zeros(2, dtype=np.int64),
    )
