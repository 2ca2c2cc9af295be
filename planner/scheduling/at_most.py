"""One constraint of all models in time: what is held at the same moment is no more than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ortools.sat.python import cp_model


def at_most(model: cp_model.CpModel, held: Sequence[tuple[cp_model.IntervalVar, int]], limit: int) -> None:
    """Keep the sum of the amounts of the intervals that cover a second within a limit.

    Where no two of them fit side by side they must not overlap, which the solver understands better.

    Parameters
    ----------
    held
        (interval, amount) pairs.
    """
    intervals, amounts = [interval for interval, _ in held], [amount for _, amount in held]
    if sum(amounts) <= limit:
        return
    two = sorted(amounts)[:2]
    if len(two) == 2 and sum(two) > limit >= max(amounts):
        model.add_no_overlap(intervals)
    else:
        model.add_cumulative(intervals, amounts, limit)
