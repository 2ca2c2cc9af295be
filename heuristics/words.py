"""Amounts of all resources and groups, several in a word: whether a VM fits is asked a word at a time.

ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from heuristics.spare import limits_of
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.problem import Problem

    Ints = NDArray[np.int64]

WORD = 62
"""Bits of a word for amounts: one above them stays 0, and one is the sign."""

MOST_WORDS = 8
"""With more of them lists of Python's integers are as quick."""


class Words:
    """Amounts of all resources and groups in a few words, as ``Packing`` of legs has them in one integer.

    Fields are as wide as a walk can make them: each of its shifts adds one VM to a host at the most.

    Parameters
    ----------
    problem
        Whose VMs and hosts.
    at
        ``at[vm]``: where each VM is at first, or ``OFF``.
    added
        How many VMs a walk may add to a host.

    Attributes
    ----------
    need, room, over
        ``need[vm, word]``, ``room[host, word]`` and ``over[word]``.

    Raises
    ------
    OverflowError
        An amount is more than a word holds, or all of them are more than ``MOST_WORDS``.
    """

    def __init__(self, problem: Problem, at: Sequence[int], added: int) -> None:
        needs, limits = limits_of(problem)
        # What would fit on any host all together needs no room in a word.
        used = np.flatnonzero(needs.sum(axis=0) > limits.min(axis=0, initial=np.iinfo(np.int64).max))
        needs, limits = needs[:, used], limits[:, used]
        word, bit = 0, 0
        places: list[tuple[int, int]] = []
        overs = [0]
        for field in range(len(used)):
            if used[field] < len(problem.resources):  # in a group each counts as one
                divisor = gcd(*np.unique(needs[:, field]).tolist())
                needs[:, field] //= divisor
                limits[:, field] //= divisor
            most = int(limits[:, field].max(initial=0)) + added * int(needs[:, field].max(initial=0))
            width = most.bit_length() + 2
            if width > WORD:
                raise OverflowError(width)
            if bit + width > WORD:
                word, bit = word + 1, 0
                if word == MOST_WORDS:
                    raise OverflowError(word)
                overs.append(0)
            places.append((word, bit))
            bit += width
            overs[word] |= 1 << (bit - 1)
        self.need = np.zeros((problem.num_vms, word + 1), dtype=np.int64)
        self.room = np.zeros((problem.num_hosts, word + 1), dtype=np.int64)
        for field, (where, shift) in enumerate(places):
            self.need[:, where] += needs[:, field] << shift
            self.room[:, where] += limits[:, field] << shift
        where_at = np.array(at, dtype=np.int64)
        placed = where_at != OFF
        np.subtract.at(self.room, where_at[placed], self.need[placed])
        self.over = np.array(overs, dtype=np.int64)


def few_words(problem: Problem, at: Sequence[int], added: int) -> Words | None:
    """Give the amounts of a problem where few words hold them; None where they do not."""
    if len(problem.resources) + len(problem.members) > MOST_WORDS * WORD:
        return None
    try:
        return Words(problem, at, added)
    except OverflowError:
        return None
