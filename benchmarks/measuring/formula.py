"""Measure how far the formula for the seconds of a migration is off measured ones."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lines import FormulaLine
from models import VM, Timing
from models.errors import PlannerError
from models.precopy import migration_seconds, unrounded_seconds

if TYPE_CHECKING:
    from benchmarks.jobs import FormulaJob

TIMING = Timing(overhead_s=0)

COLUMNS = ("copied_mib", "hot_mib", "dirty_mib_s", "rate_mbps", "seconds")


def measure_formula(job: FormulaJob) -> FormulaLine:
    """Work out every migration of the file anew, without any overhead."""
    with Path(job.path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise PlannerError(f"{job.path}: must be a CSV file with the columns {', '.join(COLUMNS)}")
    both = [_errors(row) for row in rows]
    errors = [error for error, _ in both]
    sizes = sorted(map(abs, errors))
    return FormulaLine(
        job=job,
        count=len(rows),
        mean_error=sum(sizes) / len(sizes),
        unrounded_error=sum(abs(error) for _, error in both) / len(both),
        p95_error=sizes[int(0.95 * (len(sizes) - 1))],
        bias=sum(errors) / len(errors),
    )


def _errors(row: dict[str, str]) -> tuple[float, float]:
    """Give (formula - measured) / measured, in the whole seconds that schedules have, and unrounded."""
    copied, hot, dirty, rate, measured = (float(row[column]) for column in COLUMNS)
    guest = VM("vm", {}, copied_mib=copied, hot_mib=hot, dirty_mib_s=dirty)
    whole, unrounded = (work_out(TIMING, guest, rate) for work_out in (migration_seconds, unrounded_seconds))
    return (whole - measured) / measured, (unrounded - measured) / measured
