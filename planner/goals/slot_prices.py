"""What a number of slots costs at least, over all hosts, where each host has a price for one, two, and more.

A min-plus table: host by host, the cheapest way to 0, 1, 2, ... slots on all hosts up to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BEYOND_ANY_COST = 1 << 60
"""More than any placement costs; two of them still are a number of 64 bits."""


def least_price(prices: Iterable[Sequence[int]], wanted: int) -> int | None:
    """Give what so many slots cost at least; None where there are not so many.

    Parameters
    ----------
    prices
        For each host, what 1, 2, ... slots there cost together.
    """
    least = np.full(wanted + 1, BEYOND_ANY_COST, dtype=np.int64)
    least[0] = 0
    for row in prices:
        few = np.array([0, *(min(price, BEYOND_ANY_COST) for price in row[:wanted])], dtype=np.int64)
        # [slots in all, slots here]: what as many less cost on the hosts before.
        before = np.concatenate([np.full(len(few) - 1, BEYOND_ANY_COST, dtype=np.int64), least])
        ways = np.lib.stride_tricks.sliding_window_view(before, len(few))[:, ::-1]
        least = np.minimum((ways + few).min(axis=1), BEYOND_ANY_COST)
    return int(least[-1]) if least[-1] < BEYOND_ANY_COST else None
