"""Changes of the schedule at hand: another order, another way."""

from __future__ import annotations

from heuristics.compiled.functions import inner, once
from heuristics.compiled.orders.draws import normal, one_of
from heuristics.compiled.orders.film import ends, may_go, mode_of
from heuristics.compiled.orders.records import (
    ADDED,
    CHANGED,
    CHANNEL_FULL,
    NOBODY,
    NONE,
    NOW,
    ONE,
    ROOM,
    OrderTable,
)
from heuristics.compiled.orders.shelters import shelter_for
from heuristics.compiled.orders.waiting import waiter
from heuristics.compiled.shared import draw

GAP = 0.5
"""From a turn to the gap before or behind it, where something new goes."""

INSTEAD = 0.25
"""From the turn of a task that goes to that of what takes its place: still before the gap."""


@inner
def _add(
    table: OrderTable, turn: float, vm: int, src: int, dst: int, before: int, after: int, seconds: int
) -> None:
    """Let a change put a task into the order."""
    search = table.search[0]
    task = table.tasks[ADDED, search.added]
    task.vm = vm
    task.src = src
    task.dst = dst
    task.before = before
    task.after = after
    task.seconds = seconds
    if search.added:
        search.other_turn = turn
    else:
        search.turn = turn
    search.added += 1


@inner
def _add_migration(
    table: OrderTable, turn: float, vm: int, src: int, dst: int, before: int, after: int
) -> None:
    seconds = table.seconds[vm, mode_of(table, src, dst).number]
    _add(table, turn, vm, src, dst, before, after, seconds)


@inner
def _move(table: OrderTable, place: int, then: int) -> bool:
    """Let a task go where ``then`` is, before it."""
    search, task = table.search[0], table.tasks[NOW, place]
    search.gone = place
    turn = then - GAP if then <= place else then + GAP
    _add(table, turn, task.vm, task.src, task.dst, task.before, task.after, task.seconds)
    return True


@inner
def _shift(table: OrderTable, place: int) -> bool:
    """Let a task start somewhat earlier or later in the order."""
    search = table.search[0]
    last = search.tasks - 1
    then = place + round(normal(table) * search.width * last)
    return _move(table, place, min(max(then, 0), last))


@inner
def _move_before(table: OrderTable, place: int, other: int) -> bool:
    """Let a task take the turn of the one it waited for, or an earlier one."""
    search = table.search[0]
    return _move(table, place, other if draw(table) < search.just_before else one_of(table, other + 1))


@inner
def _move_first_in(table: OrderTable, place: int) -> bool:
    """Let a task take the room that one before it took."""
    found, chosen = 0, NOBODY
    for other in range(place):
        if table.tasks[NOW, other].dst == table.tasks[NOW, place].dst:
            found += 1
            if one_of(table, found) == 0:
                chosen = other
    return found > 0 and _move_before(table, place, chosen)


@inner
def _go_straight(table: OrderTable, vm: int) -> bool:
    """Let a VM go home directly, when it left or when it came home; one at home stays."""
    search = table.search[0]
    src, dst = ends(table, vm)
    if src != dst:
        if not may_go(table, vm, src, dst):
            return False
        kept, is_first = NOBODY, one_of(table, 2) == 0
        for place in range(search.tasks):
            if table.tasks[NOW, place].vm == vm and (kept == NOBODY or not is_first):
                kept = place
        _add_migration(table, kept + INSTEAD, vm, src, dst, NONE, NONE)
    search.gone_vm = vm
    return True


@inner
def _step_aside(table: OrderTable, vm: int, turn: int, home: int, place: int) -> bool:
    """Let a VM go to a shelter at some turn, and home from there at its place; NOBODY: last."""
    search = table.search[0]
    src = ends(table, vm)[0]
    until = search.makespan
    if place != NOBODY:
        until = table.tasks[NOW, place].start + table.tasks[NOW, place].seconds
    shelter = shelter_for(table, vm, src, home, table.tasks[NOW, turn].start, until)
    if shelter == NOBODY:
        return False
    _add_migration(table, turn - GAP, vm, src, shelter, NONE, ONE)
    back = search.tasks + GAP if place == NOBODY else place + INSTEAD
    _add_migration(table, back, vm, shelter, home, ONE, NONE)
    search.gone = place
    return True


@inner
def _go_elsewhere(table: OrderTable, vm: int) -> bool:
    """Let a VM step aside to another host."""
    search = table.search[0]
    count = 0
    for place in range(search.tasks):
        if table.tasks[NOW, place].vm == vm:
            count += 1
    if count < 2:
        return False
    number = one_of(table, count - 1)
    into, out = NOBODY, NOBODY
    for place in range(search.tasks):
        task = table.tasks[NOW, place]
        if task.vm == vm and task.before == number:
            into = place
        elif task.vm == vm and task.before == number + 1:
            out = place
    came, goes = table.tasks[NOW, into], table.tasks[NOW, out]
    shelter = shelter_for(table, vm, came.src, goes.dst, came.start, goes.start + goes.seconds)
    if shelter == NOBODY:
        return False
    _add_migration(table, into + INSTEAD, vm, came.src, shelter, number, came.after)
    _add_migration(table, out + INSTEAD, vm, shelter, goes.dst, number + 1, goes.after)
    search.gone = into
    search.other_gone = out
    return True


@inner
def _after_who_left_before(table: OrderTable, place: int) -> int:
    """Give the turn of whoever could start when the last before has left the same host."""
    src, since = table.tasks[NOW, place].src, 0
    for other in range(place):
        task = table.tasks[NOW, other]
        if task.src == src:
            since = max(since, task.start + task.seconds)
    turn = 0
    while turn < place and table.tasks[NOW, turn].start < since:
        turn += 1
    return turn


@inner
def _go_another_way(table: OrderTable, place: int) -> bool:
    """Send a VM aside, elsewhere aside, or straight."""
    search, task = table.search[0], table.tasks[NOW, place]
    if task.before or task.after:
        if search.any_cost and draw(table) < search.straight:
            return _go_straight(table, task.vm)
        return _go_elsewhere(table, task.vm)
    if not search.any_cost:
        return _shift(table, place)
    turn = (
        _after_who_left_before(table, place) if draw(table) < search.once_free else one_of(table, place + 1)
    )
    return _step_aside(table, task.vm, turn, task.dst, place)


@inner
def _move_resident(table: OrderTable, vm: int, place: int) -> bool:
    """Let a VM that is settled where somebody waits for room make that room for a while."""
    search = table.search[0]
    for other in range(search.tasks):
        if table.tasks[NOW, other].vm == vm:
            return _go_straight(table, vm)
    return _step_aside(table, vm, one_of(table, place + 1), table.vms[vm].source, NOBODY)


@inner
def draw_change(table: OrderTable) -> bool:
    """Draw a change near a chain of who waits for whom; tell whether it comes to one."""
    search = table.search[0]
    search.added = 0
    search.gone = NOBODY
    search.other_gone = NOBODY
    search.gone_vm = NOBODY
    if draw(table) < search.shift:
        return _shift(table, one_of(table, search.tasks))
    place, why, before = waiter(table)
    if why == CHANNEL_FULL and draw(table) < search.swap:
        return _move_before(table, place, before)
    task = table.tasks[NOW, place]
    if why == ROOM:
        if draw(table) < search.first_in:
            return _move_first_in(table, place)
        there = table.hosts[task.dst]
        settled = there.end_settled - there.settled
        if settled and draw(table) < search.resident:
            return _move_resident(table, table.vms[there.settled + one_of(table, settled)].settled, place)
    if not table.vms[task.vm].is_free:
        return _shift(table, place)
    return _go_another_way(table, place)


@once
def change(table: OrderTable) -> None:
    """Make the changed order of the one at hand."""
    search, count, added = table.search[0], 0, 0
    first, turn, other_turn = 0, search.turn, search.other_turn
    if search.added > 1 and other_turn < turn:
        first, turn, other_turn = 1, other_turn, turn
    for place in range(search.tasks + 1):
        while added < search.added and (place == search.tasks or turn < place):
            table.tasks[CHANGED, count] = table.tasks[ADDED, first if added == 0 else 1 - first]
            count += 1
            added += 1
            turn = other_turn
        if place == search.tasks or place in (search.gone, search.other_gone):
            continue
        if table.tasks[NOW, place].vm != search.gone_vm:
            table.tasks[CHANGED, count] = table.tasks[NOW, place]
            count += 1
    search.changed = count
