"""``vmplan explain``: what must move, what can deadlock, who waits for whom, what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

import planner
from planner.cli.common import open_pool, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.plan import CODES
from planner.cli.progress import progress_line
from planner.cli.search_options import search_options
from planner.result import Status
from planner.views.explained import explained
from planner.views.summary import say_sentence

if TYPE_CHECKING:
    from planner.cli.search_options import SearchOptions

EPILOG = """\b
Examples:
  vmplan explain examples/swap.json
  vmplan explain examples/chain6.json --json
  vmplan explain examples/drain.json --schedule --time-limit 5

Exit codes are those of vmplan plan. vmplan schema explanation prints the shape of the JSON.
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--schedule", is_flag=True, help="Say how long the plan takes, and what would shorten it.")
@search_options
def explain(
    pool: str,
    as_json: bool,
    schedule: bool,
    search: SearchOptions,
) -> ExitCode:
    """Say what must move, what can deadlock, who waits for whom, and what would unlock an impossible pool."""
    problem = open_pool(pool, allow_offline=search.allow_offline)
    with progress_line() as on_progress:
        told = planner.explain(
            problem.current,
            problem.target,
            heuristic=search.method,
            schedule=schedule,
            **search.of_search(on_progress),
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1))
    else:
        for line in explained(told):
            say_sentence(line)
    return ExitCode.INTERRUPTED if told.interrupted else CODES[Status(told.status)]
