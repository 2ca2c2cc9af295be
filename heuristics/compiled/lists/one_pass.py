"""One pass of list scheduling through time, as :mod:`heuristics.list_schedule` makes it.

Where no two migrations share a channel that is not of a host of theirs.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.compiled.functions import inner, outer

if TYPE_CHECKING:
    from heuristics.words import Ints

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

OFF = -1
"""As of :mod:`models.moves`."""


class ListTable(NamedTuple):
    """The tasks and the pool.

    Parameters
    ----------
    vm, src, dst, seconds
        Of each task.
    first_use, channel, amount
        What a task holds, ``channel[number]`` and ``amount[number]``, from its ``first_use`` up to the next
        one's.
    use_queue, room_queue
        The queue of those that lack a use, by its number, or room, by the task; -1 where it goes to ``OFF``.
    first_queue
        ``first_queue[place]``: the first queue of a channel or, behind all channels, of a host.
    place, lack, first_waiting
        Of each queue: its place, how much of the channel those in it lack, and where the list of them begins.
    limits
        ``limits[channel]``.
    first_visit
        ``first_visit[host]``: where the list begins of those that come to it or leave it.
    need, room, over
        As of :class:`heuristics.words.Words`, when the film begins.
    """

    vm: Ints
    src: Ints
    dst: Ints
    seconds: Ints
    first_use: Ints
    channel: Ints
    amount: Ints
    use_queue: Ints
    room_queue: Ints
    first_queue: Ints
    place: Ints
    lack: Ints
    first_waiting: Ints
    limits: Ints
    first_visit: Ints
    need: Ints
    room: Ints
    over: Ints


@inner
def _give(table: ListTable, left: Ints, task: int, sign: int) -> None:
    for number in range(table.first_use[task], table.first_use[task + 1]):
        left[table.channel[number]] += sign * table.amount[number]


@inner
def _add(table: ListTable, room: Ints, host: int, vm: int, sign: int) -> None:
    if host != OFF:
        for word in range(table.over.size):
            room[host, word] += sign * table.need[vm, word]


@inner
def _fits(table: ListTable, room: Ints, host: int, vm: int) -> bool:
    if host != OFF:
        for word in range(table.over.size):
            if (room[host, word] - table.need[vm, word]) & table.over[word]:
                return False
    return True


@inner
def _queue_for(table: ListTable, left: Ints, free: Ints, task: int) -> int:
    """Give the queue of those who lack what a task lacks, a channel or room; -1 where it lacks nothing."""
    for number in range(table.first_use[task], table.first_use[task + 1]):
        if left[table.channel[number]] < table.amount[number]:
            return table.use_queue[number]
    if _fits(table, free, table.dst[task], table.vm[task]):
        return -1
    return table.room_queue[task]


@inner
def _is_first(urgency: Floats, task: int, other: int) -> bool:
    return urgency[task] < urgency[other] or (urgency[task] == urgency[other] and task < other)


@inner
def _wait(table: ListTable, urgency: Floats, waiting: Ints, size: Ints, queue: int, task: int) -> None:
    """Put a task into a queue, which is a heap."""
    first, place = table.first_waiting[queue], size[queue]
    size[queue] += 1
    while place > 0:
        above = (place - 1) // 2
        if _is_first(urgency, waiting[first + above], task):
            break
        waiting[first + place] = waiting[first + above]
        place = above
    waiting[first + place] = task


@inner
def _take(table: ListTable, urgency: Floats, waiting: Ints, size: Ints, queue: int) -> int:
    """Take the most urgent out of a queue."""
    first = table.first_waiting[queue]
    size[queue] -= 1
    end, place = size[queue], 0
    found, last = waiting[first], waiting[first + end]
    while 2 * place + 1 < end:
        below = 2 * place + 1
        if below + 1 < end and _is_first(urgency, waiting[first + below + 1], waiting[first + below]):
            below += 1
        if _is_first(urgency, last, waiting[first + below]):
            break
        waiting[first + place] = waiting[first + below]
        place = below
    waiting[first + place] = last
    return found


@inner
def _is_there(table: ListTable, left: Ints, free: Ints, queue: int, task: int) -> bool:
    place, channels = table.place[queue], table.limits.size
    if place < channels:
        return left[place] >= table.lack[queue]
    return _fits(table, free, place - channels, table.vm[task])


@inner
def _served(
    table: ListTable, left: Ints, free: Ints, urgency: Floats, waiting: Ints, size: Ints, queue: int
) -> int:
    """Take the most urgent that lacks nothing out of a queue, if there is what all wait for; -1 if not."""
    while size[queue] and _is_there(table, left, free, queue, waiting[table.first_waiting[queue]]):
        task = _take(table, urgency, waiting, size, queue)
        other = _queue_for(table, left, free, task)
        if other < 0:
            return task
        _wait(table, urgency, waiting, size, other, task)
    return -1


@inner
def _leaves_way_home(
    table: ListTable, visits: Ints, begins: Ints, home: Ints, level: Ints, task: int
) -> bool:
    """Tell whether those that come to the host before its turn still have room there."""
    host = table.dst[task]
    if host == OFF:
        return True
    number = begins[host]
    for word in range(table.over.size):
        level[word] = home[host, word] - table.need[table.vm[task], word]
    while visits[number] != task:
        visit = visits[number]
        leaves = visit < 0
        vm = table.vm[~visit if leaves else visit]
        for word in range(table.over.size):
            if leaves:
                level[word] += table.need[vm, word]
            else:
                level[word] -= table.need[vm, word]
                if level[word] & table.over[word]:
                    return False
        number += 1
    return True


@inner
def _strike_out(visits: Ints, first: int, visit: int) -> int:
    """Take a visit out of a list; give where that begins then."""
    place = first
    while visits[place] != visit:
        place += 1
    for number in range(place, first, -1):
        visits[number] = visits[number - 1]
    return first + 1


@inner
def _noted(freed: Ints, is_freed: np.ndarray, count: int, place: int) -> int:
    """Note where there is more than before, once; give the number of these places."""
    if is_freed[place]:
        return count
    is_freed[place] = True
    freed[count] = place
    return count + 1


@inner
def _list_visits(table: ListTable, order: Ints, visits: Ints, ends: Ints) -> None:
    """List who comes to each host, by tasks, and who leaves it, by their complements, in a safe order.

    Parameters
    ----------
    ends
        ``ends[host]``: where its list begins; then, where it ends.
    """
    for task in order:
        src, dst = table.src[task], table.dst[task]
        if dst != OFF:
            visits[ends[dst]] = task
            ends[dst] += 1
        if src != OFF:
            visits[ends[src]] = ~task
            ends[src] += 1


@inner
def _chain(table: ListTable, order: Ints, after: Ints, first: Ints) -> int:
    """Note the next task of the same VM for each, -1 where it is the last; and the first ones: so many."""
    last, count = np.full(table.need.shape[0], -1, dtype=np.int64), 0
    after[:] = -1
    for task in order:
        vm = table.vm[task]
        if last[vm] >= 0:
            after[last[vm]] = task
        else:
            first[count] = task
            count += 1
        last[vm] = task
    return count


@inner
def _begin(
    table: ListTable, visits: Ints, begins: Ints, left: Ints, free: Ints, home: Ints, task: int
) -> None:
    """Give a task what it holds; on the way home it has left its source and come from now on."""
    vm, src, dst = table.vm[task], table.src[task], table.dst[task]
    _give(table, left, task, -1)
    _add(table, free, dst, vm, -1)
    _add(table, home, dst, vm, -1)
    _add(table, home, src, vm, 1)
    if dst != OFF:
        begins[dst] = _strike_out(visits, begins[dst], task)
    if src != OFF:
        begins[src] = _strike_out(visits, begins[src], ~task)


@outer
def list_pass(table: ListTable, order: Ints, urgency: Floats) -> Ints:
    """Give the start of every task; parameters as of :func:`heuristics.list_schedule.list_schedule`."""
    count, channels, hosts = table.vm.size, table.limits.size, table.first_visit.size - 1
    start = np.full(count, -1, dtype=np.int64)
    visits, begins = np.empty(2 * count, dtype=np.int64), table.first_visit[:hosts].copy()
    _list_visits(table, order, visits, begins.copy())
    left, free, home = table.limits.copy(), table.room.copy(), table.room.copy()
    level = np.zeros(table.over.size, dtype=np.int64)
    queues = table.place.size
    waiting = np.empty(table.first_waiting[queues], dtype=np.int64)
    size = np.zeros(queues, dtype=np.int64)
    # Those that would take the room of others who come before them, host by host: a task, and the next one.
    locked = np.full(hosts, -1, dtype=np.int64)
    next_locked = np.full(count, -1, dtype=np.int64)
    agenda = [(0.0, 0, 0)]
    agenda.pop()
    flying = [(0, 0)]
    flying.pop()
    after, hopeful = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    freed = np.empty(channels + hosts, dtype=np.int64)
    is_freed = np.zeros(channels + hosts, dtype=np.bool_)
    now, num_hopeful, num_freed = 0, _chain(table, order, after, hopeful), 0
    while True:
        while True:
            for number in range(num_hopeful):
                task = hopeful[number]
                other = _queue_for(table, left, free, task)
                if other < 0:
                    heappush(agenda, (urgency[task], task, -1))
                else:
                    _wait(table, urgency, waiting, size, other, task)
            num_hopeful = 0
            for number in range(num_freed):
                place = freed[number]
                is_freed[place] = False
                for queue in range(table.first_queue[place], table.first_queue[place + 1]):
                    task = _served(table, left, free, urgency, waiting, size, queue)
                    if task >= 0:
                        heappush(agenda, (urgency[task], task, queue))
            num_freed = 0
            if len(agenda) == 0:
                break
            _, task, queue = heappop(agenda)
            other = _queue_for(table, left, free, task)
            src, dst = table.src[task], table.dst[task]
            if other >= 0:
                _wait(table, urgency, waiting, size, other, task)
            elif not _leaves_way_home(table, visits, begins, home, level, task):
                next_locked[task] = locked[dst]
                locked[dst] = task
            else:
                start[task] = now
                heappush(flying, (now + table.seconds[task], task))
                _begin(table, visits, begins, left, free, home, task)
                if src != OFF:
                    # The way home has more room there from now on, the host itself from the end on.
                    other = locked[src]
                    locked[src] = -1
                    while other >= 0:
                        hopeful[num_hopeful] = other
                        num_hopeful += 1
                        other = next_locked[other]
            if queue >= 0:
                task = _served(table, left, free, urgency, waiting, size, queue)
                if task >= 0:
                    heappush(agenda, (urgency[task], task, queue))
        if len(flying) == 0:
            return start
        now = flying[0][0]
        while len(flying) and flying[0][0] == now:
            task = heappop(flying)[1]
            src = table.src[task]
            _give(table, left, task, 1)
            _add(table, free, src, table.vm[task], 1)
            if after[task] >= 0:
                hopeful[num_hopeful] = after[task]
                num_hopeful += 1
            for number in range(table.first_use[task], table.first_use[task + 1]):
                num_freed = _noted(freed, is_freed, num_freed, table.channel[number])
            if src != OFF:
                num_freed = _noted(freed, is_freed, num_freed, channels + src)


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    none, rows = np.zeros(1, dtype=np.int64), np.zeros((1, 1), dtype=np.int64)
    nobody = np.zeros(0, dtype=np.int64)
    table = ListTable(
        vm=nobody,
        src=nobody,
        dst=nobody,
        seconds=nobody,
        first_use=none,
        channel=nobody,
        amount=nobody,
        use_queue=nobody,
        room_queue=nobody,
        first_queue=none,
        place=nobody,
        lack=nobody,
        first_waiting=none,
        limits=nobody,
        first_visit=none,
        need=rows,
        room=rows,
        over=none,
    )
    list_pass(table, nobody, np.zeros(0))
