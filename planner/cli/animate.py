"""``vmplan animate``: a plan as bars, an action at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from models.errors import PlanError
from models.reading import read_plan
from planner.cli.common import open_pool, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.view_options import allow_offline_option, delay_option, planning_options, resource_option

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from planner.cli.view_options import PlanningOptions

EPILOG = """\b
Keys: any key shows the next action, the left arrow the one before; home and end jump; with
--delay the space bar pauses; q quits. Without a terminal every frame is printed.
\b
Examples:
  vmplan animate examples/swap.json
  vmplan plan examples/drain.json -o plan.json
  vmplan animate examples/drain.json plan.json --delay 0.5
"""

EXIT_CODES = {"infeasible": ExitCode.INFEASIBLE, "no_plan_found": ExitCode.NO_PLAN_FOUND}


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("plan", metavar="[PLAN]", required=False, type=click.Path(allow_dash=True))
@delay_option(None, "Play by itself, S seconds a frame.")
@resource_option
@planning_options(30.0)
@allow_offline_option
def animate(
    pool: str,
    plan: str | None,
    delay: float | None,
    resource: str | None,
    how: PlanningOptions,
    allow_offline: bool,
) -> ExitCode:
    """Plan (or take the PLAN file) and play it: the challenge, then each action."""
    from planner.views import player, screen, showing
    from planner.views.spinner import with_spinner

    challenge = open_pool(pool, allow_offline=allow_offline)
    if plan is None:
        answer = with_spinner(how.ask(), sys.stderr)(challenge)
        status: str = answer.status
        film = showing.film_of_answer(challenge, answer, objective=how.objective, resource=resource)
    else:
        file = _open_plan(plan)
        status = file.status
        film = showing.film_of_file(challenge, file, resource=resource)
    player.play(film, delay, keys=screen.has_keys(pool, plan))
    return EXIT_CODES.get(status, ExitCode.DONE)


def _open_plan(path: str) -> PlanFile:
    """Read a plan file; errors name it."""
    try:
        return read_plan(path)
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None
