"""``python -m benchmarks.peers``: balance and drain by others' tools and by this project, judged alike."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console

from benchmarks.entry import leave
from benchmarks.peers import hbal
from benchmarks.peers.asking import Asked, Row, rows
from benchmarks.peers.pools import cluster, files
from benchmarks.peers.table import PUBLISHED, in_order, table
from planner.goals.parameters import GoalParameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models import PoolState

CLUSTERS = ((20, 0.7), (43, 0.83), (100, 0.85))
"""Hosts, and the share of all vCPUs that is taken."""

PAPER_WIDTH = 200
"""Of the table where no terminal says how wide it is."""

EPILOG = """\b
Examples:
  python -m benchmarks.peers --quick
  python -m benchmarks.peers my-clusters --at-most 20
  python -m benchmarks.peers --quick --set turns.idle=8
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--quick", is_flag=True, help="The smallest of the drawn clusters alone.")
@click.option("--at-most", default=50, show_default=True, metavar="N", help="Migrations for evening out.")
@click.option(
    "--resource", "resources", multiple=True, metavar="R", help="What counts.  [default: vcpus, ram_mib]"
)
@click.option("--time-limit", default=10.0, show_default=True, metavar="S", help="Seconds for this project.")
@click.option("--peer-limit", default=120.0, show_default=True, metavar="S", help="Seconds for another tool.")
@click.option(
    "--seed", default=0, show_default=True, metavar="N", help="Other clusters, and other hosts to drain."
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: one a core]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of this project, such as turns.idle=8; repeatable.",
)
def peers(
    folders: tuple[Path, ...],
    quick: bool,
    at_most: int,
    resources: tuple[str, ...],
    time_limit: float,
    peer_limit: float,
    seed: int,
    workers: int | None,
    settings: tuple[str, ...],
) -> int:
    """Hold hbal, ProxLB's rules of thumb and vmplan side by side, on drawn clusters or those of FOLDERS."""
    asked = Asked(
        resources or ("vcpus", "ram_mib"),
        at_most,
        limit_s=time_limit,
        peer_limit_s=peer_limit,
        workers=workers or os.cpu_count() or 1,
        seed=seed,
        parameters=GoalParameters.of(*settings),
    )
    if not hbal.is_installed():
        click.echo(f"{hbal.MISSING}: left out", err=True)
    found: list[Row] = []
    for name, state in _pools(folders, quick, seed):
        click.echo(f"{name}: {len(state.hosts)} hosts, {len(state.placement)} VMs", err=True)
        found += rows(name, state, asked)
    console = Console(width=None if sys.stdout.isatty() else PAPER_WIDTH, markup=False, highlight=False)
    console.print(table(found))
    for line in (*in_order(found), PUBLISHED):
        console.print(line)
    return 0


def _pools(folders: tuple[Path, ...], quick: bool, seed: int) -> Iterator[tuple[str, PoolState]]:
    for folder in folders:
        yield from files(folder)
    if not folders:
        for hosts, load in CLUSTERS[:1] if quick else CLUSTERS:
            yield f"{hosts} hosts at {load:.0%}", cluster(hosts, load, seed)


def main() -> NoReturn:
    """Run, and exit by its code: 0 done, 2 bad usage, 130 interrupted."""
    leave(peers, "benchmarks.peers")
