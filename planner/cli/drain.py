"""``vmplan drain``: empty some hosts."""

from __future__ import annotations

from typing import Any

import click

from models.bytes_io import STANDARD
from planner.cli.common import as_typed
from planner.cli.goal_options import explain_option, goal_options, pool_argument, pursue
from planner.goals.drain import Drain

EPILOG = """\b
Examples:
  vmplan drain examples/goals/cluster.json node1
  vmplan drain examples/goals/cluster.json node2 node6 --objective ram
  vmplan drain examples/goals/cluster.json node1 --objective time
  vmplan drain examples/goals/cluster.json node1 --timeline
  vmplan drain examples/goals/cluster.json node6 -o plan.json \\
      --pool-out pool.json
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("hosts", metavar="HOST...", nargs=-1, required=True)
@explain_option
@goal_options
def drain(pool: str, hosts: tuple[str, ...], **options: Any) -> int:
    """Empty the hosts HOST... of POOL by the fewest migrations.

    POOL (a file, .gz too, or -) says who is where, and needs no target. Nothing migrates to these hosts on
    the way, but as a last resort.
    """
    one_by_one = None
    if len(hosts) > 1 and pool != STANDARD:
        stops = " --allow-offline" * options["search"].allow_offline
        one_by_one = (
            f"vmplan rolling{stops} {as_typed(pool, *hosts)} asks for the same, one host after another."
        )
    return pursue(Drain(*hosts), pool, else_ask=one_by_one, **options)
