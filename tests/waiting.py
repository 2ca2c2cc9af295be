"""Waits with an end: a test that waits for what never comes fails by its name, and leaves no process."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Timer
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import Popen

Came = TypeVar("Came")

PATIENCE_S = 240.0
"""Far more than anything takes that tests wait for, on a busy machine too; nothing is asserted of time.

To start one command may take ten times as long there as the second or two that it takes by itself.
"""


def until(
    ask: Callable[[], Came], what: str, pause_s: float = 0.05, pause: Callable[[float], object] = sleep
) -> Came:
    """Ask again and again until there is something; give that.

    Parameters
    ----------
    what
        Is waited for, in words.
    pause
        Called with ``pause_s`` before it is asked again.

    Raises
    ------
    AssertionError
        There is nothing after ``PATIENCE_S`` seconds.
    """
    end = monotonic() + PATIENCE_S
    while not (came := ask()):
        assert monotonic() < end, f"{what}: not in {PATIENCE_S:g} s"
        pause(pause_s)
    return came


@contextmanager
def ending(process: Popen[Any]) -> Iterator[None]:
    """Kill a process that takes too long, so that who reads from it comes to an end, and one that is left.

    Not by ``with Popen(...)``: that waits for the process, however long, when something has gone wrong.
    """
    late = Timer(PATIENCE_S, process.kill)
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()
        kill(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def kill(process: Popen[Any]) -> None:
    """Kill a process, and wait until it is gone."""
    process.kill()
    process.wait(PATIENCE_S)
