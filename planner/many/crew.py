"""Whoever runs jobs: any executor, or processes of our own; a pool that broke is replaced."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING

from models.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from typing import Any

log = logging.getLogger(__name__)

LOST = {"KilledWorker", "CancelledError", "FutureCancelledError", "CommClosedError"}
"""Errors by which executors say that a worker went away: those of dask have no common base to ask for."""

AHEAD = 64
"""Jobs handed to a foreign executor at once, whose number of workers is not known."""


def is_lost(error: BaseException) -> bool:
    """Tell whether the job was lost with its worker, and is no failure of its own."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ in LOST


class Crew:
    """Runs jobs, and goes on when a worker dies.

    Parameters
    ----------
    executor
        Any; it stays the caller's. None: processes of our own, one job each.
    workers
        How many processes of our own; None: one a core.
    """

    def __init__(self, executor: Executor | None, workers: int | None) -> None:
        self._own = executor is None
        self._workers = workers or _workers_of(executor) or os.cpu_count() or 1
        self._executor: Executor = _Processes(self._workers) if executor is None else executor
        self.generation = 0

    @property
    def ahead(self) -> int:
        """How many jobs to hand over at once."""
        # One waits for each that runs: more would only be under suspicion when a process dies.
        return 2 * self._workers if self._own else AHEAD

    @property
    def is_broken(self) -> bool:
        """Tell whether it is a pool of processes of which one has died."""
        return bool(getattr(self._executor, "_broken", False))

    def submit(self, run: Callable[..., Any], *args: object) -> Future[Any]:
        """Hand over a job; a pool that broke meanwhile is replaced first."""
        try:
            return self._executor.submit(run, *args)
        except (OSError, RuntimeError) as error:
            # One that breaks just now may stumble over what it has closed already.
            if not (isinstance(error, BrokenExecutor) or self.is_broken):
                raise
            self.replace(self.generation)
            return self._executor.submit(run, *args)

    def replace(self, generation: int) -> None:
        """Replace a pool that broke, unless that has been done: ``generation`` is of who found out."""
        if generation != self.generation:
            return
        log.warning("a worker process died; starting new ones")
        if self._own:
            self.close(at_once=True)
        self._executor, self._own = _Processes(self._workers), True
        self.generation += 1

    def close(self, *, at_once: bool = False) -> None:
        """Let our own processes go; ``at_once``: in the midst of what they do."""
        if isinstance(self._executor, _Processes):
            if at_once:
                self._executor.kill()
            else:
                self._executor.shutdown(cancel_futures=True)


class _Processes(Executor):
    """Processes of our own, which start whole or not at all.

    Ctrl-C is raised in the main thread alone, wherever that is. Raised between asking for a process and
    telling it what it is, it left one that says at length that it was told nothing. So a thread starts them,
    and completes what it has begun.
    """

    def __init__(self, workers: int) -> None:
        if multiprocessing.current_process().daemon:
            raise PlannerError("processes: a daemonic process may have none of its own, so give an executor")
        self._starter = ThreadPoolExecutor(1)
        self._pool = self._starter.submit(_pool_of, workers).result()
        self._killed: Future[None] | None = None

    @property
    def _broken(self) -> bool:
        # Python does not watch one that it starts while another job is taken in: who dies then is not missed.
        sentinels = [process.sentinel for process in self._started()]
        return bool(getattr(self._pool, "_broken", False) or wait(sentinels, 0))

    def _started(self) -> list[BaseProcess]:
        return list((getattr(self._pool, "_processes", None) or {}).values())

    def submit(self, run: Callable[..., Any], /, *args: object, **kwargs: object) -> Future[Any]:
        """Hand over a job, for which a process may have to be started."""
        return self._starter.submit(self._pool.submit, run, *args, **kwargs).result()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Start no more, and let those go that are there."""
        self._starter.shutdown()
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def kill(self) -> None:
        """End in the midst of all; whoever is interrupted while he waits for that need not ask again."""
        if self._killed is None:
            # By who starts them too: what is being started is killed once it is there, whatever comes here.
            self._killed = self._starter.submit(self._kill)
            self._starter.shutdown(wait=False)
        self._killed.result()

    def _kill(self) -> None:
        processes = self._started()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()


def _pool_of(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=_context(), initializer=_begin)


def _context() -> BaseContext:
    """Give how processes start: not as forks of this one, since solver and progress bar run threads here.

    Where there is a server to fork from, it loads the solver once for all of them.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["planner.planning"])
    try:
        _start_server()
    except ChildProcessError:
        # This is a fork of a process that has one, and cannot wait for what is no child of its own.
        return multiprocessing.get_context("spawn")
    return context


def _start_server() -> None:
    """Start the server so that neither it nor what it forks ever hears of Ctrl-C, while it loads either.

    It ignores interrupts itself, but only once it has loaded all. A signal that is blocked here stays blocked
    in what is started meanwhile; one that comes meanwhile is delivered here right after.
    """
    # First of all, since it unblocks the signal when it has started.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _workers_of(executor: Executor | None) -> int | None:
    """Give how many workers a pool of the standard library has; a replacement has as many."""
    found: int | None = getattr(executor, "_max_workers", None)
    return found


def _begin() -> None:
    """Begin to work for the parent: as long as it lives, however it ends."""
    _ignore_interrupts()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End with the parent: one that is killed tells nobody, and a worker would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
