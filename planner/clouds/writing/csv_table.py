"""A plan as a table, for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from models.actions import Migration, Update
from planner.clouds.writing.steps import steps

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from planner.clouds.writing.steps import StepTold

COLUMNS = ("wave", "id", "action", "vm", "from", "to", "start_s", "end_s", "after")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell of a spreadsheet begins with where it is no text; a name that does so gets an apostrophe."""


def csv_table(plan: PlanFile) -> str:
    """Give a plan as comma separated values, an action a line, wave by wave.

    Raises
    ------
    PlanError
        The file holds no plan.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, steps(plan)))
    return out.getvalue()


def _row(step: StepTold) -> list[object]:
    action = step.action
    vm = ""
    if isinstance(action, Update):
        kind, source, destination = "update", "", action.host
    elif isinstance(action, Migration):
        vm, kind = action.vm, "migrate"
        source, destination = action.source, action.destination
    else:
        vm, kind = action.vm, type(action).__name__.lower()
        leaves = kind in ("shutdown", "stop")
        source, destination = (action.host, "") if leaves else ("", action.host)
    after = " ".join(map(str, step.after))
    names = [_text(text) for text in (vm, source, destination)]
    return [step.wave, step.number, kind, *names, _cell(step.start_s), _cell(step.end_s), after]


def _cell(seconds: int | None) -> object:
    return "" if seconds is None else seconds


def _text(name: str) -> str:
    return f"'{name}" if name.startswith(FORMULA) else name
