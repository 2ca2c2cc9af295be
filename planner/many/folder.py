"""A folder of pools and the folder of their plans: what is there, and what is done already."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.bytes_io import write_bytes
from models.errors import PlannerError
from models.plan import Plan
from models.reading import plan_bytes, read_plan, read_pool
from models.replay import replay

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
        if end is None or not path.is_file() or path.name.endswith((PLAN_END, f"{PLAN_END}.gz")):
            continue
        name = path.name.removesuffix(end)
        if name in entries:
            raise PlannerError(f"{path} and {entries[name].pool.name}: both plans would be {name}{PLAN_END}")
        entries[name] = PoolEntry(name, path, plans / f"{name}{PLAN_END}")
    return list(entries.values())


def done_already(entry: PoolEntry, objective: str, prepare: Callable[[Pool], Pool] | None) -> PlanFile | None:
    """Give the plan file that is there, if it holds for the pool as it is now; None: plan it (again).

    A plan must replay without a violation, and a proof that none exists be newer than the pool. What was
    not found is sought again.
    """
    try:
        file = read_plan(entry.plan)
    except (OSError, PlannerError):
        return None
    if file.objective != objective or file.status == "no_plan_found":
        return None
    if file.status == "infeasible":
        newer = entry.plan.stat().st_mtime >= entry.pool.stat().st_mtime
        return file if newer and prepare is None else None
    return file if _holds(entry, file, prepare) else None


def _holds(entry: PoolEntry, file: PlanFile, prepare: Callable[[Pool], Pool] | None) -> bool:
    try:
        pool = read_pool(entry.pool)
        pool = prepare(pool) if prepare is not None else pool
        pool.check()
        plan = Plan.of(pool, file.steps(), file.objective)
    except (OSError, PlannerError):
        return False
    return plan.cost == file.cost and not replay(pool, plan)


def keep(entry: PoolEntry, file: PlanFile) -> None:
    """Write a plan file all at once: who is interrupted leaves a whole file or none."""
    part = entry.plan.with_name(f".{entry.plan.name}.part")
    write_bytes(part, plan_bytes(file))
    os.replace(part, entry.plan)
