"""Sums over lines: what a row of the table says of its pools."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.lines import PlanLine


@dataclass(slots=True)
class Score:
    """Some pools of one objective, added up.

    Attributes
    ----------
    pools, failed
        All lines, and those without figures.
    solved, optimal, impossible
        With a plan; with one that is proven optimal; proven to have none.
    cost, bound
        Summed over the pools of which both are known, so that their ratio means something.
    heuristic_cost, heuristic_bound
        The same for the plans that the optimiser started from.
    ram_mib
        Moved by all plans.
    worst_gap
        The largest gap; None where none is known.
    """

    pools: int = 0
    failed: int = 0
    solved: int = 0
    optimal: int = 0
    impossible: int = 0
    cost: int = 0
    bound: int = 0
    heuristic_cost: int = 0
    heuristic_bound: int = 0
    ram_mib: int = 0
    worst_gap: float | None = None
    heuristic_s: list[float] = field(default_factory=list)
    plan_s: list[float] = field(default_factory=list)
    process_s: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def add(self, line: PlanLine) -> None:
        """Count one more pool."""
        self.pools += 1
        if line.error is not None:
            self.failed += 1
            return
        self.solved += line.cost is not None
        self.optimal += line.status == "optimal"
        self.impossible += line.status == "infeasible"
        self.ram_mib += line.ram_mib or 0
        self._add_costs(line)
        for values, value in (
            (self.heuristic_s, line.heuristic_s),
            (self.plan_s, line.plan_s),
            (self.process_s, line.process_s),
            (self.peak_mib, line.peak_mib),
        ):
            if value is not None:
                values.append(value)

    def _add_costs(self, line: PlanLine) -> None:
        if line.cost is None or line.bound is None:
            return
        self.cost += line.cost
        self.bound += line.bound
        if line.heuristic_cost is not None:
            self.heuristic_cost += line.heuristic_cost
            self.heuristic_bound += line.bound
        if line.gap is not None:
            self.worst_gap = max(line.gap, self.worst_gap or 0.0)

    @property
    def over(self) -> float | None:
        """How far the plans are above the bound, all together: cost / bound - 1; None without a bound."""
        return over(self.cost, self.bound)

    @property
    def heuristic_over(self) -> float | None:
        """The same for the plans that the optimiser started from."""
        return over(self.heuristic_cost, self.heuristic_bound)


def over(cost: int, bound: int) -> float | None:
    """Cost / bound - 1; None where the bound is 0, unless both are."""
    if bound:
        return cost / bound - 1
    return None if cost else 0.0


def score(lines: Iterable[PlanLine]) -> Score:
    """Add up lines."""
    total = Score()
    for line in lines:
        total.add(line)
    return total


def middle(values: Sequence[float]) -> float | None:
    """Give the median; None of nothing."""
    return median(values) if values else None


def most(values: Sequence[float]) -> float | None:
    """Give the largest; None of nothing."""
    return max(values, default=None)


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float | None:
    """Give the slope of the straight line through the logarithms: 1 is linear; None of fewer than two."""
    import numpy as np

    if len(set(sizes)) < 2 or min(seconds) <= 0:
        return None
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
