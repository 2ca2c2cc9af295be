"""``vmplan make-room``: so that VMs of some size fit."""

from __future__ import annotations

from typing import Any

import click

from models.vm import MOST_ARE
from planner.cli.amounts import parse_amounts
from planner.cli.goal_options import at_most_option, explain_option, goal_options, pool_argument, pursue
from planner.goals.make_room import MakeRoom

EPILOG = """\b
Examples:
  vmplan make-room examples/goals/cluster.json --demand ram_mib=96GiB \\
      --demand vcpus=16
  vmplan make-room examples/goals/cluster.json --demand ram_mib=65536 \\
      --requires gpu
  vmplan make-room examples/goals/cluster.json --demand ram_mib=49152 \\
      --count 6 --at-most 4
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.option(
    "--demand",
    "demands",
    multiple=True,
    required=True,
    metavar="R=N",
    help="What one of the VMs takes of a resource, such as ram_mib=8GiB; repeatable.",
)
@click.option("--requires", multiple=True, metavar="T", help="A trait that its host must have; repeatable.")
@click.option("--arch", metavar="NAME", default=MOST_ARE, show_default=True, help="Its architecture.")
@click.option(
    "--count",
    metavar="K",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many of them.",
)
@at_most_option
@explain_option
@goal_options
def make_room(
    pool: str,
    demands: tuple[str, ...],
    requires: tuple[str, ...],
    arch: str,
    count: int,
    at_most: int | None,
    **options: Any,
) -> int:
    """Make room in POOL for VMs that are expected, by the fewest migrations of those that are there.

    POOL (a file, .gz too, or -) says who is where, and needs no target.
    """
    goal = MakeRoom(parse_amounts(demands), requires=requires, arch=arch, count=count, at_most=at_most)
    return pursue(goal, pool, **options)
