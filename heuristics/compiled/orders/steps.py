"""Steps of the search, called from Python."""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING

from heuristics.compiled.functions import once, outer
from heuristics.compiled.orders.changes import change, draw_change
from heuristics.compiled.orders.placing import placed
from heuristics.compiled.orders.schedule import become, turn
from heuristics.compiled.shared import draw

if TYPE_CHECKING:
    from heuristics.compiled.orders.records import OrderTable

BEGIN, TURN, CHANGE = 0, 1, 2
"""Why an order is placed: it is the first, the other film's, or a changed one."""


def begin(table: OrderTable) -> bool:
    """Place the tasks of ``CHANGED``, and take that for the schedule at hand; False where it is none."""
    return _steps(table, 0, 1) >= 0


def steps(table: OrderTable, count: int) -> int:
    """Try so many changes; give how often the makespan was shorter than ever."""
    return _steps(table, count, 0)


@outer
def _steps(table: OrderTable, count: int, begins: int) -> int:
    """Begin, 1 or 0, and try so many changes; all by one function, since each is compiled by itself."""
    search, better = table.search[0], 0
    for number in range(count + begins):
        is_first = number < begins
        before = search.best_makespan
        if not is_first:
            search.steps += 1
        for why in range(BEGIN if is_first else TURN, TURN if is_first else CHANGE + 1):
            most = _ordered(table, why)
            if most < 0:
                continue
            cost = placed(table, most)
            if cost >= 0:
                become(table, cost)
            elif why == BEGIN:
                return -1
            elif why == TURN:
                # It goes on in this film: what is at hand has not been touched.
                search.turned = 1 - search.turned
        if is_first:
            continue
        search.idle += 1
        if search.best_makespan < before:
            better += 1
            search.idle = 0
        if search.best_makespan <= search.bound:
            break
    return better


@once
def _ordered(table: OrderTable, why: int) -> float:
    """Make the order that is to be placed; give what it may cost at most, or -1: there is none."""
    search = table.search[0]
    if why == BEGIN:
        return inf
    if why == TURN:
        if search.steps % search.steps_a_film:
            return -1.0
        turn(table)
        return inf
    if search.tasks == 0 or search.tasks + 2 > table.tasks.shape[1] or not draw_change(table):
        return -1.0
    change(table)
    return search.cost - search.warmth * search.best_makespan * log(max(draw(table), 1e-12))
