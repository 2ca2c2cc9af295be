"""``vmplan rolling``: roll an update through a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from heuristics.deadline import Deadline
from models.bytes_io import STANDARD, write_bytes
from models.reading import plan_bytes, with_target, write_plan
from planner.cli.common import ExitCode
from planner.cli.goal_options import goal_options, open_wanted, pool_argument
from planner.cli.plan import CODES
from planner.cli.progress import progress_line
from planner.views.rolling import print_rolling

if TYPE_CHECKING:
    from planner.cli.goal_options import Asked
    from planner.rolling import RollingResult

EPILOG = """\b
Examples:
  vmplan rolling examples/goals/cluster.json
  vmplan rolling examples/goals/cluster.json node1 node2 node3 --at-once 2
  vmplan rolling examples/goals/cluster.json --return -o plan.json
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("hosts", metavar="[HOST]...", nargs=-1)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="K",
    help="Empty and update so many hosts together.",
)
@click.option("--return", "home", is_flag=True, help="Bring all VMs home in the end.")
@goal_options
def rolling(
    pool: str,
    hosts: tuple[str, ...],
    at_once: int,
    home: bool,
    objective: str,
    time_limit: float,
    seed: int,
    workers: int | None,
    method: str,
    allow_offline: bool,
    schedule: bool,
    **output: Any,
) -> int:
    """Empty each HOST of POOL once, update it, and move each VM as rarely as can be.

    POOL (a file, .gz too, or -) says who is where, and needs no target. Without a HOST, all are updated. The
    order of the hosts is chosen. Once updated a host counts as newer: nobody goes back to an older one.
    """
    from planner.rolling import roll

    if method != "auto":
        raise click.UsageError("--method: an update is rolled by no path finder alone, leave it at auto")
    deadline = Deadline(time_limit)
    asked = open_wanted(pool, allow_offline=allow_offline)
    with progress_line() as on_progress:
        result = roll(
            asked.wanted.current,
            *hosts,
            at_once=at_once,
            home=home,
            objective=objective,
            seed=seed,
            workers=workers,
            on_progress=on_progress,
            deadline=deadline,
            schedule=schedule,
        )
    _write(asked, result, len(hosts) or len(asked.wanted.current.hosts), **output)
    return ExitCode.INTERRUPTED if result.interrupted else CODES[result.status]


def _write(
    asked: Asked,
    result: RollingResult,
    hosts: int,
    *,
    output: str | None,
    as_json: bool,
    pool_out: str | None,
) -> None:
    if output is not None:
        write_plan(output, result.file())
    if pool_out is not None and result.target is not None:
        write_bytes(pool_out, with_target(asked.data, result.target.placement))
    if as_json:
        write_bytes(STANDARD, plan_bytes(result.file()))
    elif STANDARD not in (output, pool_out):
        print_rolling(asked.wanted.current, result, hosts)
