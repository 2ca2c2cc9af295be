"""``vmplan soak``: random pools, every method, every plan replayed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.common import SECONDS, all_offline
from planner.cli.exit_codes import ExitCode
from planner.cli.outputs import NewFolder, check_folder
from planner.cli.view_options import allow_offline_option, hosts_option, planning_options, rounds_option

if TYPE_CHECKING:
    from planner.cli.view_options import PlanningOptions
    from planner.soak.soak import Soak

EPILOG = """\
Exit codes: 0 nothing wrong; 1 a pool was wrong or too slow: it is in DIR, with a .txt that says why.

\b
Examples:
  vmplan soak --rounds 10
  vmplan soak --hosts 4 --rounds 6 --seed 7 --slower-than 60 --out wrong
"""


@click.command(epilog=EPILOG)
@hosts_option("Hosts of each pool.  [default: 5 to 8, drawn]")
@rounds_option(100, "How many pools.")
@click.option(
    "--slower-than",
    type=SECONDS,
    metavar="S",
    help="Stop at a pool for which a method takes longer than S seconds.",
)
@click.option(
    "--out",
    type=NewFolder(),
    default=Path(),
    metavar="DIR",
    help="Where to save the pool that is wrong.  [default: here]",
)
@planning_options(5.0)
@allow_offline_option
def soak(
    hosts: int | None,
    rounds: int,
    slower_than: float | None,
    out: Path,
    how: PlanningOptions,
    allow_offline: bool,
) -> ExitCode:
    """Plan random pools with every method; stop at the first that is wrong, or slow, and save it."""
    from planner.soak.soak import Soak, all_finders

    check_folder(out)
    test = Soak(
        how.ask(),
        all_finders(how.objective, how.seed),
        rounds=rounds,
        hosts=hosts,
        seed=how.seed,
        slower_than_s=slower_than,
        out=out,
    )
    if allow_offline:
        test.change = all_offline
    try:
        _run(test)
    finally:
        _report(test)
    return ExitCode.VIOLATIONS if test.complaints else ExitCode.DONE


def _run(test: Soak) -> None:
    """Do the rounds, with a progress bar on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    # Before the bar is shown: amid loading, libraries of Cython forget a Ctrl-C, and the rounds went on.
    import planner.planning  # noqa: F401
    from planner.views.screen import paper

    console = paper(sys.stderr)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("soaking", total=test.rounds)
        for number in test.run():
            progress.update(task, completed=number + 1)


def _report(test: Soak) -> None:
    from planner.views.screen import paper
    from planner.views.soak_table import soak_table

    console = paper()
    console.print(soak_table(test.scores))
    done = sum(score.pools for score in test.scores.values())
    if not test.complaints:
        console.print(f"{done} pools of {test.rounds} planned, none wrong")
        return
    for complaint in test.complaints:
        console.print(complaint.rstrip(), style="bold red")
    console.print(f"saved: {test.saved}", soft_wrap=True)
