"""The table of a soak test: a family of pools a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from planner.soak.soak import Score

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADINGS = (
    "pools",
    "optimal",
    "feasible",
    "infeasible",
    "unknown",
    "cost",
    "over",
    "detours",
    "longest",
)
"""Of the summary; ``over`` is the cost above the bound."""


def soak_table(scores: Mapping[str, Score]) -> Table:
    """Give the scores as a table, a family a line, the sum last."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("family", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    total = Score()
    for name, score in scores.items():
        table.add_row(name, *_cells(score))
        for key in (
            "pools",
            "optimal",
            "feasible",
            "infeasible",
            "no_plan_found",
            "cost",
            "bound",
            "detours",
        ):
            setattr(total, key, getattr(total, key) + getattr(score, key))
        total.slowest_s = max(total.slowest_s, score.slowest_s)
    table.add_row("all", *_cells(total))
    return table


def _cells(score: Score) -> list[str]:
    counts = (
        score.pools,
        score.optimal,
        score.feasible,
        score.infeasible,
        score.no_plan_found,
        score.cost,
        score.cost - round(score.bound),
        score.detours,
    )
    return [*(f"{count:,}" for count in counts), f"{score.slowest_s:.2f} s"]
