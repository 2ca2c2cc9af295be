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


def search_options(command: Command) -> Command:
    """Add the options of every command that plans; it gets them as ``search``."""

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
            type=click.Choice(["moves", "ram", "custom", "time"]),
            default="moves",
            show_default=True,
            help="What a migration costs: 1, the VM's RAM, or its own cost; or time: what ends earliest.",
        ),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]
