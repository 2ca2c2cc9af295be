"""Other Python processes that know a problem too, where one alone would leave cores idle.

Each is a program started anew: no fork of a process that runs threads, no script of the caller's that is run
once more, and no solver. It ends with the pipe to it, however the caller ends.
"""

from __future__ import annotations

import logging
import pickle
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from subprocess import DEVNULL, PIPE, Popen
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from models.problem import Problem

log = logging.getLogger(__name__)

PROGRAM = """\
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = {path!r}
from heuristics.other_process import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
"""Ctrl-C is for the caller, who then ends this process, and is left alone before anything else is loaded."""


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Read a problem, then calls of functions with it, and write what they give, until no more come."""
    sys.stdout = sys.stderr  # What is printed must not get in between.
    try:
        problem = pickle.load(requests)
        while True:
            function, arguments = pickle.load(requests)
            pickle.dump(function(problem, *arguments), answers)
            answers.flush()
    except EOFError:
        return


class OtherProcess:
    """One process, which answers one question after another. It begins with the first.

    Parameters
    ----------
    problem
        What each function is called with first; sent once.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._process: Popen[bytes] | None = None
        self._is_closed = False
        # Pipes block, and the caller has work to do meanwhile.
        self._thread = ThreadPoolExecutor(1)

    def ask(self, function: Callable[..., Any], *arguments: object) -> Future[Any]:
        """Have a function of a module called there with the problem and these arguments.

        Returns
        -------
        Future
            What it gives; None where the process died, or what is sent cannot be.
        """
        return self._thread.submit(self._answer, function, arguments)

    def _answer(self, function: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
        if self._is_closed:
            return None
        try:
            process = self._process or self._begin()
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump((function, arguments), process.stdin)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except Exception as error:  # Rules and objectives of one's own may be such that they cannot be sent.
            log.info("going on without another process: %s", error)
            self._end()
            return None

    def _begin(self) -> Popen[bytes]:
        program = PROGRAM.format(path=[str(place) for place in sys.path])
        process = Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        self._process = process
        if self._is_closed:
            self._end()
        assert process.stdin is not None
        pickle.dump(self._problem, process.stdin)
        return process

    def _end(self) -> None:
        self._is_closed = True
        if self._process is not None:
            self._process.kill()

    @property
    def is_closed(self) -> bool:
        """Tell whether no more answers come."""
        return self._is_closed

    def close(self) -> None:
        """End the process, in the midst of what it does."""
        self._end()
        self._thread.shutdown()
        if self._process is not None:
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()


class Others:
    """The processes beside this one, hired when they are first wanted.

    Parameters
    ----------
    problem
        What they work on.
    count
        How many at the most.
    """

    def __init__(self, problem: Problem, count: int) -> None:
        # A program that has Python in it would start itself once more.
        self.count = 0 if getattr(sys, "frozen", False) or not sys.executable else count
        self._problem = problem
        self._hired: list[OtherProcess] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let all of them go."""
        for one in self._hired:
            one.close()
        self._hired.clear()

    def hired(self) -> list[OtherProcess]:
        """Give those that work, which costs nothing until they are asked."""
        if not self._hired:
            self._hired = [OtherProcess(self._problem) for _ in range(self.count)]
        return [one for one in self._hired if not one.is_closed]
