"""``vmplan debug``: the decisions of a path finder."""

from __future__ import annotations

import click

from planner.cli.common import open_pool, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.view_options import (
    allow_offline_option,
    objective_option,
    resource_option,
    seed_option,
    time_limit_option,
)

EPILOG = """\b
Examples:
  vmplan debug examples/swap.json
  vmplan debug examples/chain6.json --method dijkstra
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.option("--method", default="aspiers", show_default=True, metavar="NAME", help="The path finder.")
@click.option(
    "--decisions",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Stop after N decisions.",
)
@resource_option
@objective_option
@time_limit_option(30.0)
@seed_option
@allow_offline_option
def debug(
    pool: str,
    method: str,
    decisions: int,
    resource: str | None,
    objective: str,
    time_limit: float,
    seed: int,
    allow_offline: bool,
) -> ExitCode:
    """Print every decision of a path finder, indented by depth, with bars where the state changes."""
    from heuristics.deadline import Deadline
    from heuristics.registry import names
    from planner.views.debug import run_debug
    from planner.views.screen import paper

    if method not in names():
        raise click.UsageError(f"method: {method!r}, must be one of {', '.join(names())}")
    found = run_debug(
        open_pool(pool, allow_offline=allow_offline),
        paper(),
        Deadline(time_limit),
        method=method,
        objective=objective,
        seed=seed,
        resource=resource,
        most=decisions,
    )
    if found is None or found.moves is not None:
        return ExitCode.DONE
    return ExitCode.INFEASIBLE if found.proven else ExitCode.NO_PLAN_FOUND
