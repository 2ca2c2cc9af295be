"""Steps of the search, called from Python."""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING

from heuristics.compiled.functions import outer
from heuristics.compiled.orders.changes import change, draw_change
from heuristics.compiled.orders.placing import placed
from heuristics.compiled.orders.schedule import become, turn
from heuristics.compiled.shared import draw

if TYPE_CHECKING:
    from heuristics.compiled.orders.records import OrderTable


@outer
def begin(table: OrderTable) -> float:
    """Place the tasks of ``CHANGED``, and take that for the schedule at hand; give its cost, or -1."""
    cost = placed(table, inf)
    if cost >= 0:
        become(table, cost)
    return cost


@outer
def steps(table: OrderTable, count: int) -> int:
    """Try so many changes; give how often the makespan was shorter than ever."""
    search, better = table.search[0], 0
    for _ in range(count):
        before = search.best_makespan
        search.steps += 1
        if search.steps % search.steps_a_film == 0:
            turn(table)
        if search.tasks and search.tasks + 2 <= table.tasks.shape[1] and draw_change(table):
            change(table)
            warmth = search.warmth * search.best_makespan
            cost = placed(table, search.cost - warmth * log(max(draw(table), 1e-12)))
            if cost >= 0:
                become(table, cost)
        search.idle += 1
        if search.best_makespan < before:
            better += 1
            search.idle = 0
        if search.best_makespan <= search.bound:
            break
    return better
