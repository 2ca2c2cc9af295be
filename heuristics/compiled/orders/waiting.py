"""Who waits for whom in the schedule at hand."""

from __future__ import annotations

from typing import Any

from heuristics.compiled.functions import inner
from heuristics.compiled.orders.draws import one_of
from heuristics.compiled.orders.film import mode_of, uses_in, uses_out
from heuristics.compiled.orders.records import (
    CHANNEL_FULL,
    NOBODY,
    NOW,
    OFF,
    ROOM,
    SAME_VM,
    START,
    OrderTable,
)
from heuristics.compiled.shared import draw


@inner
def _shares(table: OrderTable, begin: int, end: int, other_begin: int, other_end: int) -> bool:
    for place in range(begin, end):
        for other in range(other_begin, other_end):
            if table.uses[place].channel == table.uses[other].channel:
                return True
    return False


@inner
def _shares_channel(table: OrderTable, one: Any, other: Any) -> bool:
    if OFF in (one.src, one.dst, other.src, other.dst):
        return False
    out, end_out = uses_out(table, one.src)
    into, end_into = uses_in(table, one.dst)
    other_out, other_end_out = uses_out(table, other.src)
    other_into, other_end_into = uses_in(table, other.dst)
    mode, other_mode = mode_of(table, one.src, one.dst), mode_of(table, other.src, other.dst)
    return (
        _shares(table, mode.links, mode.end_links, other_mode.links, other_mode.end_links)
        or _shares(table, out, end_out, other_out, other_end_out)
        or _shares(table, out, end_out, other_into, other_end_into)
        or _shares(table, into, end_into, other_out, other_end_out)
        or _shares(table, into, end_into, other_into, other_end_into)
    )


@inner
def _why(table: OrderTable, one: Any, other: Any) -> int:
    """Tell what a task may have waited for that starts when the other ends; START: not for that."""
    if other.vm == one.vm:
        return SAME_VM
    if other.src == one.dst and one.dst != OFF:
        return ROOM
    return CHANNEL_FULL if _shares_channel(table, one, other) else START


@inner
def waiter(table: OrderTable) -> tuple[int, int, int]:
    """Draw one of a chain of who waits for whom, from one that ends late back to the beginning.

    Gives its place, what it waits for, and the place of who ends then.
    """
    search, scratch = table.search[0], table.scratch
    if search.late and draw(table) < search.late_part:
        place = scratch[one_of(table, search.late)].late
    else:
        place = scratch[one_of(table, search.last)].last
    seen = 0
    drawn_place, drawn_why, drawn_before = place, START, place
    while place != NOBODY:
        task = table.tasks[NOW, place]
        found, before, why, other = 0, NOBODY, START, place - 1
        while other >= 0 and table.tasks[NOW, other].start + search.longest >= task.start:
            last = table.tasks[NOW, other]
            if last.start + last.seconds == task.start and last.start < task.start:
                what = _why(table, task, last)
                if what != START:
                    found += 1
                    if one_of(table, found) == 0:
                        before, why = other, what
            other -= 1
        seen += 1
        if one_of(table, seen) == 0:
            drawn_place, drawn_why, drawn_before = place, why, before if found else place
        place = before
    return drawn_place, drawn_why, drawn_before
