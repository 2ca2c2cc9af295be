"""Steps of a search over orders of tasks and ways of VMs, compiled: many thousands in a second.

What :class:`planner.scheduling.order_search.OrderSearch` does, and :meth:`heuristics.in_order.Reel.placed`
with it, in one film at a time. All is in one file, since Numba takes what it has kept of a function for good
as long as the file with that function is the same. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from math import cos, inf, log, pi, sqrt
from typing import Any, NamedTuple

import numpy as np

from heuristics.compiling import STEP, drawn, inner, outer

Int, Float = np.int64, np.float64

TASK = np.dtype([(name, Int) for name in ("vm", "src", "dst", "seconds", "before", "after", "start", "turn")])
"""A leg as of :class:`heuristics.in_order.Leg`, when it starts, and as which it was placed."""

VM = np.dtype(
    [
        *((name, Int) for name in ("done", "ready", "early", "source", "target")),
        *((name, Int) for name in ("is_free", "about", "row", "settled")),
    ]
)
"""Tasks placed, and when the last of them ends; the first of a list of tasks that wait for these; where it is
at first and shall be; whether it may go another way; about the seconds of a migration, and its row of
``may``. Last, apart from all that, one of those that are settled but may step aside."""

HOST = np.dtype(
    [
        (name, Int)
        for name in (
            *("leaving", "last_leaving", "waiting", "last_waiting", "room_since"),
            *("settled", "end_settled", "out", "end_out", "into", "end_into", "at", "end_at"),
            *("wired", "filtered"),
        )
    ]
)
"""First and last of the tasks that leave, and of those that wait for room; since when there is the room that
has been counted on; then where its lists begin and end: settled VMs, uses of who leaves and of who comes, and
the tasks that do; and of which kind it is for durations, and for filters."""

CHANNEL = np.dtype([(name, Int) for name in ("limit", "left", "since", "holding")])
"""What it carries; what of that is left, since when, and the first of a list of those that hold the rest."""

USE = np.dtype([("channel", Int), ("amount", Int)])
"""A channel, and how much of it a task holds, or ``RATE``."""

MODE = np.dtype([(name, Int) for name in ("number", "rate", "links", "end_links")])
"""Of a migration between two kinds of hosts: the column of its seconds, the amount of a wire that it takes,
and where the uses of the links that it goes through begin and end."""

NODE = np.dtype([("end", Int), ("amount", Int), ("next", Int)])
"""Of a list: when a task ends, and what it gives back then."""

SCRATCH = np.dtype(
    [(name, Int) for name in ("agenda", "next", "bucket", "order", "late", "last", "at", "of_host")]
)
"""Columns to work with, each for one list."""

SEARCH = np.dtype(
    [
        *((name, Int) for name in ("tasks", "changed", "added", "best", "makespan", "best_makespan")),
        *((name, Int) for name in ("turned", "best_turned", "late", "last", "nodes", "idle", "steps")),
        *((name, Int) for name in ("gone", "other_gone", "gone_vm", "longest", "any_cost", "aim")),
        *((name, Int) for name in ("bound", "most_shelters", "steps_a_film", "ends")),
        *((name, Float) for name in ("turn", "other_turn", "cost", "price", "warmth")),
        *((name, Float) for name in ("aim_part", "price_part", "shift", "width", "swap")),
        *((name, Float) for name in ("first_in", "resident", "late_part")),
        ("random", np.uint64),
    ]
)
"""How many tasks there are, are there after a change, does that add; how many the best schedule has, and how
late both end; which film both are in; what a change takes away, a place or all of a VM; and so on. Then the
parameters of :class:`planner.scheduling.parameters.OtherWays`."""


class OrderTable(NamedTuple):
    """A schedule, and all that is asked of the pool.

    Parameters
    ----------
    tasks
        ``tasks[NOW, number]`` and so on, TASK: the schedule at hand in order of its starts; what a change
        makes of its order; the shortest; and what the change puts in.
    vms, hosts, channels
        VM, HOST and CHANNEL, one for each.
    uses
        USE: those of one host or mode after those of another.
    nodes
        NODE: of the hosts' lists, one a task, then of the channels'.
    scratch
        SCRATCH.
    modes
        ``modes[wired, wired]``, MODE, by the kinds of the hosts that a migration leaves and comes to.
    seconds
        ``seconds[vm, mode]`` of a migration.
    room
        ``room[film, host, word]``, what is free at first in either film, and ``room[COUNTED, host, word]``,
        what is as it is counted.
    need, over
        ``need[vm, word]``, and the bits that are set where a host is over a limit, ``over[word]``.
    may
        ``may[row, kind, kind]``, as :class:`heuristics.permits.Permits` has it.
    search
        SEARCH, a single one.
    """

    tasks: Any
    vms: Any
    hosts: Any
    channels: Any
    uses: Any
    nodes: Any
    scratch: Any
    modes: Any
    seconds: Any
    room: Any
    need: Any
    over: Any
    may: Any
    search: Any


NOW, CHANGED, BEST, ADDED = 0, 1, 2, 3
"""Rows of tasks."""

COUNTED = 2
"""The row of room that is counted in."""

RECORDS = {
    "vms": VM,
    "hosts": HOST,
    "channels": CHANNEL,
    "uses": USE,
    "nodes": NODE,
    "scratch": SCRATCH,
    "search": SEARCH,
}
"""What the columns of a table are records of."""

OFF = -1
"""As of :mod:`models.moves`."""

NOBODY = -1
"""The end of a list."""

RATE = -1
"""Instead of an amount: as much as the rate of the migration."""

START, SAME_VM, ROOM, CHANNEL_FULL = 0, 1, 2, 3
"""What a task waits for: nothing, its VM, room, a channel."""


@inner
def _draw(table: OrderTable) -> float:
    search = table.search[0]
    search.random += STEP
    return drawn(search.random)


@inner
def _one_of(table: OrderTable, count: int) -> int:
    """Draw a number from 0 up to ``count``."""
    return int(_draw(table) * count)


@inner
def _normal(table: OrderTable) -> float:
    """Draw from the standard normal distribution (Box and Muller 1958)."""
    radius = sqrt(-2.0 * log(1.0 - _draw(table)))
    return radius * cos(2.0 * pi * _draw(table))


@inner
def _lacks(table: OrderTable, host: int, vm: int) -> bool:
    for word in range(table.over.size):
        if (table.room[COUNTED, host, word] - table.need[vm, word]) & table.over[word]:
            return True
    return False


@inner
def _has_room(table: OrderTable, host: int, vm: int) -> bool:
    """Count on departures, the earliest first, until there is room."""
    one = table.hosts[host]
    while _lacks(table, host, vm):
        first = one.leaving
        if first == NOBODY:
            return False
        node = table.nodes[first]
        one.leaving = node.next
        for word in range(table.over.size):
            table.room[COUNTED, host, word] += table.need[node.amount, word]
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


@inner
def _used(table: OrderTable, place: int, rate: int) -> int:
    amount = table.uses[place].amount
    return rate if amount == RATE else amount


@inner
def _when_free(table: OrderTable, begin: int, end: int, rate: int, start: int) -> int:
    """Take parts of some channels; give the first second at which they are there, not before ``start``."""
    for place in range(begin, end):
        channel = table.channels[table.uses[place].channel]
        if channel.limit > 1:
            amount = _used(table, place, rate)
            while channel.left < amount:
                node = table.nodes[channel.holding]
                channel.holding = node.next
                channel.left += node.amount
                if node.end > channel.since:
                    channel.since = node.end
            channel.left -= amount
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


@inner
def _out(table: OrderTable, host: int) -> tuple[int, int]:
    """Give where the uses of those that leave a host are, in the film at hand."""
    one = table.hosts[host]
    if table.search[0].turned:
        return one.into, one.end_into
    return one.out, one.end_out


@inner
def _into(table: OrderTable, host: int) -> tuple[int, int]:
    one = table.hosts[host]
    if table.search[0].turned:
        return one.out, one.end_out
    return one.into, one.end_into


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
def _mode(table: OrderTable, src: int, dst: int) -> Any:
    """Give what a migration between two hosts is like, both as they come in the film at hand."""
    if table.search[0].turned:
        return table.modes[table.hosts[dst].wired, table.hosts[src].wired]
    return table.modes[table.hosts[src].wired, table.hosts[dst].wired]


@inner
def _kind(table: OrderTable, vm: int, host: int) -> int:
    """Tell what kind of host one is to the filters of a VM."""
    one, kinds = table.vms[vm], table.may.shape[1]
    if host == one.target:
        return int(kinds - 1)
    return int(kinds - 2 if host == one.source else table.hosts[host].filtered)


@inner
def _may_go(table: OrderTable, vm: int, src: int, dst: int) -> bool:
    """Tell whether no filter forbids a migration, both hosts as they come in the film at hand."""
    row, here, there = table.vms[vm].row, _kind(table, vm, src), _kind(table, vm, dst)
    return bool(table.may[row, there, here] if table.search[0].turned else table.may[row, here, there])


@inner
def _ends(table: OrderTable, vm: int) -> tuple[int, int]:
    """Give where a VM is at first and at last, in the film at hand."""
    one = table.vms[vm]
    if table.search[0].turned:
        return one.target, one.source
    return one.source, one.target


@inner
def _start(table: OrderTable, number: int) -> int:
    """Give the first second at which a task for which there is room may start; let it hold its channels."""
    task = table.tasks[CHANGED, number]
    one = table.vms[task.vm]
    start = int(one.ready)
    if task.dst != OFF:
        there = table.hosts[task.dst]
        for word in range(table.over.size):
            table.room[COUNTED, task.dst, word] -= table.need[task.vm, word]
        start = max(start, there.room_since)
    if task.src == OFF or task.dst == OFF:
        return start
    mode = _mode(table, task.src, task.dst)
    begin, end = _out(table, task.src)
    begin_in, end_in = _into(table, task.dst)
    start = _when_free(table, begin, end, mode.rate, start)
    start = _when_free(table, begin_in, end_in, mode.rate, start)
    start = _when_free(table, mode.links, mode.end_links, mode.rate, start)
    _hold_until(table, begin, end, mode.rate, start + task.seconds)
    _hold_until(table, begin_in, end_in, mode.rate, start + task.seconds)
    _hold_until(table, mode.links, mode.end_links, mode.rate, start + task.seconds)
    return start


@inner
def _placed(table: OrderTable, most: float) -> float:
    """Start each task of the changed order as :meth:`heuristics.in_order.Reel.placed` would; give the cost.

    -1 where it is more than ``most``, or some wait to the end.
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
            elif end > search.aim:
                cost += end - search.aim
            if cost > most:
                return -1.0
            ends = max(ends, end)
            if task.src != OFF:
                _leave(table, task.src, it, task.vm, end)
                here = table.hosts[task.src]
                depth = _woken(table, here.waiting, depth)
                here.waiting = NOBODY
    if turn < search.changed:
        return -1.0
    search.ends = ends
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


@inner
def _comes_later(one: Any, other: Any) -> bool:
    if one.start != other.start:
        return bool(one.start > other.start)
    end, other_end = one.start + one.seconds, other.start + other.seconds
    if end != other_end:
        return bool(end > other_end)
    return bool(one.turn > other.turn)


@inner
def _become(table: OrderTable, cost: float) -> None:
    """Take the changed order as it was placed for the one at hand, in the order of its starts."""
    search, scratch = table.search[0], table.scratch
    count = search.changed
    for number in range(count + 1):
        scratch[number].bucket = 0
    whole = search.ends + 1
    for number in range(count):
        scratch[table.tasks[CHANGED, number].start * count // whole + 1].bucket += 1
    for number in range(1, count + 1):
        scratch[number].bucket += scratch[number - 1].bucket
    for turn in range(count):
        it = scratch[turn].order
        one = scratch[table.tasks[CHANGED, it].start * count // whole]
        scratch[one.bucket].at = it
        one.bucket += 1
    for number in range(1, count):
        it, place = scratch[number].at, number
        while place and _comes_later(table.tasks[CHANGED, scratch[place - 1].at], table.tasks[CHANGED, it]):
            scratch[place].at = scratch[place - 1].at
            place -= 1
        scratch[place].at = it
    for number in range(count):
        table.tasks[NOW, number] = table.tasks[CHANGED, scratch[number].at]
    search.tasks = count
    search.cost = cost
    search.makespan = search.ends
    _look_at(table)
    if search.makespan < search.best_makespan or (
        search.makespan == search.best_makespan and count < search.best
    ):
        for number in range(count):
            table.tasks[BEST, number] = table.tasks[NOW, number]
        search.best = count
        search.best_makespan = search.makespan
        search.best_turned = search.turned


@inner
def _look_at(table: OrderTable) -> None:
    """Note who is late, who ends last, and who comes to each host or leaves it."""
    search, scratch, hosts = table.search[0], table.scratch, table.hosts
    search.late = 0
    search.last = 0
    for host in range(hosts.size):
        hosts[host].end_at = 0
    for number in range(search.tasks):
        task = table.tasks[NOW, number]
        end = task.start + task.seconds
        if end == search.makespan:
            scratch[search.last].last = number
            search.last += 1
        if end > search.aim and not task.after:
            scratch[search.late].late = number
            search.late += 1
        for host in (task.src, task.dst):
            if host != OFF:
                hosts[host].end_at += 1
    begin = 0
    for host in range(hosts.size):
        hosts[host].at = begin
        begin += hosts[host].end_at
        hosts[host].end_at = hosts[host].at
    for number in range(search.tasks):
        task = table.tasks[NOW, number]
        for host in (task.src, task.dst):
            if host != OFF:
                scratch[hosts[host].end_at].of_host = number
                hosts[host].end_at += 1


@inner
def _turn(table: OrderTable) -> None:
    """Go on in the other film, everything pushed to its beginning, and aim anew."""
    search = table.search[0]
    search.aim = max(search.bound, int(search.aim_part * search.best_makespan))
    search.price = search.price_part * search.best_makespan
    search.changed = search.tasks
    for number in range(search.tasks):
        table.tasks[ADDED, number] = table.tasks[NOW, number]
    for number in range(search.tasks):
        # By the ends of this film, the latest last; those with the same end by their starts.
        task, place = table.tasks[ADDED, number], number
        end = task.start + task.seconds
        while place and _ends_later(table.tasks[CHANGED, place - 1], end, task.start):
            table.tasks[CHANGED, place] = table.tasks[CHANGED, place - 1]
            place -= 1
        table.tasks[CHANGED, place] = task
    for number in range(search.tasks // 2):
        other = search.tasks - 1 - number
        table.tasks[ADDED, 0] = table.tasks[CHANGED, number]
        table.tasks[CHANGED, number] = table.tasks[CHANGED, other]
        table.tasks[CHANGED, other] = table.tasks[ADDED, 0]
    for number in range(search.tasks):
        task = table.tasks[CHANGED, number]
        src, before = task.src, task.before
        task.src, task.dst = task.dst, src
        task.before, task.after = task.after, before
    search.turned = 1 - search.turned
    cost = _placed(table, inf)
    if cost < 0:
        # It goes on in this film: what is at hand has not been touched.
        search.turned = 1 - search.turned
        return
    _become(table, cost)


@inner
def _ends_later(task: Any, end: int, start: int) -> bool:
    ends = task.start + task.seconds
    return bool(ends > end or (ends == end and task.start > start))


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
    out, end_out = _out(table, one.src)
    into, end_into = _into(table, one.dst)
    other_out, other_end_out = _out(table, other.src)
    other_into, other_end_into = _into(table, other.dst)
    mode, other_mode = _mode(table, one.src, one.dst), _mode(table, other.src, other.dst)
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
def _waiter(table: OrderTable) -> tuple[int, int, int]:
    """Draw one of a chain of who waits for whom, from one that ends late back to the beginning.

    Gives its place, what it waits for, and the place of who ends then.
    """
    search, scratch = table.search[0], table.scratch
    if search.late and _draw(table) < search.late_part:
        place = scratch[_one_of(table, search.late)].late
    else:
        place = scratch[_one_of(table, search.last)].last
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
                    if _one_of(table, found) == 0:
                        before, why = other, what
            other -= 1
        seen += 1
        if _one_of(table, seen) == 0:
            drawn_place, drawn_why, drawn_before = place, why, before if found else place
        place = before
    return drawn_place, drawn_why, drawn_before


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
    seconds = table.seconds[vm, _mode(table, src, dst).number]
    _add(table, turn, vm, src, dst, before, after, seconds)


@inner
def _move(table: OrderTable, place: int, then: int) -> bool:
    """Let a task go where ``then`` is, before it."""
    search, task = table.search[0], table.tasks[NOW, place]
    search.gone = place
    turn = then - 0.5 if then <= place else then + 0.5
    _add(table, turn, task.vm, task.src, task.dst, task.before, task.after, task.seconds)
    return True


@inner
def _shift(table: OrderTable, place: int) -> bool:
    """Let a task start somewhat earlier or later in the order."""
    search = table.search[0]
    last = search.tasks - 1
    then = place + round(_normal(table) * search.width * last)
    return _move(table, place, min(max(then, 0), last))


@inner
def _move_before(table: OrderTable, place: int, other: int) -> bool:
    """Let a task take the turn of the one it waited for, or an earlier one."""
    return _move(table, place, other if _draw(table) < 0.5 else _one_of(table, other + 1))


@inner
def _move_first_in(table: OrderTable, place: int) -> bool:
    """Let a task take the room that one before it took."""
    found, chosen = 0, NOBODY
    for other in range(place):
        if table.tasks[NOW, other].dst == table.tasks[NOW, place].dst:
            found += 1
            if _one_of(table, found) == 0:
                chosen = other
    return found > 0 and _move_before(table, place, chosen)


@inner
def _go_straight(table: OrderTable, vm: int) -> bool:
    """Let a VM go home directly, when it left or when it came home; one at home stays."""
    search = table.search[0]
    src, dst = _ends(table, vm)
    if src != dst:
        if not _may_go(table, vm, src, dst):
            return False
        kept, is_first = NOBODY, _draw(table) < 0.5
        for place in range(search.tasks):
            if table.tasks[NOW, place].vm == vm and (kept == NOBODY or not is_first):
                kept = place
        _add_migration(table, kept + 0.25, vm, src, dst, 0, 0)
    search.gone_vm = vm
    return True


@inner
def _busy_s(table: OrderTable, host: int, vm: int, since: int, until: int) -> int:
    """Tell for how long others arrive at a host while a VM would that stays there; -1: there is no room."""
    search, one = table.search[0], table.hosts[host]
    soon, busy, events = since + table.vms[vm].about, 0, 0
    for number in range(one.at, one.end_at):
        task = table.tasks[NOW, table.scratch[number].of_host]
        if task.start >= until:
            break
        if task.vm == vm:
            continue
        end = task.start + task.seconds
        second = end
        if task.dst == host:
            second = task.start
            busy += max(0, min(end, soon) - max(task.start, since))
        elif end >= until:
            continue
        # By their seconds, at the same second those first that come.
        place = events
        events += 1
        while place and (
            table.nodes[place - 1].end > second
            or (table.nodes[place - 1].end == second and task.dst == host and table.nodes[place - 1].next > 0)
        ):
            table.nodes[place].end = table.nodes[place - 1].end
            table.nodes[place].amount = table.nodes[place - 1].amount
            table.nodes[place].next = table.nodes[place - 1].next
            place -= 1
        table.nodes[place].end = second
        table.nodes[place].amount = task.vm
        table.nodes[place].next = -1 if task.dst == host else 1
    for word in range(table.over.size):
        table.room[COUNTED, host, word] = table.room[search.turned, host, word]
    for number in range(events):
        node = table.nodes[number]
        if node.end > since and _lacks(table, host, vm):
            return -1
        for word in range(table.over.size):
            table.room[COUNTED, host, word] += node.next * table.need[node.amount, word]
    return -1 if _lacks(table, host, vm) else busy


@inner
def _shelter(table: OrderTable, vm: int, src: int, dst: int, since: int, until: int) -> int:
    """Draw a host that has room for a VM all the time, the others as they are; NOBODY: none was found."""
    search, count = table.search[0], table.hosts.size
    looked = min(count, search.most_shelters)
    found, chosen, quietest, least = 0, NOBODY, NOBODY, inf
    for number in range(looked):
        host = number if looked == count else _one_of(table, count)
        if host in (src, dst) or not (_may_go(table, vm, src, host) and _may_go(table, vm, host, dst)):
            continue
        busy = _busy_s(table, host, vm, since, until)
        if busy < 0:
            continue
        found += 1
        if _one_of(table, found) == 0:
            chosen = host
        score = busy + 10.0 * _draw(table)
        if score < least:
            quietest, least = host, score
    return chosen if _draw(table) < 0.5 else quietest


@inner
def _step_aside(table: OrderTable, vm: int, turn: int, home: int, place: int) -> bool:
    """Let a VM go to a shelter at some turn, and home from there at its place; NOBODY: last."""
    search = table.search[0]
    src = _ends(table, vm)[0]
    until = search.makespan
    if place != NOBODY:
        until = table.tasks[NOW, place].start + table.tasks[NOW, place].seconds
    shelter = _shelter(table, vm, src, home, table.tasks[NOW, turn].start, until)
    if shelter == NOBODY:
        return False
    _add_migration(table, turn - 0.5, vm, src, shelter, 0, 1)
    back = search.tasks + 0.5 if place == NOBODY else place + 0.25
    _add_migration(table, back, vm, shelter, home, 1, 0)
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
    number = _one_of(table, count - 1)
    into, out = NOBODY, NOBODY
    for place in range(search.tasks):
        task = table.tasks[NOW, place]
        if task.vm == vm and task.before == number:
            into = place
        elif task.vm == vm and task.before == number + 1:
            out = place
    came, goes = table.tasks[NOW, into], table.tasks[NOW, out]
    shelter = _shelter(table, vm, came.src, goes.dst, came.start, goes.start + goes.seconds)
    if shelter == NOBODY:
        return False
    _add_migration(table, into + 0.25, vm, came.src, shelter, number, came.after)
    _add_migration(table, out + 0.25, vm, shelter, goes.dst, number + 1, goes.after)
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
        if search.any_cost and _draw(table) < 0.5:
            return _go_straight(table, task.vm)
        return _go_elsewhere(table, task.vm)
    if not search.any_cost:
        return _shift(table, place)
    turn = _after_who_left_before(table, place) if _draw(table) < 0.6 else _one_of(table, place + 1)
    return _step_aside(table, task.vm, turn, task.dst, place)


@inner
def _move_resident(table: OrderTable, vm: int, place: int) -> bool:
    """Let a VM that is settled where somebody waits for room make that room for a while."""
    search = table.search[0]
    for other in range(search.tasks):
        if table.tasks[NOW, other].vm == vm:
            return _go_straight(table, vm)
    return _step_aside(table, vm, _one_of(table, place + 1), table.vms[vm].source, NOBODY)


@inner
def _draw_change(table: OrderTable) -> bool:
    """Draw a change near a chain of who waits for whom; tell whether it comes to one."""
    search = table.search[0]
    search.added = 0
    search.gone = NOBODY
    search.other_gone = NOBODY
    search.gone_vm = NOBODY
    if _draw(table) < search.shift:
        return _shift(table, _one_of(table, search.tasks))
    place, why, before = _waiter(table)
    if why == CHANNEL_FULL and _draw(table) < search.swap:
        return _move_before(table, place, before)
    task = table.tasks[NOW, place]
    if why == ROOM:
        if _draw(table) < search.first_in:
            return _move_first_in(table, place)
        there = table.hosts[task.dst]
        settled = there.end_settled - there.settled
        if settled and _draw(table) < search.resident:
            return _move_resident(table, table.vms[there.settled + _one_of(table, settled)].settled, place)
    if not table.vms[task.vm].is_free:
        return _shift(table, place)
    return _go_another_way(table, place)


@inner
def _change(table: OrderTable) -> None:
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


@outer
def begin(table: OrderTable) -> float:
    """Place the tasks of ``CHANGED``, and take that for the schedule at hand; give its cost, or -1."""
    cost = _placed(table, inf)
    if cost >= 0:
        _become(table, cost)
    return cost


@outer
def steps(table: OrderTable, count: int) -> int:
    """Try so many changes; give how often the makespan was shorter than ever."""
    search, better = table.search[0], 0
    for _ in range(count):
        before = search.best_makespan
        search.steps += 1
        if search.steps % search.steps_a_film == 0:
            _turn(table)
        if search.tasks and search.tasks + 2 <= table.tasks.shape[1] and _draw_change(table):
            _change(table)
            warmth = search.warmth * search.best_makespan
            cost = _placed(table, search.cost - warmth * log(max(_draw(table), 1e-12)))
            if cost >= 0:
                _become(table, cost)
        search.idle += 1
        if search.best_makespan < before:
            better += 1
            search.idle = 0
        if search.best_makespan <= search.bound:
            break
    return better
