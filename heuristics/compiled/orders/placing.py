"""Tasks are placed in an order, each as early as it may, as :meth:`heuristics.in_order.Reel.placed` does."""

from __future__ import annotations

from heuristics.compiled.functions import inner, once
from heuristics.compiled.orders.film import lacks, mode_of, uses_in, uses_out
from heuristics.compiled.orders.luck import (
    clear_luck,
    copy_luck,
    end_on_average,
    lasts,
    late_on_average,
    not_before,
    row_of_channel,
    row_of_host,
    row_of_node,
    row_of_vm,
)
from heuristics.compiled.orders.records import (
    CHANGED,
    COUNTED,
    NOBODY,
    NOW_DRAWN,
    OFF,
    RATE,
    OrderTable,
)


@inner
def _has_room(table: OrderTable, host: int, vm: int) -> bool:
    """Count on departures, the earliest first, until there is room."""
    one = table.hosts[host]
    while lacks(table, host, vm):
        first = one.leaving
        if first == NOBODY:
            return False
        node = table.nodes[first]
        one.leaving = node.next
        for word in range(table.over.size):
            table.room[COUNTED, host, word] += table.need[node.amount, word]
        not_before(table, row_of_host(table, host), row_of_node(table, first))
        if node.end > one.room_since:
            one.room_since = node.end
    return True


@inner
def _leave(table: OrderTable, host: int, task: int, vm: int, end: int) -> None:
    """Put a departure into the list of its host, by its end."""
    one, node = table.hosts[host], table.nodes[task]
    node.end = end
    node.amount = vm
    if one.leaving != NOBODY and table.nodes[one.last_leaving].end <= end:
        table.nodes[one.last_leaving].next = task
        node.next = NOBODY
        one.last_leaving = task
        return
    one.leaving = _with_node(table, one.leaving, task)
    if node.next == NOBODY:
        one.last_leaving = task


@inner
def _with_node(table: OrderTable, first: int, number: int) -> int:
    """Put a node into a list by its end, after others that end then; give the first of the list."""
    node = table.nodes[number]
    before, after = NOBODY, first
    while after != NOBODY and table.nodes[after].end <= node.end:
        before, after = after, table.nodes[after].next
    node.next = after
    if before == NOBODY:
        return number
    table.nodes[before].next = number
    return first


@inner
def _hold(table: OrderTable, channel: int, amount: int, end: int) -> None:
    """Let a task give a part of a channel back when it ends."""
    one, search = table.channels[channel], table.search[0]
    number = search.nodes
    search.nodes += 1
    node = table.nodes[number]
    node.end = end
    node.amount = amount
    one.holding = _with_node(table, one.holding, number)
    copy_luck(table, row_of_node(table, number), NOW_DRAWN)


@inner
def _used(table: OrderTable, place: int, rate: int) -> int:
    amount = table.uses[place].amount
    return rate if amount == RATE else amount


@inner
def _when_free(table: OrderTable, begin: int, end: int, rate: int, start: int) -> int:
    """Take parts of some channels; give the first second at which they are there, not before ``start``."""
    for place in range(begin, end):
        number = table.uses[place].channel
        channel = table.channels[number]
        if channel.limit > 1:
            amount = _used(table, place, rate)
            while channel.left < amount:
                node = table.nodes[channel.holding]
                not_before(table, row_of_channel(table, number), row_of_node(table, channel.holding))
                channel.holding = node.next
                channel.left += node.amount
                if node.end > channel.since:
                    channel.since = node.end
            channel.left -= amount
        not_before(table, NOW_DRAWN, row_of_channel(table, number))
        if channel.since > start:
            start = channel.since
    return start


@inner
def _hold_until(table: OrderTable, begin: int, end: int, rate: int, until: int) -> None:
    for place in range(begin, end):
        number = table.uses[place].channel
        if table.channels[number].limit > 1:
            _hold(table, number, _used(table, place, rate), until)
        else:
            table.channels[number].since = until
            copy_luck(table, row_of_channel(table, number), NOW_DRAWN)


@inner
def _clear(table: OrderTable) -> None:
    """Let nothing be placed yet."""
    search = table.search[0]
    for vm in range(table.vms.size):
        one = table.vms[vm]
        one.done = 0
        one.ready = 0
        one.early = NOBODY
    for host in range(table.hosts.size):
        here = table.hosts[host]
        here.leaving = NOBODY
        here.waiting = NOBODY
        here.room_since = 0
        for word in range(table.over.size):
            table.room[COUNTED, host, word] = table.room[search.turned, host, word]
    for number in range(table.channels.size):
        channel = table.channels[number]
        channel.left = channel.limit
        channel.since = 0
        channel.holding = NOBODY
    clear_luck(table)
    search.nodes = table.tasks.shape[1]


@inner
def _await_room(table: OrderTable, host: int, task: int) -> None:
    one = table.hosts[host]
    table.scratch[task].next = NOBODY
    if one.waiting == NOBODY:
        one.waiting = task
    else:
        table.scratch[one.last_waiting].next = task
    one.last_waiting = task


@inner
def _await_vm(table: OrderTable, task: int) -> None:
    one = table.vms[table.tasks[CHANGED, task].vm]
    table.scratch[task].next = one.early
    one.early = task


@inner
def _next_of_vm(table: OrderTable, vm: int) -> int:
    """Take the next task of a VM from the list of those that wait for it; NOBODY: it is not there."""
    one = table.vms[vm]
    before, task = NOBODY, int(one.early)
    while task != NOBODY and table.tasks[CHANGED, task].before != one.done:
        before, task = task, table.scratch[task].next
    if task != NOBODY:
        after = table.scratch[task].next
        if before == NOBODY:
            one.early = after
        else:
            table.scratch[before].next = after
    return task


@inner
def _start(table: OrderTable, number: int) -> int:
    """Give the first second at which a task for which there is room may start; let it hold its channels.

    By the durations drawn, it ends now.
    """
    task = table.tasks[CHANGED, number]
    one = table.vms[task.vm]
    start = int(one.ready)
    copy_luck(table, NOW_DRAWN, row_of_vm(table, task.vm))
    if task.dst != OFF:
        not_before(table, NOW_DRAWN, row_of_host(table, task.dst))
        there = table.hosts[task.dst]
        for word in range(table.over.size):
            table.room[COUNTED, task.dst, word] -= table.need[task.vm, word]
        start = max(start, there.room_since)
    if task.src == OFF or task.dst == OFF:
        lasts(table, task.vm, task.seconds)
        return start
    mode = mode_of(table, task.src, task.dst)
    begin, end = uses_out(table, task.src)
    begin_in, end_in = uses_in(table, task.dst)
    start = _when_free(table, begin, end, mode.rate, start)
    start = _when_free(table, begin_in, end_in, mode.rate, start)
    start = _when_free(table, mode.links, mode.end_links, mode.rate, start)
    lasts(table, task.vm, task.seconds)
    _hold_until(table, begin, end, mode.rate, start + task.seconds)
    _hold_until(table, begin_in, end_in, mode.rate, start + task.seconds)
    _hold_until(table, mode.links, mode.end_links, mode.rate, start + task.seconds)
    return start


@once
def placed(table: OrderTable, most: float) -> float:
    """Start each task of the changed order as :meth:`heuristics.in_order.Reel.placed` would; give the cost.

    -1 where it is more than ``most``, ends too late, or some wait to the end. Who is home late counts by the
    estimates or, where durations are drawn, on average by these.
    """
    search = table.search[0]
    _clear(table)
    cost, turn, ends = 0.0, 0, 0
    for number in range(search.changed):
        table.scratch[0].agenda = number
        depth = 1
        while depth:
            depth -= 1
            it = table.scratch[depth].agenda
            task = table.tasks[CHANGED, it]
            vm = table.vms[task.vm]
            if vm.done < task.before:
                _await_vm(table, it)
                continue
            if task.dst != OFF and not _has_room(table, task.dst, task.vm):
                _await_room(table, task.dst, it)
                continue
            start = _start(table, it)
            end = start + task.seconds
            task.start = start
            task.turn = turn
            table.scratch[turn].order = it
            turn += 1
            vm.ready = end
            vm.done = task.before + 1
            if task.after:
                cost += search.price
                following = _next_of_vm(table, task.vm)
                if following != NOBODY:
                    table.scratch[depth].agenda = following
                    depth += 1
            elif search.draws:
                cost += late_on_average(table)
            elif end > search.aim:
                cost += end - search.aim
            ends = max(ends, end)
            if cost > most or ends > search.most_end:
                return -1.0
            if task.src != OFF:
                copy_luck(table, row_of_node(table, it), NOW_DRAWN)
                _leave(table, task.src, it, task.vm, end)
                here = table.hosts[task.src]
                depth = _woken(table, here.waiting, depth)
                here.waiting = NOBODY
    if turn < search.changed:
        return -1.0
    search.ends = ends
    if search.draws:
        search.end_drawn = end_on_average(table)
    return cost


@inner
def _woken(table: OrderTable, first: int, depth: int) -> int:
    """Put all of a list on the agenda, its first on top; give how many are there then."""
    count, task = 0, first
    while task != NOBODY:
        count += 1
        task = table.scratch[task].next
    task = first
    for above in range(count):
        table.scratch[depth + count - 1 - above].agenda = task
        task = table.scratch[task].next
    return depth + count
