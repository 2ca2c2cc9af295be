"""Work that goes on while nobody reads its lines: in a pager, behind Ctrl-S, at the end of a dead network.

Who writes to a pipe or a terminal that is full waits until somebody reads, be that for hours. A run would
follow nothing and start nothing meanwhile, and whom it has stopped would stay off.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread, current_thread, get_ident, main_thread
from time import monotonic
from typing import TYPE_CHECKING

from planner.views.saying import say, write_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE_S = 5.0
"""Seconds for which a reader may be slow: the work waits for him so long."""

LOOK_S = 0.5
"""Seconds between two looks at whether a stream takes anything."""

GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL

POKE = signal.SIGURG
"""Ends a wait in the middle of a write, which is then tried again; nobody else sends it, or minds it."""


@contextmanager
def going_on_unread() -> Iterator[None]:
    """Let what is written while nobody reads standard output or error go nowhere, and say so.

    Where somebody reads again, what is written from then on goes to him; so it does at the end, however long
    that waits. In another thread than the main one, which hears signals, this is nothing.
    """
    if current_thread() is not main_thread():
        yield
        return
    files = dict.fromkeys(file for stream in (sys.stdout, sys.stderr) for file in _file_of(stream))
    watch = _Watch([_Reader(file) for file in files])
    before = signal.signal(POKE, watch.tell)
    watch.start()
    try:
        yield
    finally:
        watch.end()
        signal.signal(POKE, before)


def _file_of(stream: object) -> list[int]:
    """Give the number of the file behind a stream; nothing where there is none, as in a test."""
    try:
        return [stream.fileno()]  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        return []


class _Reader:
    """Whoever reads what is written to a file, by its number."""

    def __init__(self, file: int) -> None:
        self.is_away = False
        self._file, self._kept = file, os.dup(file)
        self._poll = select.poll()
        self._poll.register(self._kept, select.POLLOUT)
        self._took_at = monotonic()

    def look(self) -> None:
        """See whether the file takes anything, and turn what is written away from it, or back to it."""
        now, happened = monotonic(), dict(self._poll.poll(0)).get(self._kept, 0)
        if happened & GONE:  # for good: who writes there is told so
            return
        if happened:
            self._took_at = now
            self.turn_back()
        elif not self.is_away and now >= self._took_at + PATIENCE_S:
            write_nowhere(self._file)
            self.is_away = True

    def turn_back(self) -> None:
        """Let what is written go to the file again."""
        if self.is_away:
            os.dup2(self._kept, self._file)
            self.is_away = False

    def close(self) -> None:
        """Let go of the file."""
        self.turn_back()
        os.close(self._kept)


class _Watch:
    """Looks at readers from a thread of its own, and has the main one say what came of it."""

    def __init__(self, readers: Sequence[_Reader]) -> None:
        self._readers, self._since = readers, ""
        self._words: SimpleQueue[str] = SimpleQueue()
        self._is_over, self._writer = Event(), get_ident()
        self._thread = Thread(target=self._watch, name="vmplan-unread", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def end(self) -> None:
        """Look no more, and let all that is written go to its reader."""
        self._is_over.set()
        self._thread.join()
        for reader in self._readers:
            reader.close()
        self._note()
        self.tell()

    def tell(self, *_: object) -> None:
        """Say what there is to be said. It is what a signal comes to, so in the main thread."""
        with suppress(Empty):
            while True:
                say(self._words.get_nowait(), err=True)

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_S):
            before = [reader.is_away for reader in self._readers]
            for reader in self._readers:
                reader.look()
            if before != [reader.is_away for reader in self._readers]:
                self._note()
                signal.pthread_kill(self._writer, POKE)

    def _note(self) -> None:
        """Note what is to be said of whoever is away, or has come back."""
        is_any_away = any(reader.is_away for reader in self._readers)
        if is_any_away and not self._since:
            self._since = f"{datetime.now() - timedelta(seconds=PATIENCE_S):%H:%M:%S}"
            self._words.put("vmplan: nobody reads what is said: it goes on, and leaves that out")
        elif self._since and not is_any_away:
            self._words.put(f"vmplan: left out what was said from {self._since} on, while nobody read it")
            self._since = ""
