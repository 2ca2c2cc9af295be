"""The table that ``vmplan plan-many`` prints: a line for each pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from planner.verdict.sentences import number_of
from planner.views.names import pad, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.plan_file import PlanFile
    from planner.result import Result

BAD = "bad file"
"""The status of a pool that could not be planned at all."""

HEADS = ("pool", "status", "cost", "bound", "gap", "seconds")


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool and what came out; ``seconds`` None: kept from before."""

    name: str
    status: str
    cost: float | None = None
    bound: float | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, name: str, result: Result) -> PoolRow:
        """Give the row of a pool that was planned now."""
        return cls(name, result.status.value, result.cost, result.bound, sum(result.seconds.values()))

    @classmethod
    def kept(cls, name: str, file: PlanFile) -> PoolRow:
        """Give the row of a plan that was there."""
        return cls(name, file.status, file.cost, file.bound)

    @classmethod
    def bad(cls, name: str) -> PoolRow:
        """Give the row of a pool that could not be planned."""
        return cls(name, BAD)

    def cells(self) -> tuple[str, ...]:
        """Give the words of the row."""
        gap = None if self.cost is None or self.bound is None else _gap(self.cost, self.bound)
        return (
            shown(self.name),
            self.status,
            *("-" if figure is None else f"{figure:.10g}" for figure in (self.cost, self.bound)),
            "-" if gap is None else f"{gap:.2%}",
            f"{self.seconds:.1f}" if self.seconds is not None else "-" if self.status == BAD else "kept",
        )


def _gap(cost: float, bound: float) -> float:
    return (cost - bound) / cost if cost else 0.0


def table(rows: Sequence[PoolRow]) -> Iterator[str]:
    """Give the lines: words to the left, figures to the right, and a count last."""
    cells = [HEADS, *(row.cells() for row in rows)]
    widths = [max(cell_len(row[column]) for row in cells) for column in range(len(HEADS))]
    for row in cells:
        words = [pad(cell, width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        figures = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join(words + figures).rstrip()
    counts: dict[str, int] = {}
    for entry in rows:
        counts[entry.status] = counts.get(entry.status, 0) + 1
    yield ", ".join([number_of(len(rows), "pool"), *(f"{n} {s}" for s, n in counts.items())])
