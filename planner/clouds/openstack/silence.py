"""A cloud that says nothing is not waited for once for each question.

A time-out takes a minute. With dozens of questions to ask, eight at a time, so many minutes would pass in
which nobody hears a Ctrl-C.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from planner.clouds.protocol import SlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AGAIN_S = 1.0
"""Seconds after the last wait in vain in which nothing is asked: those asked beside it are as silent."""


class Silence:
    """Lets one question through at a time once too many were waited for in vain, until one is answered.

    Parameters
    ----------
    most
        So many in vain, and no answer in between, are a silence; as many as are asked at a time, >= 1.
    now
        Gives seconds that never run backwards.
    """

    def __init__(self, most: int, now: Callable[[], float] = monotonic) -> None:
        self._most, self._now = most, now
        self._lock = Lock()
        self._in_vain, self._ended_at, self._is_tried = 0, 0.0, False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask a question in this context, and let :class:`SlowError` out of it where nobody answers in time.

        Raises
        ------
        SlowError
            At once: it is not asked.
        """
        self._begin()
        is_in_vain = False
        try:
            yield
        except SlowError:
            is_in_vain = True
            raise
        finally:
            self._end(is_in_vain)

    def heard(self) -> None:
        """Take note of an answer to something else."""
        self._end(False)

    def _begin(self) -> None:
        with self._lock:
            if self._in_vain < self._most:
                return
            if self._is_tried or self._now() < self._ended_at + AGAIN_S:
                raise SlowError(
                    f"not asked: none of the {self._in_vain} requests before was answered in time"
                )
            self._is_tried = True

    def _end(self, is_in_vain: bool) -> None:
        with self._lock:
            self._in_vain = self._in_vain + 1 if is_in_vain else 0
            self._ended_at, self._is_tried = self._now(), False
