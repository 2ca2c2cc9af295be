"""A folder of pools and the folder of their plans: what is there, and what is done already."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from models.bytes_io import write_bytes
from models.errors import PlannerError
from models.plan import Plan
from models.proof import Proof
from models.proof_check import flaw_of
from models.reading import plan_bytes, read_plan, read_pool
from models.replay import replay
from planner.scheduling.judging import judge_schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.plan_file import PlanFile
    from models.pool import Pool

POOL_ENDS = (".json.gz", ".json")
PLAN_END = ".plan.json"


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """A pool file and where its plan goes."""

    name: str
    pool: Path
    plan: Path


def entries_of(pools: Path, plans: Path) -> list[PoolEntry]:
    """List the pool files of a folder, by name; plan files among them are passed over.

    Raises
    ------
    PlannerError
        Two pool files whose plans would have the same name.
    """
    entries: dict[str, PoolEntry] = {}
    for path in sorted(pools.iterdir()):
        end = next((end for end in POOL_ENDS if path.name.endswith(end)), None)
        if end is None or not _is_pool(path) or path.name.endswith((PLAN_END, f"{PLAN_END}.gz")):
            continue
        name = path.name.removesuffix(end)
        if name in entries:
            raise PlannerError(f"{path} and {entries[name].pool.name}: both plans would be {name}{PLAN_END}")
        entries[name] = PoolEntry(name, path, plans / f"{name}{PLAN_END}")
    return list(entries.values())


def _is_pool(path: Path) -> bool:
    """Tell whether a path is a file, or a link to one that is gone, which is not passed over."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def done_already(entry: PoolEntry, objective: str, prepare: Callable[[Pool], Pool] | None) -> PlanFile | None:
    """Give the plan file that is there, if it holds for the pool as it is now; None: plan it (again).

    A plan must replay without a violation, in time too where it has a schedule, and what is proven be newer
    than the pool, or true of the mandatory moves alone. What was not found is sought again.
    """
    try:
        file = read_plan(entry.plan)
    except (OSError, PlannerError):
        return None
    if file.objective != objective or file.status == "no_plan_found" or not entry.pool.exists():
        return None
    # Of a pool that has changed since, or is prepared now, other things may be true.
    same = prepare is None and entry.plan.stat().st_mtime >= entry.pool.stat().st_mtime
    if file.status == "infeasible":
        return file if same else None
    return file if _holds(entry, file, prepare, same=same) else None


def _holds(entry: PoolEntry, file: PlanFile, prepare: Callable[[Pool], Pool] | None, *, same: bool) -> bool:
    try:
        pool = read_pool(entry.pool)
        pool = prepare(pool) if prepare is not None else pool
        pool.check()
        plan = Plan.of(pool, file.steps(), file.objective)
        times = file.schedule()
    except (OSError, PlannerError):
        return False
    if plan.cost != file.cost or (replay(pool, plan) if times is None else judge_schedule(pool, plan, times)):
        return False
    return same or _is_bounded(pool, file)


def _is_bounded(pool: Pool, file: PlanFile) -> bool:
    """Tell whether the mandatory moves alone prove what a plan file says of all plans."""
    if isinstance(file.makespan_bound_s, int):
        return False
    if file.bound is None:
        return True
    claim = Proof(claim="bound", by="mandatory", objective=file.objective, bound=ceil(file.bound))
    return flaw_of(pool, claim) is None


def keep(entry: PoolEntry, file: PlanFile) -> None:
    """Write a plan file all at once: who is interrupted leaves a whole file or none."""
    part = entry.plan.with_name(f".{entry.plan.name}.part")
    write_bytes(part, plan_bytes(file))
    os.replace(part, entry.plan)
