"""What steps draw at random."""

from __future__ import annotations

from math import cos, log, pi, sqrt
from typing import TYPE_CHECKING

from heuristics.compiled.functions import inner
from heuristics.compiled.shared import draw

if TYPE_CHECKING:
    from heuristics.compiled.orders.records import OrderTable


@inner
def one_of(table: OrderTable, count: int) -> int:
    """Draw a number from 0 up to ``count``."""
    return int(draw(table) * count)


@inner
def normal(table: OrderTable) -> float:
    """Draw from the standard normal distribution (Box and Muller 1958)."""
    radius = sqrt(-2.0 * log(1.0 - draw(table)))
    return radius * cos(2.0 * pi * draw(table))
