"""``vmplan rolling``: roll an update through a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from models.reading import write_plan, write_pool
from planner.cli.common import warn_of
from planner.cli.goal_options import Output, open_wanted, pool_argument, rolling_options
from planner.cli.outputs import OF_BATCHES, NewFolder, check_folder
from planner.cli.progress import progress_line
from planner.verdict.sentences import number_of
from planner.views.names import shown
from planner.views.rolling import print_rolling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.rolling_plan import RollingPlan
    from models.state import PoolState
    from planner.cli.search_options import SearchOptions

EPILOG = """\b
Examples:
  vmplan rolling examples/goals/cluster.json
  vmplan rolling examples/goals/cluster.json node1 node2 node3 --at-once 2
  vmplan rolling examples/goals/cluster.json --return -o plan.json
  vmplan rolling examples/goals/cluster.json node1 node2 --batches batches
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
    help="Empty and update up to so many hosts together.",
)
@click.option("--return", "home", is_flag=True, help="Bring all VMs home in the end.")
@click.option(
    "--batches",
    metavar="DIR",
    type=NewFolder(),
    help="Also write an ordinary pool and plan there for the migrations before each update, for vmplan run.",
)
@rolling_options
def rolling(
    pool: str,
    hosts: tuple[str, ...],
    at_once: int,
    home: bool,
    batches: Path | None,
    search: SearchOptions,
    schedule: bool,
    **output: Any,
) -> int:
    """Empty each HOST of POOL once, update it, and move each VM as rarely as can be.

    POOL (a file, .gz too, or -) says who is where, and has no target. Without a HOST, all are updated. The
    order of the hosts is chosen. Once updated a host counts as newer: nobody goes back to an older one.
    """
    from planner.rolling import roll

    if search.method != "auto":
        raise click.UsageError("--method: an update is rolled by no path finder alone, leave it at auto")
    if batches is not None:
        check_folder(
            batches, {"POOL": pool, "that of -o": output["output"], "that of --pool-out": output["pool_out"]}
        )
    asked = open_wanted(pool, allow_offline=search.allow_offline, in_part=False)
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
    to = Output(**output)
    code = to.write(asked, result, lambda: print_rolling(asked.wanted.current, result, count))
    if batches is not None and result.plan is not None:
        for line in write_batches(batches, asked.wanted.current, result.plan):
            click.echo(shown(line), err=not to.prints_summary)
    return code


def write_batches(folder: Path, state: PoolState, plan: RollingPlan) -> Iterator[str]:
    """Write each batch as a pool and a plan; say of each what it is, and what to update then.

    A plan of more batches may have left files behind that whoever counts them would take for this one's.
    """
    from planner.rolling import batches

    parts = list(batches(state, plan))
    folder.mkdir(parents=True, exist_ok=True)
    width = len(str(len(parts)))
    left = {path.name for path in folder.iterdir() if OF_BATCHES.fullmatch(path.name)}
    for number, batch in enumerate(parts, 1):
        name = f"{number:0{width}}"
        left -= {f"{name}.pool.json", f"{name}.plan.json"}
        write_pool(folder / f"{name}.pool.json", batch.pool)
        write_plan(folder / f"{name}.plan.json", batch.plan)
        moves = number_of(len(batch.plan.actions), "migration")
        then = f", then update {', '.join(batch.updates)}" if batch.updates else ", and that is all"
        yield f"{folder / name}: {moves}{then}"
    warn_of([f"{folder / name}: was there before, and is no part of this plan" for name in sorted(left)])
