"""A wheel that turns on a terminal while the planner thinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.status import Status

from planner.views.screen import paper

if TYPE_CHECKING:
    from typing import TextIO

    from models.pool import Pool
    from planner.asking import Ask, Reply


def with_spinner(ask: Ask, stream: TextIO) -> Ask:
    """Give the same planner, which turns a wheel on a terminal while it thinks."""

    def patient(pool: Pool) -> Reply:
        console = paper(stream)
        if not console.is_terminal:
            return ask(pool)
        with Status("planning ...", console=console):
            return ask(pool)

    return patient
