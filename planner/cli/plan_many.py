"""``vmplan plan-many``: plan every pool of a folder."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.errors import PlannerError
from planner.cli.common import all_offline
from planner.cli.exit_codes import ExitCode
from planner.cli.outputs import NewFolder, check_folder
from planner.cli.view_options import (
    allow_offline_option,
    method_option,
    objective_option,
    seed_option,
    time_limit_option,
)
from planner.many.folder import done_already, entries_of
from planner.many.many import plan_many as plan_all
from planner.views.many_table import PoolRow
from planner.views.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from planner.many.folder import PoolEntry
    from planner.many.many import ResultOrError

EPILOG = """\
FOLDER/NAME.json and NAME.json.gz are planned to OUT/NAME.plan.json. What is there already and still holds
for its pool is kept, so a run that was cut short goes on where it was; --fresh plans everything anew.

Exit codes: 0 all planned; 2 bad usage, or a bad pool file, after all others were done; 3 some are
proven to have no plan, the rest planned; 4 for some no plan was found within the limit; 130
interrupted, what is finished is kept.

On a dask cluster, with vm-migration-planner[dask]: --scheduler tcp://HOST:8786. Its workers need no
access to the files.

\b
Examples:
  vmplan plan-many examples -o plans
  vmplan plan-many examples -o plans --time-limit 5 --workers 2 --fresh
"""


@click.command("plan-many", epilog=EPILOG)
@click.argument("folder", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=NewFolder(),
    help="The folder for the plan files; made where it is not there.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Plan on a dask cluster, such as tcp://host:8786.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Pools planned at once, a core each.  [default: one a core]",
)
@click.option("--fresh", is_flag=True, help="Plan everything anew.")
@objective_option
@time_limit_option(30.0)
@seed_option
@method_option
@allow_offline_option
def plan_many(
    folder: Path,
    output: Path,
    scheduler: str | None,
    workers: int | None,
    fresh: bool,
    objective: str,
    time_limit: float,
    seed: int,
    method: str,
    allow_offline: bool,
) -> ExitCode:
    """Plan every pool file of FOLDER."""
    if scheduler is not None and workers is not None:
        raise click.UsageError("--workers is for processes here; a --scheduler has its own")
    prepare = all_offline if allow_offline else None
    entries = entries_of(folder, output)
    if not entries:
        raise click.UsageError(f"{folder}: no pool files (*.json, *.json.gz) are there")
    check_folder(output)
    output.mkdir(parents=True, exist_ok=True)
    kept = {} if fresh else {entry.name: done_already(entry, objective, prepare) for entry in entries}
    rows = {name: PoolRow.kept(name, file) for name, file in kept.items() if file is not None}
    todo = [entry for entry in entries if entry.name not in rows]
    try:
        with _executor(scheduler) as executor, _bar(len(entries), len(rows)) as advance:

            def on_done(number: int, outcome: ResultOrError) -> None:
                rows[todo[number].name] = _finished(todo[number], outcome)
                advance()

            plan_all(
                [entry.pool for entry in todo],
                executor=executor,
                on_done=on_done,
                processes=workers,
                objective=objective,
                time_limit_s=time_limit,
                seed=seed,
                method=None if method == "auto" else method,
                prepare=prepare,
            )
    except KeyboardInterrupt:
        _print_table(entries, rows)
        raise
    _print_table(entries, rows)
    return exit_code(list(rows.values()))


def _print_table(entries: list[PoolEntry], rows: dict[str, PoolRow]) -> None:
    from planner.views.many_table import table

    for line in table([rows[entry.name] for entry in entries if entry.name in rows]):
        click.echo(line)


def _finished(entry: PoolEntry, outcome: ResultOrError) -> PoolRow:
    """Write the plan file of a pool, or say what is wrong with it."""
    from planner.many.folder import keep
    from planner.views.many_table import PoolRow

    if isinstance(outcome, Exception):
        said = outcome.strerror if isinstance(outcome, OSError) else None
        text = " ".join(str(said or outcome).split()) or type(outcome).__name__
        click.echo(shown(f"vmplan: {entry.pool}: {text}"), err=True)
        return PoolRow.bad(entry.name)
    keep(entry, outcome.file())
    return PoolRow.of(entry.name, outcome)


def exit_code(rows: list[PoolRow]) -> ExitCode:
    """Give the worst of what came out."""
    from planner.views.many_table import BAD

    found = {row.status for row in rows}
    for status, code in (
        (BAD, ExitCode.BAD_INPUT),
        ("no_plan_found", ExitCode.NO_PLAN_FOUND),
        ("infeasible", ExitCode.INFEASIBLE),
    ):
        if status in found:
            return code
    return ExitCode.DONE


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Executor | None]:
    """Give the executor of a dask cluster; None where there is no cluster."""
    if scheduler is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise PlannerError("--scheduler needs dask: install vm-migration-planner[dask]") from None
    try:
        client: Any = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise PlannerError(f"--scheduler {scheduler}: {error}") from None
    with client:
        yield client.get_executor()


@contextmanager
def _bar(total: int, done: int) -> Iterator[Callable[[], None]]:
    """Show a progress bar on a terminal; give what moves it on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from planner.views.screen import paper

    console = paper(sys.stderr)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("planning", total=total, completed=done)
        yield lambda: progress.advance(task)
