"""Executors for tests: one that runs everything here, and what dask says of workers that died."""

from __future__ import annotations

from concurrent.futures import Executor, Future

from planner import Result


class Here(Executor):
    """Runs every job at once in this process, and can lose some."""

    def __init__(self, lose=()):
        self.lose = list(lose)
        self.jobs = 0

    def submit(self, fn, /, *args, **kwargs):
        self.jobs += 1
        future = Future()
        if self.lose and (error := self.lose.pop(0)) is not None:
            future.set_exception(error)
            return future
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class KilledWorker(Exception):  # noqa: N818 - the name that dask gives it
    """What dask says of a job whose workers died."""


def costs(outcomes):
    return [outcome.cost if isinstance(outcome, Result) else type(outcome) for outcome in outcomes]
