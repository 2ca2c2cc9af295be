"""Ctrl-C for tests: at an event, or by a signal to a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from tests.places import ROOT
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def interrupting(number: int, events: list[Any]) -> Callable[[Any], None]:
    """Press Ctrl-C at the event of that number; note all events."""

    def listen(event: Any) -> None:
        events.append(event)
        if len(events) == number + 1:
            raise KeyboardInterrupt

    return listen


AGAIN_S = 5.0
"""A signal is lost that comes while Python calls somebody at a collection of garbage, as Hypothesis is."""


class Presser:
    """Press Ctrl-C, by a real signal, amid a search for schedules: soon after it has come to a shorter one.

    Attributes
    ----------
    told
        (makespan, bound), all that was told.
    """

    def __init__(self, times: float, after_s: float) -> None:
        self.told: list[tuple[int, int]] = []
        self._times, self._after_s = times, after_s
        self._thread: Thread | None = None
        self._heard = Event()

    def __call__(self, event: Any) -> None:
        """Listen to progress."""
        if event.makespan_s is not None:
            self.hear(event.makespan_s, event.makespan_bound_s)

    def hear(self, makespan_s: int, bound_s: int) -> None:
        """Note it, and press where the end is so many times the first one, or sooner."""
        self.told.append((makespan_s, bound_s))
        if makespan_s <= self._times * self.told[0][0]:
            self.press()

    def press(self) -> None:
        """Press after a while, and again where that was not heard."""
        if self._thread is None:
            self._thread = Thread(target=self._press, daemon=True)
            self._thread.start()

    def _press(self) -> None:
        wait_s = self._after_s
        while not self._heard.wait(wait_s):
            os.kill(os.getpid(), signal.SIGINT)
            wait_s = AGAIN_S

    @property
    def best(self) -> tuple[int, int]:
        """The earliest end and the highest bound that were told."""
        return min(end for end, _ in self.told), max(bound for _, bound in self.told)

    def cancel(self) -> None:
        """Do not press any more."""
        self._heard.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_S)


@contextmanager
def pressing(times: float = 0.9, after_s: float = 0.3) -> Iterator[Presser]:
    """Give one who presses Ctrl-C, which is heard whatever the parent of the process ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    presser = Presser(times, after_s)
    try:
        yield presser
    finally:
        presser.cancel()
        signal.signal(signal.SIGINT, before)


def ran_with_sigint(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a script that sends itself SIGINT; ``conftest.py`` sees to it that it hears it."""
    return subprocess.run(
        [sys.executable, "-c", script, *args],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=PATIENCE_S,
    )
