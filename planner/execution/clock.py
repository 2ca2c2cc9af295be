"""The clock that a run goes by; tests bring one that costs no time."""

from __future__ import annotations

import time
from concurrent.futures import wait
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future


class Timekeeper(Protocol):
    """Tells the time, and lets it pass."""

    def now(self) -> float:
        """Give seconds that never run backwards, from any start."""
        ...

    def stamp(self) -> str:
        """Give date and time of day, in UTC, as journals and maintenance windows have it."""
        ...

    def sleep(self, seconds: float, awaited: Sequence[Future[Any]] = ()) -> None:
        """Let so many seconds pass, or fewer where an awaited answer comes or :meth:`wake` is called."""
        ...

    def wake(self) -> None:
        """End a sleep now; may be called from a signal handler."""
        ...


class WallClock:
    """The real one; or one that runs faster or slower, as the time of a simulated cloud does.

    Its calls to wake are a queue, since that of this kind may be put to while the thread that is interrupted
    takes from it: the lock of a ``threading.Event`` would be waited for by the thread that holds it.

    Parameters
    ----------
    speed
        Its seconds in a real one, > 0. Date and time of day are the real ones.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed, self._began = speed, time.monotonic()
        self._calls: SimpleQueue[None] = SimpleQueue()

    def now(self) -> float:
        """Give its seconds since it was made."""
        return (time.monotonic() - self._began) * self._speed

    def stamp(self) -> str:
        """Give the time as ``2026-01-31T12:00:00.000Z``."""
        return stamp_of(time.time())

    def sleep(self, seconds: float, awaited: Sequence[Future[Any]] = ()) -> None:
        """Wait, unless woken."""
        for answer in awaited:
            answer.add_done_callback(lambda _: self.wake())
        with suppress(Empty):
            self._calls.get(timeout=max(seconds, 0.0) / self._speed)
        for _ in range(self._calls.qsize()):  # those that came together are one
            self._calls.get_nowait()

    def wake(self) -> None:
        """End a sleep."""
        self._calls.put(None)


class FakeClock:
    """A clock that stands still until somebody sleeps.

    Parameters
    ----------
    at
        Seconds since 1970 where it starts.
    speed
        Its seconds in one of date and time of day, > 0.
    """

    def __init__(self, at: float = 0.0, speed: float = 1.0) -> None:
        self._began, self._at, self._speed = at, at, speed

    def now(self) -> float:
        """Give the seconds slept so far."""
        return self._at

    def stamp(self) -> str:
        """Give the time, that of 1970 unless it started later."""
        return stamp_of(self._began + (self._at - self._began) / self._speed)

    def sleep(self, seconds: float, awaited: Sequence[Future[Any]] = ()) -> None:
        """Be later at once; an answer comes before any time has passed."""
        if awaited:
            wait(awaited)
        else:
            self._at += max(seconds, 0.0)

    def wake(self) -> None:
        """Nothing: nobody ever waits."""


def stamp_of(seconds: float) -> str:
    """Give seconds since 1970 as ``2026-01-31T12:00:00.000Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
