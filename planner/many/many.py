"""``plan_many()``: many pools, on any executor; what dies with a worker is planned again."""

from __future__ import annotations

import pickle
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, fields
from numbers import Integral
from typing import TYPE_CHECKING, Any

from heuristics.deadline import checked_limit
from heuristics.registry import check_finder
from models.errors import PlannerError, WrongKindError
from models.mistakes import check_callable_if_given, check_kind_if_given, shown
from models.objective import Objective, price_of
from planner.cp.asked import check_seed, threads
from planner.many.crew import Crew, is_lost
from planner.many.jobs import PlanOptions, Source, packed, plan_job
from planner.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from heuristics import PathFinder
    from models.pool import Pool

ResultOrError = Result | Exception
"""A result, or the error in its place."""

MOST_LOSSES = 3
"""How often a pool may be lost with its worker before it is given up; alone in the end, to be fair."""

MOST_PROCESSES = 10_000
"""More are a slip of the pen: no machine has so many cores."""

LOOK_S = 2.0
"""Seconds after which somebody looks whether there is still a pool that could answer."""


class WorkerDiedError(RuntimeError):
    """The worker died each time it planned this pool, in the end while it planned nothing else."""


def plan_many(
    pools: Iterable[Source],
    *,
    executor: Executor | None = None,
    on_done: Callable[[int, ResultOrError], None] | None = None,
    processes: int | None = None,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    seed: int = 0,
    workers: int = 1,
    heuristic: str | PathFinder = "auto",
    method: str | PathFinder | None = None,
    prepare: Callable[[Pool], Pool] | None = None,
) -> list[ResultOrError]:
    """Plan many pools at once.

    A worker that dies loses nothing: its pool is planned again. Processes of our own are spawned, so a
    script that calls this needs its ``if __name__ == "__main__":``.

    Parameters
    ----------
    pools
        Pools, or paths of pool files. Files are read here and sent as bytes: workers need no access.
    executor
        Any ``concurrent.futures.Executor``, such as that of a dask client (``client.get_executor()``);
        it stays open. A process pool that breaks is replaced by one of our own. None: processes of our own,
        which a daemonic process cannot have.
    on_done
        Called in this thread with the number of a pool, from 0, and its outcome, as each is done.
    processes
        How many processes of our own; None: one a core.
    objective, time_limit_s, seed, workers, heuristic
        As in :func:`planner.plan`, for each pool; ``workers``: the solver's threads for each, 1 by default.
        Functions and path finders for processes are those of a module: what is within a function cannot be
        sent.
    method
        A path finder to run alone, as :func:`planner.find` does; None: plan in full.
    prepare
        Done to each pool in the worker before it is planned: gives another pool.

    Returns
    -------
    list of Result or Exception
        In the order of the pools. A pool that cannot be read or breaks the contract has its ``PoolError``
        or ``OSError`` there, what is neither a pool nor a path a ``WrongKindError``; one whose worker died
        again and again a ``WorkerDiedError``; any other exception is a fault of ours, and costs no other
        pool its result.

    Raises
    ------
    PlannerError
        The request itself is wrong, whatever the pools; or they are but one, and no list.
    """
    options = PlanOptions(objective, time_limit_s, seed, workers, heuristic, method, prepare)
    _check(options)
    check_kind_if_given("executor", executor, Executor)
    check_callable_if_given("on_done", on_done)
    check_callable_if_given("prepare", prepare)
    _check_processes(processes)
    _check_list(pools)
    if executor is None:
        _check_sendable(options)
    crew = Crew(executor, processes)
    run = _HandingOut(crew, options, on_done)
    try:
        outcomes = run.all(enumerate(pools))
    except BaseException:
        run.cancel()
        crew.close(at_once=True)
        raise
    crew.close()
    return outcomes


def _check(options: PlanOptions) -> None:
    """Raise for what would be wrong with every pool alike."""
    checked_limit(options.time_limit_s)
    price_of(options.objective, ())
    check_seed(options.seed)
    threads(options.workers)
    check_finder(options.heuristic)
    if options.method is not None:
        check_finder(options.method)


def _check_sendable(options: PlanOptions) -> None:
    """Raise for what no other process can be sent, such as a function within a function."""
    for one in fields(options):
        value = getattr(options, one.name)
        try:
            pickle.dumps(value)
        except Exception as error:
            what = f"{one.name}: {shown(value)}, cannot be sent to another process: {error}"
            raise PlannerError(
                f"{what}; give a function or a class of a module, or an executor of threads"
            ) from None


def _check_processes(processes: int | None) -> None:
    if processes is not None and (
        not isinstance(processes, Integral) or not 1 <= processes <= MOST_PROCESSES
    ):
        limits = f"an integer from 1 to {MOST_PROCESSES}, or None for one a core"
        raise PlannerError(f"processes={processes!r}, must be {limits}")


def _check_list(pools: Iterable[Source]) -> None:
    """Raise where the pools are but one: the characters of its path are no pools."""
    if isinstance(pools, str | bytes | dict) or not hasattr(pools, "__iter__"):
        raise WrongKindError(f"pools: {shown(pools)}, must be a list of pools, or of paths of pool files")


@dataclass(slots=True)
class _Task:
    """A pool on its way: which, how often it was lost, with which crew it is now, and whether alone."""

    number: int
    source: Source
    losses: int = 0
    generation: int = 0
    alone: bool = False


class _HandingOut:
    """Hands out pools and takes in outcomes until all are in."""

    def __init__(
        self, crew: Crew, options: PlanOptions, on_done: Callable[[int, ResultOrError], None] | None
    ) -> None:
        self.crew, self.options, self.on_done = crew, options, on_done
        self.outcomes: dict[int, ResultOrError] = {}
        self._running: dict[Future[Any], _Task] = {}
        self._again: deque[_Task] = deque()
        # A process died, and any of these may have killed it: each runs alone now.
        self._suspects: deque[_Task] = deque()

    def all(self, sources: Iterator[tuple[int, Source]]) -> list[ResultOrError]:
        """Plan every pool."""
        while self._hand_out(sources):
            done, _ = wait(self._running, LOOK_S, FIRST_COMPLETED)
            if not done and self.crew.is_broken:
                # Python forgets a job that is handed to a pool of processes while that breaks.
                for task in [self._running.pop(future) for future in list(self._running)]:
                    self._lost(task, BrokenExecutor("its pool broke"))
            for future in done:
                self._take_in(future, self._running.pop(future))
        return [self.outcomes[number] for number in sorted(self.outcomes)]

    def _hand_out(self, sources: Iterator[tuple[int, Source]]) -> bool:
        """Keep the crew busy; False when nothing is left to wait for."""
        while self._suspects and not self._running:
            self._start(self._suspects.popleft())
        if self._suspects or any(task.alone for task in self._running.values()):
            return True
        while len(self._running) < self.crew.ahead:
            task = self._again.popleft() if self._again else _next(sources)
            if task is None:
                break
            self._start(task)
        return bool(self._running)

    def _start(self, task: _Task) -> None:
        try:
            job = packed(task.source)
        except (OSError, ValueError) as error:
            self._settle(task, error)
            return
        future = self.crew.submit(plan_job, job, self.options, task.losses)
        task.generation = self.crew.generation
        self._running[future] = task

    def _take_in(self, future: Future[Any], task: _Task) -> None:
        try:
            outcome = future.result()
        except BaseException as error:
            if not is_lost(error):
                if not isinstance(error, Exception):
                    raise
                self._settle(task, error)
                return
            self._lost(task, error)
        else:
            self._settle(task, outcome)

    def _lost(self, task: _Task, error: BaseException) -> None:
        task.losses += 1
        broken = isinstance(error, BrokenExecutor)
        if broken:
            self.crew.replace(task.generation)
        if task.losses >= MOST_LOSSES:
            self._settle(task, WorkerDiedError(f"its worker died {task.losses} times"))
        elif broken:
            task.alone = True
            self._suspects.append(task)
        else:
            self._again.append(task)

    def cancel(self) -> None:
        """Take back what has not been started."""
        for future in self._running:
            future.cancel()

    def _settle(self, task: _Task, outcome: ResultOrError) -> None:
        self.outcomes[task.number] = outcome
        if self.on_done is not None:
            self.on_done(task.number, outcome)


def _next(sources: Iterator[tuple[int, Source]]) -> _Task | None:
    found = next(sources, None)
    return None if found is None else _Task(*found)
