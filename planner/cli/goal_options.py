"""What the commands of goals share: options, reading a pool whose target is open, writing what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

import planner
from heuristics.deadline import Deadline
from models.bytes_io import STANDARD, read_bytes, write_bytes
from models.errors import PoolError
from models.pool import Pool
from models.reading import parse_wanted, plan_bytes, with_target, write_plan
from models.wanted import Wanted
from planner.cli.common import Command, ExitCode, all_offline, pool_argument, search_options, warn_of
from planner.cli.plan import exit_code
from planner.cli.progress import progress_line
from planner.views.summary import print_goal

if TYPE_CHECKING:
    from planner.goals import Goal
    from planner.result import Result


@dataclass(frozen=True, slots=True)
class Asked:
    """A pool file whose target is open.

    Parameters
    ----------
    data
        Its bytes: what is written with a target is the same file otherwise.
    wanted
        What it says.
    """

    data: bytes
    wanted: Wanted


def goal_options(command: Command) -> Command:
    """Add the POOL argument, and the options of every command of a goal."""
    for option in (
        search_options,
        click.option(
            "--pool-out", metavar="POOL", help="Also write the pool with the placement found as its target."
        ),
        click.option(
            "--schedule",
            is_flag=True,
            help="Say when each action starts, what it waits for, and in which wave it is.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the plan file instead of the summary."),
        click.option(
            "-o", "--output", metavar="PLAN", help="Also write the plan file there (.json, .json.gz, -)."
        ),
    ):
        command = option(command)
    return command


def at_most_option(command: Command) -> Command:
    """Add ``--at-most``."""
    return click.option(
        "--at-most", type=click.IntRange(min=0), metavar="M", help="Take at most so many migrations."
    )(command)


def open_wanted(path: str, *, allow_offline: bool = False) -> Asked:
    """Read a pool that a goal is for; errors name the file, warnings go to stderr.

    Raises
    ------
    PoolError
        It breaks the contract, or its target leaves nothing to choose.
    """
    data = read_bytes(path)
    try:
        wanted = parse_wanted(data)
        if wanted.is_full:
            raise PoolError(["target: given in full, a goal has nothing to choose; vmplan plan plans to it"])
    except PoolError as error:
        raise PoolError([f"{path}: {error.errors[0]}", *error.errors[1:]]) from None
    if allow_offline:
        wanted = Wanted(all_offline(Pool(wanted.current, wanted.current)).current, wanted.target)
    warn_of([f"current placement: {violation.text}" for violation in wanted.current.violations()])
    return Asked(data, wanted)


def pursue(
    goal: Goal,
    pool: str,
    *,
    output: str | None,
    as_json: bool,
    pool_out: str | None,
    objective: str,
    time_limit: float,
    seed: int,
    workers: int | None,
    method: str,
    allow_offline: bool,
    schedule: bool,
) -> ExitCode:
    """Reach a goal and write what was found, as the options say."""
    deadline = Deadline(time_limit)
    asked = open_wanted(pool, allow_offline=allow_offline)
    with progress_line() as on_progress:
        result = planner.reach(
            asked.wanted.current,
            goal,
            target=asked.wanted.target,
            objective=objective,
            seed=seed,
            workers=workers,
            heuristic=method,
            on_progress=on_progress,
            deadline=deadline,
            schedule=schedule,
        )
    _write(asked, goal, result, output=output, as_json=as_json, pool_out=pool_out)
    return exit_code(result)


def _write(
    asked: Asked, goal: Goal, result: Result, *, output: str | None, as_json: bool, pool_out: str | None
) -> None:
    if output is not None:
        write_plan(output, result.file())
    if pool_out is not None and result.target is not None:
        write_bytes(pool_out, with_target(asked.data, result.target.placement))
    if as_json:
        write_bytes(STANDARD, plan_bytes(result.file()))
    elif STANDARD not in (output, pool_out):
        print_goal(asked.wanted.current, goal.words(), result)


__all__ = ["Asked", "at_most_option", "goal_options", "open_wanted", "pool_argument", "pursue"]
