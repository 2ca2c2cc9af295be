"""How warm the threads of a search begin: each warmer than the one before it, and all as warm as it takes.

ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from itertools import accumulate, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.scheduling.parameters import OtherWays


class Warmths:
    """A part of a ladder, a rung for each thread, that moves up and down.

    Parameters
    ----------
    threads
        So many.
    how
        The lowest rung, how many times as warm the next one is, and the highest.
    """

    def __init__(self, threads: int, how: OtherWays) -> None:
        self._how, self._threads, self._lowest = how, threads, 0

    @property
    def by_thread(self) -> list[float]:
        """How warm each thread begins, from the coldest on."""
        how = self._how
        rungs = accumulate(
            repeat(how.warmer, self._lowest + self._threads - 1),
            lambda warmth, factor: max(how.warmth, min(how.warmest, factor * warmth)),
            initial=how.warmth,
        )
        return list(rungs)[self._lowest :]

    def move(self, scores: Sequence[tuple[int, int]]) -> None:
        """Move towards whoever has found the best, the least of these; up, where all have the same.

        Parameters
        ----------
        scores
            ``scores[thread]``, of the best that it knows.
        """
        last = self._threads - 1
        best = last if len(set(scores)) == 1 else scores.index(min(scores))
        if 2 * best < last:
            self._lowest = max(0, self._lowest - 1)
        elif 2 * best > last and self.by_thread[-1] < self._how.warmest:
            self._lowest += 1
