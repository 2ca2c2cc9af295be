"""One deadline for all stages of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time.

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

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return monotonic() - self.started

    @property
    def left_s(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self.limit_s - self.reserve_s - self.elapsed_s)

    @property
    def over(self) -> bool:
        """Tell whether the time is up."""
        return self.elapsed_s >= self.limit_s - self.reserve_s

    def within(self, seconds: float) -> Deadline:
        """Give a deadline at most ``seconds`` from now, and not after this one."""
        return Deadline(min(seconds, self.left_s))
