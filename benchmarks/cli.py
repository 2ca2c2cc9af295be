"""``python -m benchmarks``: the first plan against the optimised one, and the studies."""

from __future__ import annotations

import sys
from functools import reduce
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console

from benchmarks.entry import leave
from benchmarks.families import FAMILIES, folder_cases, named
from benchmarks.options import Options
from benchmarks.pictures import MISSING, can_draw, command, draw_pictures, draw_studies, footer
from benchmarks.store import Store
from benchmarks.suite import Suite, run_with_progress
from benchmarks.tables import tables
from heuristics import path_finder
from models.errors import PlannerError
from models.parameters import with_setting
from planner.parameters import DEFAULT

if TYPE_CHECKING:
    from benchmarks.case import Case
    from benchmarks.jobs import Job
    from benchmarks.lines import AnyLine

RESULTS = Path(__file__).parent / "results"

PAPER_WIDTH = 240
"""Of the tables where no terminal says how wide it is."""

EPILOG = (
    """\b
Families:
"""
    + "\n".join(f"  {family.name:<11} {family.what}" for family in FAMILIES)
    + """
\b
Examples:
  python -m benchmarks --quick
  python -m benchmarks --families 'rival,shuffle*' --seeds 3
  python -m benchmarks my-pools --time-limit 10 -o my-pools.jsonl
  python -m benchmarks my-pools --objective time --time-limit 10 -o in-time.jsonl
  python -m benchmarks --families 'shuffle95' --set neighbourhoods.first_size=8 -o larger.jsonl
"""
)


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--quick", is_flag=True, help="Few, small pools: under two minutes on two cores.")
@click.option(
    "--families", metavar="NAME,...", help="Which; * stands for anything.  [default: all, none with FOLDERs]"
)
@click.option(
    "--objective",
    type=click.Choice(("moves", "ram", "custom", "time")),
    default="moves",
    show_default=True,
    help="What the pools of FOLDERs are planned for; families have their own.",
)
@click.option("--methods", default="auto", show_default=True, metavar="NAME,...", help="auto, aspiers, ...")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds for each pool.  [default: what its kind has; 30 for files]",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), metavar="N", help="Pools of each random kind; runs of each file."
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: one a core]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the planner, such as exact.most_slots=2; repeatable.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON lines, taken up again.  [default: benchmarks/results/full.jsonl, or quick.jsonl]",
)
@click.option("--fresh", is_flag=True, help="Forget what the JSON lines hold, and measure all anew.")
@click.option("--plans", type=click.Path(file_okay=False, path_type=Path), help="Keep the plan files there.")
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the pictures of the manual there, instead of beside the JSON lines: moves_over_bound.png, "
    "time_against_size.png, makespan_over_bound.png.",
)
@click.option(
    "--measured",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CSV",
    help="For family formula: migrations as they were measured.",
)
@click.option("--in-process", is_flag=True, help="No process for each pool: no peak memory, times blurred.")
def benchmarks(
    folders: tuple[Path, ...],
    quick: bool,
    families: str | None,
    objective: str,
    methods: str,
    time_limit: float | None,
    seeds: int | None,
    workers: int | None,
    settings: tuple[str, ...],
    output: Path | None,
    fresh: bool,
    plans: Path | None,
    pictures: Path | None,
    measured: Path | None,
    in_process: bool,
) -> int:
    """Compare the first plan with the optimised one, on random pools and those of FOLDERS."""
    if pictures is not None and not can_draw():
        raise PlannerError(MISSING)
    options = _options(quick, seeds, time_limit, workers, objective, methods, measured, settings)
    output = output or RESULTS / ("quick.jsonl" if quick else "full.jsonl")
    suite = Suite(_tasks(folders, families, options), Store(output), not in_process, plans)
    if fresh:
        suite.store.clear()
    if plans is not None:
        plans.mkdir(parents=True, exist_ok=True)
    interrupted = _run(suite)
    _report(suite)
    note = footer(command(folders, options, families), suite.lines(), options.workers)
    _draw(suite.lines(), output, pictures, note)
    return 130 if interrupted else int(any(line.error for line in suite.lines()))


def _options(
    quick: bool,
    seeds: int | None,
    time_limit: float | None,
    workers: int | None,
    objective: str,
    methods: str,
    measured: Path | None,
    settings: tuple[str, ...],
) -> Options:
    names = tuple(name.strip() for name in methods.split(",") if name.strip())
    for name in names:
        if name != "auto":
            path_finder(name)  # an unknown name is an error now
    if time_limit is not None and not isfinite(time_limit):
        raise PlannerError(f"--time-limit: {time_limit!r}, must be a finite number > 0")
    if not names:
        raise PlannerError("methods: none named")
    reduce(with_setting, settings, DEFAULT)  # an unknown name is an error now
    chosen = {} if workers is None else {"workers": workers}
    return Options(
        quick,
        seeds,
        time_limit,
        methods=names,
        objective=objective,
        measured=measured,
        settings=settings,
        **chosen,
    )


def _tasks(folders: tuple[Path, ...], families: str | None, options: Options) -> list[Case | Job]:
    tasks: list[Case | Job] = []
    for folder in folders:
        tasks += folder_cases(folder, options)
    if families is not None:
        chosen = named(families)
    else:
        chosen = [] if folders else [family for family in FAMILIES if family.in_quick or not options.quick]
    for family in chosen:
        tasks += family.tasks(options)
    if not tasks:
        raise PlannerError("nothing to run: no folder and no family named, or formula without --measured")
    return tasks


def _run(suite: Suite) -> bool:
    """Run it; True where Ctrl-C ended it. What is done by then is kept, and reported."""
    kept = len(suite.tasks) - len(suite.missing())
    if kept:
        click.echo(
            f"{kept} of {len(suite.tasks)} are in {suite.store.path} already (--fresh: anew)", err=True
        )
    try:
        run_with_progress(suite)
    except KeyboardInterrupt:
        click.echo("interrupted: the same command takes it up again", err=True)
        return True
    return False


def _report(suite: Suite) -> None:
    lines = suite.lines()
    console = Console(width=None if sys.stdout.isatty() else PAPER_WIDTH, markup=False, highlight=False)
    for table in tables(lines):
        console.print(table)
        console.print()
    for line in lines:
        if line.error is not None:
            click.echo(f"failed: {line.job.key}: {line.error}", err=True)
    commits = {line.commit for line in lines}
    if len(commits) > 1:
        click.echo(f"measured at several commits: {', '.join(sorted(map(str, commits)))}", err=True)
    click.echo(f"lines: {suite.store.path}", err=True)


def _draw(lines: list[AnyLine], output: Path, pictures: Path | None, note: str) -> None:
    if not can_draw():
        click.echo(MISSING, err=True)
        return
    prefix = f"{output.stem}-"
    drawn = draw_studies(lines, output.parent, note, prefix)
    if pictures is None:
        drawn += draw_pictures(lines, output.parent, note, prefix)
    else:
        drawn += draw_pictures(lines, pictures, note)
    for path in drawn:
        click.echo(f"picture: {path}", err=True)


def main() -> NoReturn:
    """Run, and exit by its code: 0 done, 1 a pool failed, 2 bad usage, 130 interrupted."""
    leave(benchmarks, "benchmarks")
