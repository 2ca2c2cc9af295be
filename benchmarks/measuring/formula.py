"""Measure how far the formula for the seconds of a migration is off measured ones."""

from __future__ import annotations

import csv
from math import inf, nan
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
        table = csv.DictReader(file)
        rows = [(f"{job.path} line {table.line_num}", row) for row in table]
    if not rows or not set(COLUMNS) <= rows[0][1].keys():
        raise PlannerError(f"{job.path}: must be a CSV file with the columns {', '.join(COLUMNS)}")
    both = [_errors(place, row) for place, row in rows]
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


def _errors(place: str, row: dict[str, str | None]) -> tuple[float, float]:
    """Give (formula - measured) / measured, in the whole seconds that schedules have, and unrounded."""
    copied, hot, dirty, rate, measured = (_number(place, row, column) for column in COLUMNS)
    guest = VM("vm", {}, copied_mib=copied, hot_mib=hot, dirty_mib_s=dirty)
    whole, unrounded = (work_out(TIMING, guest, rate) for work_out in (migration_seconds, unrounded_seconds))
    return (whole - measured) / measured, (unrounded - measured) / measured


def _number(place: str, row: dict[str, str | None], column: str) -> float:
    """Give a cell; ``PlannerError`` where it is no number that can have been measured."""
    is_divided_by = column in ("rate_mbps", "seconds")
    try:
        number = float(row[column] or "")
    except ValueError:
        number = nan
    if not (0 < number < inf or (number == 0 and not is_divided_by)):
        least = "above 0" if is_divided_by else ">= 0"
        raise PlannerError(f"{place}, column {column!r}: {row[column]!r}, must be a number {least}")
    return number
