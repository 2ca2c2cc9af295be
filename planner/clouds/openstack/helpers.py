"""Threads that ask, for whom nobody waits as the process ends: a request may be silent for minutes by then.

Those of ``concurrent.futures`` are waited for, be they shut down or not.
"""

from __future__ import annotations

from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Helpers:
    """Some threads, begun as they are needed.

    Parameters
    ----------
    most
        So many at the most, >= 1.
    name
        What they are called.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._todo: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._is_closed = False

    def ask(self, question: Callable[[], Any]) -> Future[Any]:
        """Let one of them ask, and give the answer to come."""
        answer: Future[Any] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("it is closed")
            self._todo.put((answer, question))
            if len(self._threads) < self._most:
                self._threads.append(Thread(target=self._work, name=self._name, daemon=True))
                self._threads[-1].start()
        return answer

    def close(self) -> None:
        """Ask nothing more: what no thread has begun is never answered, nobody waits for it."""
        with self._lock:
            self._is_closed = True
            for _ in self._threads:
                self._todo.put(None)

    def _work(self) -> None:
        while (job := self._todo.get()) is not None:
            answer, question = job
            if self._is_closed:
                answer.cancel()
                continue
            try:
                answer.set_result(question())
            except BaseException as error:  # whatever it is, it is raised where it is waited for
                answer.set_exception(error)
            del job, answer, question
