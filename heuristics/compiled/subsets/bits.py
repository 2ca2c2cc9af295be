"""Sets of numbers as bits, 64 of them a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.functions import inner

if TYPE_CHECKING:
    Words = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]

NONE, ONE = np.uint64(0), np.uint64(1)
"""No bit of a word, and its lowest."""

_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACE_OF = np.zeros(64, dtype=np.int64)
for _place in range(64):
    _PLACE_OF[((int(_DE_BRUIJN) << _place) % 2**64) >> 58] = _place


def words_for(num_numbers: int) -> int:
    """Give the words of a set of so many numbers."""
    return max(1, -(-num_numbers // 64))


@inner
def bit(number: int) -> np.uint64:
    """Give the bit of a number in its word, which is number >> 6."""
    return ONE << np.uint64(number & 63)


@inner
def lowest(word: np.uint64) -> int:
    """Give the place of the lowest bit of a word that has one (Leiserson, Prokop and Randall 1998)."""
    low = word & (~word + ONE)
    return int(_PLACE_OF[np.int64((low * _DE_BRUIJN) >> np.uint64(58))])


@inner
def bits_of(word: np.uint64) -> int:
    """Count the bits of a word."""
    size = 0
    while word != NONE:
        word &= word - ONE
        size += 1
    return size
