"""``vmplan repair``: mend what the current placement breaks."""

from __future__ import annotations

from typing import Any

import click

from planner.cli.goal_options import explain_option, goal_options, pool_argument, pursue
from planner.goals.repair import Repair

EPILOG = """\b
Examples:
  vmplan repair examples/goals/cluster.json
  vmplan repair examples/goals/cluster.json --json
"""


@click.command(epilog=EPILOG)
@pool_argument
@explain_option
@goal_options
def repair(pool: str, **options: Any) -> int:
    """Mend what POOL breaks by the fewest migrations: overloaded hosts, groups together, wrong hosts.

    POOL (a file, .gz too, or -) says who is where, and needs no target.
    """
    return pursue(Repair(), pool, **options)
