"""One deadline for all stages of a plan."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from numbers import Real
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from models.amounts import LONGEST_S
from models.errors import PlannerError
from models.mistakes import check_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.parameters import Share


def checked_limit(time_limit_s: float) -> float:
    """Give a time limit that somebody asked for, if it is one.

    Without an end there is nothing to share out among the stages, so an infinite one is none.

    Raises
    ------
    PlannerError
        It is no finite number of seconds above 0.
    """
    is_number = isinstance(time_limit_s, Real) and not isinstance(time_limit_s, bool)
    limit_s = 0.0
    with suppress(OverflowError):
        # Numbers of numpy are compared as what they are: float32 takes the largest float for infinite.
        limit_s = float(time_limit_s) if is_number else 0.0
    if not 0 < limit_s < inf:
        raise PlannerError(f"time_limit_s={time_limit_s!r}, must be a finite number of seconds above 0")
    return limit_s


def clock_of(time_limit_s: float, deadline: Deadline | None) -> Deadline:
    """Give the clock that somebody asked for, or one of so many seconds from now.

    Raises
    ------
    PlannerError
        The clock, or without one the limit, is none.
    """
    if deadline is None:
        return Deadline(checked_limit(time_limit_s))
    check_kind("deadline", deadline, Deadline)
    return deadline


def never() -> bool:
    """Tell that the time is not over, to whoever asks for somebody in no hurry."""
    return False


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time, for all threads that work towards it.

    Parameters
    ----------
    limit_s
        Seconds from now, or from ``started``; more than 10^9 count as so many.
    started
        When the clock began, as ``time.monotonic()`` gives it.
    reserve_s
        Seconds at the end that are kept back: for the replay of what was found.
    nominal_s
        Seconds that it would be given if the clock stood still; None: ``limit_s``. What is measured by it
        does not depend on how quick the machine was so far.
    """

    limit_s: float
    started: float = field(default_factory=monotonic)
    reserve_s: float = 0.0
    nominal_s: float | None = None
    _stops: tuple[Event, ...] = field(default_factory=lambda: (Event(),), repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[..., Deadline], tuple[float | None, ...]]:
        """Pickle what is left: the clock of another machine shows another time."""
        return _with_left, (self.left_s, self.nominal_s)

    def __post_init__(self) -> None:
        """Take a limit that nobody lives to see for one that can be counted with."""
        object.__setattr__(self, "limit_s", min(self.limit_s, LONGEST_S))

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
        return self._child(min(seconds, self.left_s), min(seconds, self.nominal))

    def share(self, share: Share) -> Deadline:
        """Give a deadline after a share of what is left."""
        return self._child(share.of(self.left_s), share.of(self.nominal))

    def all_but(self, share: Share) -> Deadline:
        """Give one that leaves a share of the time that is left to others."""
        return self.within(self.left_s - share.of(self.left_s))

    def at_least(self, seconds: float) -> Deadline:
        """Give this one, or where less is left one of so many seconds from now."""
        return self if self.stopped or self.left_s >= seconds else self._child(seconds, seconds)

    def _child(self, limit_s: float, nominal_s: float) -> Deadline:
        return Deadline(limit_s, nominal_s=nominal_s, _stops=(*self._stops, Event()))

    @property
    def nominal(self) -> float:
        """The seconds that it would be given if the clock stood still."""
        return self.limit_s if self.nominal_s is None else self.nominal_s

    def keeping(self, reserve_s: float) -> Deadline:
        """Give the same point in time, with so many seconds before it kept back."""
        return replace(self, reserve_s=reserve_s, _stops=(*self._stops, Event()))


def _with_left(left_s: float, nominal_s: float | None) -> Deadline:
    return Deadline(left_s, nominal_s=nominal_s)
