"""What every command that plans is told of the search, gathered into one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from heuristics.deadline import Deadline
from planner.cli.view_options import (
    allow_offline_option,
    method_option,
    seed_option,
    time_limit_option,
    workers_option,
)

if TYPE_CHECKING:
    from planner.cli.common import Command
    from planner.progress import OnProgress


LEAST_S = 0.5
"""Seconds for a plan where loading and reading have used up the time: most pools need less for a first."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What somebody asked of a search.

    Parameters
    ----------
    deadline
        It runs from when the command began: reading the pool counts.
    """

    objective: str
    deadline: Deadline
    seed: int
    workers: int | None
    method: str
    allow_offline: bool

    def of_finder(self) -> dict[str, Any]:
        """Give the arguments that every door of the planner takes."""
        import planner.planning  # noqa: F401  - loading the planner counts, as reading the pool does

        deadline = self.deadline.at_least(LEAST_S)
        return {"objective": self.objective, "seed": self.seed, "deadline": deadline}

    def of_search(self, on_progress: OnProgress | None) -> dict[str, Any]:
        """Give these, and those of what uses the solver; the method aside."""
        return {**self.of_finder(), "workers": self.workers, "on_progress": on_progress}


class UntimedObjective(click.Choice[str]):
    """The objectives of a rolling update, and a word to who asks for ``time``."""

    def __init__(self) -> None:
        super().__init__(["moves", "ram", "custom"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it, or fail in words."""
        if value == "time":
            self.fail("'time' is not for a rolling update, made as cheap as can be; --schedule says when.")
        return super().convert(value, param, ctx)


def search_options(command: Command) -> Command:
    """Add the options of every command that plans; it gets them as ``search``."""
    what = "What a migration costs: 1, the VM's RAM, or its own cost; or time: what ends earliest."
    return _with_options(command, click.Choice(["moves", "ram", "custom", "time"]), what)


def rolling_search_options(command: Command) -> Command:
    """Add the same for a rolling update, whose objective is never ``time``."""
    what = "What a migration costs: 1, the VM's RAM, or its own cost."
    return _with_options(command, UntimedObjective(), what)


def _with_options(command: Command, objectives: click.Choice[str], what: str) -> Command:
    @wraps(command)
    def gathered(
        *,
        objective: str,
        time_limit: float,
        seed: int,
        workers: int | None,
        method: str,
        allow_offline: bool,
        **others: Any,
    ) -> Any:
        search = SearchOptions(objective, Deadline(time_limit), seed, workers, method, allow_offline)
        return command(search=search, **others)

    for option in (
        allow_offline_option,
        method_option,
        workers_option,
        seed_option,
        time_limit_option(30.0, "Seconds for all stages together."),
        click.option(
            "--objective",
            type=objectives,
            default="moves",
            show_default=True,
            help=what,
        ),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]
