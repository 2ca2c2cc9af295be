"""``vmplan repl``: move VMs yourself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from planner.cli.common import open_pool, pool_argument
from planner.cli.view_options import allow_offline_option, planning_options, resource_option

if TYPE_CHECKING:
    from planner.cli.view_options import PlanningOptions

EPILOG = """\
Type help for the commands; lines may come from a pipe.

\b
Examples:
  vmplan repl examples/swap.json
"""


@click.command(epilog=EPILOG)
@pool_argument
@resource_option
@planning_options(10.0)
@allow_offline_option
def repl(
    pool: str,
    resource: str | None,
    how: PlanningOptions,
    allow_offline: bool,
) -> None:
    """Move VMs yourself, with undo and hints, and see how near to the optimum you come."""
    from planner.game import Game
    from planner.views import screen
    from planner.views.prompt import talk
    from planner.views.repl import Talk
    from planner.views.spinner import with_spinner

    ask = with_spinner(how.ask(), sys.stderr)
    game = Game(open_pool(pool, allow_offline=allow_offline), ask, how.objective)
    talk(Talk(game, screen.paper(), resource), keys=screen.has_keys(pool))
