"""``vmplan rolling``: roll an update through a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.goal_options import Output, goal_options, open_wanted, pool_argument
from planner.cli.progress import progress_line
from planner.views.rolling import print_rolling

if TYPE_CHECKING:
    from planner.cli.search_options import SearchOptions

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
    search: SearchOptions,
    schedule: bool,
    **output: Any,
) -> int:
    """Empty each HOST of POOL once, update it, and move each VM as rarely as can be.

    POOL (a file, .gz too, or -) says who is where, and needs no target. Without a HOST, all are updated. The
    order of the hosts is chosen. Once updated a host counts as newer: nobody goes back to an older one.
    """
    from planner.rolling import roll

    if search.method != "auto":
        raise click.UsageError("--method: an update is rolled by no path finder alone, leave it at auto")
    asked = open_wanted(pool, allow_offline=search.allow_offline)
    with progress_line() as on_progress:
        result = roll(
            asked.wanted.current,
            *hosts,
            at_once=at_once,
            home=home,
            schedule=schedule,
            **search.of_search(on_progress),
        )
    count = len(hosts) or len(asked.wanted.current.hosts)
    return Output(**output).write(asked, result, lambda: print_rolling(asked.wanted.current, result, count))
