"""``vmplan demo``: random pools, planned and played."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from planner.cli.view_options import delay_option, hosts_option, planning_options, rounds_option

if TYPE_CHECKING:
    from planner.cli.view_options import PlanningOptions

EPILOG = """\
Keys are those of vmplan animate. Without --rounds it goes on until you quit.

\b
Examples:
  vmplan demo --rounds 2
  vmplan demo --hosts 8 --rounds 1 --delay 0.1 --seed 7
"""


@click.command(epilog=EPILOG)
@hosts_option("Hosts of each pool.  [default: 5]")
@rounds_option(None, "Stop after N pools.  [default: go on for ever]")
@delay_option("Seconds a frame stays.  [default: 1 on a terminal, else 0]")
@planning_options(5.0)
def demo(
    hosts: int | None,
    rounds: int | None,
    delay: float | None,
    how: PlanningOptions,
) -> None:
    """Make random pools, plan them and play the plans."""
    from planner.views import screen
    from planner.views.demo import run_demo
    from planner.views.spinner import with_spinner

    ask = with_spinner(how.ask(), sys.stderr)
    keys = screen.has_keys()
    run_demo(
        ask,
        hosts=hosts,
        rounds=rounds,
        delay_s=(1.0 if keys else 0.0) if delay is None else delay,
        seed=how.seed,
        objective=how.objective,
        keys=keys,
    )
