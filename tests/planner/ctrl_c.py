"""Ctrl-C for tests: at an event, or by a signal to a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def interrupting(number: int, events: list[Any]) -> Callable[[Any], None]:
    """Press Ctrl-C at the event of that number; note all events."""

    def listen(event: Any) -> None:
        events.append(event)
        if len(events) == number + 1:
            raise KeyboardInterrupt

    return listen


def ran_with_sigint(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a script that sends itself SIGINT, which it hears whatever its parent ignores."""
    return subprocess.run(
        [sys.executable, "-c", script, *args],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
