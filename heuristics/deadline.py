"""One deadline for all stages of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time, for all threads that work towards it.

    Parameters
    ----------
    limit_s
        Seconds from now, or from ``started``.
    started
        When the clock began, as ``time.monotonic()`` gives it.
    reserve_s
        Seconds at the end that are kept back: for the replay of what was found.
    """

    limit_s: float
    started: float = field(default_factory=monotonic)
    reserve_s: float = 0.0
    _stops: tuple[Event, ...] = field(default_factory=lambda: (Event(),), repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[[float], Deadline], tuple[float]]:
        """Pickle what is left: the clock of another machine shows another time."""
        return Deadline, (self.left_s,)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return monotonic() - self.started

    @property
    def left_s(self) -> float:
        """Seconds that are left, never below 0."""
        if self.stopped:
            return 0.0
        return max(0.0, self.limit_s - self.reserve_s - self.elapsed_s)

    @property
    def over(self) -> bool:
        """Tell whether the time is up."""
        return self.stopped or self.elapsed_s >= self.limit_s - self.reserve_s

    @property
    def stopped(self) -> bool:
        """Tell whether nobody waits any more for what is being done."""
        return any(stop.is_set() for stop in self._stops)

    def stop(self) -> None:
        """End it now, and all that was made :meth:`within` it; but nothing that it was made within."""
        self._stops[-1].set()

    def within(self, seconds: float) -> Deadline:
        """Give a deadline at most ``seconds`` from now, and not after this one."""
        return Deadline(min(seconds, self.left_s), _stops=(*self._stops, Event()))

    def keeping(self, reserve_s: float) -> Deadline:
        """Give the same point in time, with so many seconds before it kept back."""
        return replace(self, reserve_s=reserve_s, _stops=(*self._stops, Event()))
