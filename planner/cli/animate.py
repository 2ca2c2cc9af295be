"""``vmplan animate``: a plan as bars, an action at a time."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from models.reading import read_plan
from planner.cli.common import errors_of_plan, one_input, open_pool, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.view_options import allow_offline_option, delay_option, planning_options, resource_option

if TYPE_CHECKING:
    from planner.cli.view_options import PlanningOptions
    from planner.views.film_in_time import FilmInTime

EPILOG = """\
Keys: any key shows the next action, the left arrow the one before; home and end jump; with
--delay the space bar pauses; q quits. Without a terminal every frame is printed.

\b
Examples:
  vmplan animate examples/swap.json
  vmplan plan examples/drain.json -o plan.json
  vmplan animate examples/drain.json plan.json --delay 0.5
  vmplan plan examples/drain.json --schedule -o plan.json
  vmplan animate examples/drain.json plan.json --in-time
  vmplan animate examples/drain.json plan.json --speed 1000
"""

EXIT_CODES = {"infeasible": ExitCode.INFEASIBLE, "no_plan_found": ExitCode.NO_PLAN_FOUND}


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("plan", metavar="[PLAN]", required=False, type=click.Path(allow_dash=True))
@delay_option("Play by itself, S seconds a frame.")
@click.option("--in-time", is_flag=True, help="Play the schedule of the PLAN file, several at a time.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Play by itself, X times as fast as it will be; --in-time is understood.",
)
@resource_option
@planning_options(30.0)
@allow_offline_option
def animate(
    pool: str,
    plan: str | None,
    delay: float | None,
    in_time: bool,
    speed: float | None,
    resource: str | None,
    how: PlanningOptions,
    allow_offline: bool,
) -> ExitCode:
    """Plan (or take the PLAN file) and play it: the challenge, then each action."""
    from planner.views import player, screen, showing
    from planner.views.spinner import with_spinner

    one_input({"POOL": pool, "PLAN": plan})
    in_time = in_time or speed is not None
    if in_time and plan is None:
        raise click.UsageError("--in-time and --speed play a PLAN file that has a schedule")
    if speed is not None and delay is not None:
        raise click.UsageError("--speed and --delay both say how long a frame stays: give one")
    challenge = open_pool(pool, allow_offline=allow_offline, plan=plan)
    pace: player.Delay | None = delay
    if plan is None:
        answer = with_spinner(how.ask(), sys.stderr)(challenge)
        status: str = answer.status
        film = showing.film_of_answer(challenge, answer, objective=how.objective, resource=resource)
    else:
        with errors_of_plan(plan):
            file = read_plan(plan)
            status = file.status
            if in_time:
                timed = showing.film_in_time(challenge, file, resource=resource)
                film = timed
                if speed is not None:
                    pace = partial(_stays_s, timed, speed)
            else:
                film = showing.film_of_file(challenge, file, resource=resource)
    player.play(film, pace, keys=screen.has_keys(pool, plan))
    return EXIT_CODES.get(status, ExitCode.DONE)


def _stays_s(film: FilmInTime, speed: float, number: int) -> float:
    return film.stays_s(number) / speed
