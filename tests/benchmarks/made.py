"""Lines made by hand, and a small folder of pool files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.jobs import PlainJob, PlanJob, RulesJob, TimesJob
from benchmarks.lines import PlainLine, PlanLine, RulesLine, TimesLine
from models import write_pool
from tests.builders import host as make_host
from tests.builders import pool, vm

if TYPE_CHECKING:
    from pathlib import Path


def job(name: str = "a", family: str = "family", **fields: Any) -> PlanJob:
    """Give a job, one worker, five seconds."""
    fields = {"kind": "kind", "time_limit_s": 5.0, "workers": 1, **fields}
    return PlanJob(family=family, pool=name, **fields)


def line(name: str = "a", family: str = "family", **fields: Any) -> PlanLine:
    """Give the line of a pool: bound 10, first plan 14, plan 12, unless said."""
    about = {key: fields.pop(key) for key in ("kind", "objective", "method") if key in fields}
    figures = {"status": "feasible", "cost": 12, "bound": 10, "heuristic_cost": 14, "displaced": 10}
    figures |= {"gap": 2 / 12, "heuristic_s": 0.5, "plan_s": 2.0, "ram_mib": 2048, "seconds": {"bound": 1.0}}
    return PlanLine(job=job(name, family, **about), **{**figures, **fields})


def plain_line(num_hosts: int, seconds: float) -> PlainLine:
    """Give the line of a size at which every step takes so long."""
    steps = dict.fromkeys(("read pool", "check pool", "write pool"), seconds)
    return PlainLine(job=PlainJob(num_hosts=num_hosts), num_vms=5 * num_hosts, seconds=steps)


def rules_line(without: list[float], ruled: list[float]) -> RulesLine:
    """Give the line of the study of slack rules."""
    return RulesLine(job=RulesJob(workers=1), num_vms=3000, without_s=without, with_s=ruled)


def times_line(num_hosts: int, load: float, **fields: Any) -> TimesLine:
    """Give the line of a scheduled shuffle: 100 s in waves, 80 by lists, 60 as planned, 50 at best."""
    figures = {"moves": 9, "serial_s": 300, "waves_s": 100, "list_s": 80, "makespan_s": 60, "bound_s": 50}
    job = TimesJob(num_hosts=num_hosts, load=load, time_limit_s=5.0, workers=1)
    return TimesLine(job=job, **{**figures, **fields})


def folder_of_pools(folder: Path) -> Path:
    """Write two pools of which one needs a detour, one gzipped, and a file that is none."""
    folder.mkdir()
    hosts = [make_host(f"h{number}") for number in (1, 2, 3)]
    vms = [vm("a", 7), vm("b", 6)]
    write_pool(folder / "swap.json", pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"))
    write_pool(folder / "go.json.gz", pool(hosts, vms, "h1: a, h2: b", "h1: a, h3: b"))
    (folder / "notes.md").write_text("no pool")
    return folder
