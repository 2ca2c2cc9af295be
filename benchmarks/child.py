"""The process of one job: ``python -m benchmarks.child`` reads an order on stdin, prints a line on stdout."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.jobs import FormulaJob, Job, LuckJob, PlainJob, PlanJob, RulesJob, TimesJob
from benchmarks.lines import AnyLine, failed
from benchmarks.measuring.memory import peak_mib
from models.errors import PlannerError


class Order(Struct, frozen=True):
    """A job, and the files it needs.

    Parameters
    ----------
    job
        What to measure.
    pool
        The pool file, for a plan.
    keep
        Where to write the plan file; None: nowhere.
    """

    job: Job
    pool: str | None = None
    keep: str | None = None


def carry_out(order: Order) -> AnyLine:
    """Do the job in this process; bad input gives a line that says so."""
    try:
        return _measured(order)
    except (PlannerError, OSError) as error:
        return failed(order.job, " ".join(str(error).split()))


def _measured(order: Order) -> AnyLine:
    # Each imports what it measures and no more.
    match order.job:
        case PlanJob():
            from benchmarks.measuring.plans import measure_plan

            if order.pool is None:
                raise ValueError(f"{order.job.key}: no pool file was given")
            keep = None if order.keep is None else Path(order.keep)
            return measure_plan(order.job, Path(order.pool), keep)
        case PlainJob():
            from benchmarks.measuring.plain import measure_plain

            return measure_plain(order.job)
        case RulesJob():
            from benchmarks.measuring.rules import measure_rules

            return measure_rules(order.job)
        case LuckJob():
            from benchmarks.measuring.luck import measure_luck

            return measure_luck(order.job)
        case FormulaJob():
            from benchmarks.measuring.formula import measure_formula

            return measure_formula(order.job)
        case TimesJob():
            from benchmarks.measuring.times import measure_times

            return measure_times(order.job)


def main() -> None:
    """Read the order, do it, print the line."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    line = msgspec.structs.replace(carry_out(order), peak_mib=peak_mib())
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")


if __name__ == "__main__":
    main()
