"""``vmplan consolidate``: empty hosts, whichever are cheapest."""

from __future__ import annotations

from typing import Any

import click

from planner.cli.goal_options import at_most_option, explain_option, goal_options, pool_argument, pursue
from planner.goals.consolidate import Consolidate

EPILOG = """\b
Examples:
  vmplan consolidate examples/goals/cluster.json --free 1 --explain
  vmplan consolidate examples/goals/cluster.json --free 1
  vmplan consolidate examples/goals/cluster.json --at-most 4
  vmplan consolidate examples/goals/cluster.json --free 1 \\
      --objective time
  vmplan consolidate examples/goals/cluster.json --free 2 --json \\
      --pool-out pool.json
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.option(
    "--free",
    type=click.IntRange(min=0),
    metavar="N",
    help="So many hosts more shall be empty than are now  [default: as many as can be]",
)
@at_most_option
@explain_option
@goal_options
def consolidate(pool: str, free: int | None, at_most: int | None, **options: Any) -> int:
    """Empty hosts of POOL, to switch them off; which ones does not matter.

    POOL (a file, .gz too, or -) says who is where, and needs no target.
    """
    return pursue(Consolidate(free, at_most), pool, **options)
