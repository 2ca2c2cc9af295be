"""Planning one pool in a worker: what is sent there, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias

from models.bytes_io import read_bytes
from models.errors import WrongKindError
from models.mistakes import check_kind, shown
from models.pool import Pool
from models.reading import parse_pool
from planner.plan import find, plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from heuristics import PathFinder
    from models.objective import Objective
    from planner.result import Result

Source: TypeAlias = "Pool | str | Path"


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How every pool is planned; see :func:`planner.plan_many`."""

    objective: Objective
    time_limit_s: float
    seed: int
    workers: int
    heuristic: str | PathFinder
    method: str | PathFinder | None
    prepare: Callable[[Pool], Pool] | None


def packed(source: Source) -> Pool | bytes:
    """Give what is sent to a worker: of a file its bytes, since a worker elsewhere has no such file."""
    if isinstance(source, Pool):
        return source
    if not isinstance(source, str | PathLike):
        raise WrongKindError(f"{shown(source)}, must be a Pool, or the path of a pool file")
    return read_bytes(str(source))


def plan_job(job: Pool | bytes, options: PlanOptions, attempt: int) -> Result:  # noqa: ARG001 - tells repeats apart
    """Plan one pool, in whatever process this is.

    Parameters
    ----------
    attempt
        So that a scheduler that remembers results by what was asked does not remember a failure.
    """
    pool = parse_pool(job) if isinstance(job, bytes) else job
    if options.prepare is not None:
        pool = options.prepare(pool)
        check_kind("prepare: its pool", pool, Pool)
    return _planned(pool, options)


def _planned(pool: Pool, options: PlanOptions) -> Result:
    if options.method is not None:
        return find(
            pool.current,
            pool.target,
            method=options.method,
            objective=options.objective,
            time_limit_s=options.time_limit_s,
            seed=options.seed,
        )
    return plan(
        pool.current,
        pool.target,
        objective=options.objective,
        time_limit_s=options.time_limit_s,
        seed=options.seed,
        workers=options.workers,
        heuristic=options.heuristic,
    )
