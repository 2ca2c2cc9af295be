"""``vmplan balance``: even the load out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.amounts import ShareType
from planner.cli.goal_options import at_most_option, explain_option, goal_options, pool_argument, pursue
from planner.goals.balance import Balance

if TYPE_CHECKING:
    from fractions import Fraction

EPILOG = """\b
Examples:
  vmplan balance examples/goals/cluster.json --resource ram_mib --within 0.2
  vmplan balance examples/goals/cluster.json --resource ram_mib \\
      --resource vcpus --at-most 5
  vmplan balance examples/goals/cluster.json --at-most 5 --no-even --json
  vmplan balance examples/goals/cluster.json --at-most 5 \\
      --warn-above ram_mib=0.8
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="R",
    help="A resource that counts; repeatable  [default: all]",
)
@click.option(
    "--within", type=ShareType(), metavar="X", help="Every host's share shall be so near the pool's, 0 to 1."
)
@at_most_option
@click.option("--no-even", is_flag=True, help="Do not spend what is left of --at-most on the other hosts.")
@explain_option
@goal_options
def balance(
    pool: str,
    resources: tuple[str, ...],
    within: Fraction | None,
    at_most: int | None,
    no_even: bool,
    **options: Any,
) -> int:
    """Even out the load of the hosts of POOL: every share near the pool's, or the highest as low as can be.

    A host's share of a resource is its load over what is usable there. Hosts that accept nothing do not
    count. POOL (a file, .gz too, or -) says who is where, and needs no target.
    """
    goal = Balance(*resources, within=within, at_most=at_most, even=not no_even)
    return pursue(goal, pool, **options)
