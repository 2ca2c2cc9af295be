"""Waves, for tools that only know barriers: each starts when the one before has ended.

In a wave whoever leaves frees nothing, and whoever arrives takes room, so it is safe whatever the durations
if all arrivals fit beside all that are there when it begins. ALGORITHM.md, "Waves".
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from planner.scheduling.late_stops import stopped_in_late_waves
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.wave_film import wave_film

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from heuristics.tasks import Work
    from planner.scheduling.parameters import FewWaves
    from planner.scheduling.wave_film import WaveFilm


FEW_WAITS = 8
"""Precedences a task up to which it is the tasks that a round takes its time for."""


def waves(
    work: Work,
    starts: Sequence[int],
    after: Sequence[Iterable[int]],
    apart: Sequence[Iterable[int]] = (),
    parameters: FewWaves = DEFAULT.waves,
) -> list[int]:
    """Give the wave of every task, from 1: none in an earlier one than a task that it waits for.

    As few as are found; of as few, those that take the least time one after another. Stops are in as late
    ones as may be.

    Parameters
    ----------
    starts
        Of the tasks; of two that are as urgent, the one that starts first goes first.
    after
        Precedences that are safe whatever the durations.
    apart
        ``apart[task]``: those whose wave is over when that of the task begins, whatever the room.
    """
    film = wave_film(work, starts, after, apart)
    found = _WaveSearch(film, [task.seconds for task in work.tasks], parameters).best()
    return stopped_in_late_waves(work, film, found)


class _WaveSearch:
    """Waves filled there and back, from those of before with some of their order shaken."""

    def __init__(self, film: WaveFilm, seconds: Sequence[int], parameters: FewWaves) -> None:
        self.film, self.seconds, self.how = film, seconds, parameters
        # Of a host that is over a limit at first, the film that runs back would break it.
        self.back = None if min(film.free, default=0) < 0 else film.backwards()
        self.rng = Random(0)
        self.a_round = max(len(film.order), sum(map(len, film.followers)) // FEW_WAITS)
        """What is counted for each round: tasks."""

    def best(self) -> list[int]:
        """Give the fewest waves that are found."""
        now = best = self.film.one_behind_another()
        reached = number = self._score(now)
        idle = placed = 0
        while placed <= self.how.most_placed and idle < self.how.patience:
            noise = 0.0 if idle < self.how.calm else self._noise()
            idle += 1
            for waves in self._there_and_back(now, noise):
                placed += self.a_round
                score = self._score(waves)
                if score[0] <= number[0]:
                    now, number = waves, score
                if score < reached:
                    best, reached, idle = waves, score, 0
        return best

    def _there_and_back(self, waves: list[int], noise: float) -> Iterator[list[int]]:
        """Give the waves filled from the end, the last first, and those filled from these, the first first.

        Without noise neither are more than those before: each task finds room in its wave.
        """
        if self.back is not None:
            last = max(waves, default=0) + 1
            turned = self.back.filled([last - wave + noise * self.rng.random() for wave in waves])
            last = max(turned, default=0) + 1
            waves = [last - wave for wave in turned]
            yield waves
        yield self.film.filled([wave + noise * self.rng.random() for wave in waves])

    def _noise(self) -> float:
        """Draw by how many waves the order is shaken."""
        return float(self.how.most_noise ** self.rng.random())

    def _score(self, waves: Sequence[int]) -> tuple[int, int]:
        """Give how many there are, and the seconds that they take one after another."""
        longest: dict[int, int] = {}
        for wave, seconds in zip(waves, self.seconds, strict=True):
            longest[wave] = max(longest.get(wave, 0), seconds)
        return len(longest), sum(longest.values())
