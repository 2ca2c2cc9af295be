"""Options that commands share: what the bars show, how long to plan, from which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from planner.cli.common import SECONDS, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.asking import Ask
    from planner.cli.common import Command

resource_option = click.option(
    "--resource", metavar="NAME", help="What the bars measure.  [default: ram_mib, else the first]"
)

objective_option = click.option(
    "--objective",
    type=click.Choice(["moves", "ram", "custom"]),
    default="moves",
    show_default=True,
    help="What a migration costs: 1, the VM's RAM, or its own cost.",
)

workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="Threads of the solver.  [default: one a core]",
)

seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**31 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="With one worker the same seed gives the same answer.",
)

allow_offline_option = click.option(
    "--allow-offline", is_flag=True, help="Any VM may be stopped, as a last resort."
)

as_planned_option = click.option(
    "--allow-offline", is_flag=True, help="Any VM may be stopped, as when it was planned."
)

NO_DATE = 1900
"""The year that a time of day is read with."""

until_option = click.option(
    "--until",
    type=click.DateTime(["%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    metavar="HH:MM",
    callback=lambda _context, _option, given: None if given is None else next_time(given),
    help="Begin nothing that should end later: tonight's 06:00, or 2026-01-31T06:00.",
)


def next_time(given: datetime) -> datetime:
    """Give the moment that is meant, in local time: of a time of day the next one."""
    if given.year == NO_DATE:
        now = datetime.now()
        given = datetime.combine(now.date(), given.time())
        given += timedelta(days=given <= now)
    return given.astimezone()


method_option = click.option(
    "--method",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="auto, or a path finder alone: aspiers, dijkstra, squeaky, ...",
)


def time_limit_option(seconds: float, words: str = "Seconds for one plan.") -> Callable[[Command], Command]:
    """Give ``--time-limit`` with a default of its own."""
    return click.option(
        "--time-limit",
        type=SECONDS,
        default=seconds,
        show_default=True,
        metavar="S",
        help=words,
    )


@dataclass(frozen=True, slots=True)
class PlanningOptions:
    """How a command that plays with plans is to plan."""

    objective: str
    time_limit: float
    seed: int
    workers: int | None

    def ask(self) -> Ask:
        """Give the planner with these options."""
        from planner.asking import asker

        return asker(self.objective, self.time_limit, self.seed, self.workers)


def planning_options(seconds: float) -> Callable[[Command], Command]:
    """Add all that a command needs to plan, objective, time limit, seed, workers; it gets them as ``how``."""

    def add(command: Command) -> Command:
        @wraps(command)
        def gathered(
            *, objective: str, time_limit: float, seed: int, workers: int | None, **others: Any
        ) -> Any:
            return command(how=PlanningOptions(objective, time_limit, seed, workers), **others)

        for option in (workers_option, seed_option, time_limit_option(seconds), objective_option):
            gathered = option(gathered)
        return gathered  # type: ignore[return-value]

    return add


def delay_option(words: str) -> Callable[[Command], Command]:
    """Give ``--delay``, which plays by itself."""
    return click.option("--delay", type=Seconds(min=0), default=None, metavar="S", help=words)


def hosts_option(words: str) -> Callable[[Command], Command]:
    """Give ``--hosts`` of the random pools."""
    return click.option("--hosts", type=click.IntRange(min=2, max=500), default=None, metavar="N", help=words)


def rounds_option(default: int | None, words: str) -> Callable[[Command], Command]:
    """Give ``--rounds`` of the random pools."""
    return click.option(
        "--rounds",
        type=click.IntRange(min=1),
        default=default,
        show_default=default is not None,
        metavar="N",
        help=words,
    )
