"""How warm the threads of a search begin: half of them warmer than the others, and all as warm as it takes.

ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.scheduling.parameters import OtherWays


class Warmths:
    """Two rungs of a ladder, one above the other, that move up and down.

    Parameters
    ----------
    threads
        So many; the first half of them, or one more, stands on the lower rung.
    how
        The lowest rung of all, how many times as warm the next one is, and the highest.
    """

    def __init__(self, threads: int, how: OtherWays) -> None:
        self._how, self._below, self._colder, self._threads = how, list[float](), how.warmth, threads

    @property
    def _warmer(self) -> float:
        how = self._how
        return max(self._colder, min(how.warmest, how.warmer * self._colder))

    @property
    def _num_colder(self) -> int:
        return (self._threads + 1) // 2

    @property
    def by_thread(self) -> list[float]:
        """How warm each thread begins, from the coldest on."""
        return [self._colder] * self._num_colder + [self._warmer] * (self._threads - self._num_colder)

    def move(self, scores: Sequence[tuple[int, int]]) -> None:
        """Move towards whoever has found the best, the least of these; up, where all have the same.

        Parameters
        ----------
        scores
            ``scores[thread]``, of the best that it knows.
        """
        is_colder = scores.index(min(scores)) < self._num_colder and len(set(scores)) > 1
        if is_colder and self._below:
            self._colder = self._below.pop()
        elif not is_colder and self._warmer < self._how.warmest:
            self._below.append(self._colder)
            self._colder = self._warmer
