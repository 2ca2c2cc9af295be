"""When each action of a plan runs, what it waits for, and how long all of them take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times, precedences and waves of the actions of a plan, in its order.

    Parameters
    ----------
    start_s, end_s
        Whole seconds from the start of the plan, for each action.
    after
        For each action the numbers (from 1, the ids of the plan file) of those that must have ended before it
        starts; each comes before it in the plan, and none is implied by others.
    wave
        For each action the number of its wave, from 1, never falling; a wave starts when the one before has
        ended.
    makespan_bound_s
        Proven: no plan of the kind asked for ends earlier. None where nothing is proven.
    """

    start_s: tuple[int, ...]
    end_s: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    wave: tuple[int, ...]
    makespan_bound_s: int | None = None

    @property
    def makespan_s(self) -> int:
        """When the last action ends."""
        return max(self.end_s, default=0)

    @property
    def makespan_gap(self) -> float | None:
        """(makespan - bound) / makespan, 0 where the makespan is 0; None without a bound."""
        if self.makespan_bound_s is None:
            return None
        return (self.makespan_s - self.makespan_bound_s) / self.makespan_s if self.makespan_s else 0.0

    @property
    def is_proven(self) -> bool:
        """Tell whether no plan of the kind asked for ends earlier."""
        return self.makespan_bound_s == self.makespan_s

    @property
    def num_waves(self) -> int:
        """The number of waves."""
        return max(self.wave, default=0)
