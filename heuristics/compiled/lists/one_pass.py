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
    limits: Ints
    first_visit: Ints
    need: Ints
    room: Ints
    over: Ints


@inner
def _finds_channels_free(table: ListTable, left: Ints, task: int) -> bool:
    for number in range(table.first_use[task], table.first_use[task + 1]):
        if left[table.channel[number]] < table.amount[number]:
            return False
    return True


@inner
def _is_new(table: ListTable, left: Ints, is_ready: np.ndarray, is_listed: np.ndarray, task: int) -> bool:
    """Tell whether a task might start now and is not on the agenda yet, where it comes then."""
    if is_listed[task] or not is_ready[task] or not _finds_channels_free(table, left, task):
        return False
    is_listed[task] = True
    return True


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
def _leaves_way_home(table: ListTable, visits: Ints, ends: Ints, home: Ints, level: Ints, task: int) -> bool:
    """Tell whether those that come to the host before its turn still have room there."""
    host = table.dst[task]
    if host == OFF:
        return True
    first = table.first_visit[host]
    if visits[first] == task:
        return True
    for word in range(table.over.size):
        level[word] = home[host, word] - table.need[table.vm[task], word]
    for number in range(first, ends[host]):
        visit = visits[number]
        if visit == task:
            break
        leaves = visit < 0
        vm = table.vm[~visit if leaves else visit]
        for word in range(table.over.size):
            if leaves:
                level[word] += table.need[vm, word]
            else:
                level[word] -= table.need[vm, word]
                if level[word] & table.over[word]:
                    return False
    return True


@inner
def _strike_out(visits: Ints, first: int, end: int, visit: int) -> int:
    """Take a visit out of a list; give where that ends then."""
    place = first
    while visits[place] != visit:
        place += 1
    for number in range(place, end - 1):
        visits[number] = visits[number + 1]
    return end - 1


@outer
def list_pass(table: ListTable, order: Ints, urgency: Floats) -> Ints:
    """Give the start of every task; parameters as of :func:`heuristics.list_schedule.list_schedule`."""
    count, hosts = table.vm.size, table.first_visit.size - 1
    start = np.full(count, -1, dtype=np.int64)
    after = np.full(count, -1, dtype=np.int64)
    is_ready = np.ones(count, dtype=np.bool_)
    is_listed = np.zeros(count, dtype=np.bool_)
    last = np.full(table.need.shape[0], -1, dtype=np.int64)
    visits = np.empty(2 * count, dtype=np.int64)
    ends = table.first_visit[:hosts].copy()
    left, free, home = table.limits.copy(), table.room.copy(), table.room.copy()
    level = np.zeros(table.over.size, dtype=np.int64)
    for task in order:
        vm, src, dst = table.vm[task], table.src[task], table.dst[task]
        if last[vm] >= 0:
            after[last[vm]] = task
            is_ready[task] = False
        last[vm] = task
        if dst != OFF:
            visits[ends[dst]] = task
            ends[dst] += 1
        if src != OFF:
            visits[ends[src]] = ~task
            ends[src] += 1
    agenda = [(0.0, 0)]
    agenda.pop()
    flying = [(0, 0)]
    flying.pop()
    ended = np.empty(count, dtype=np.int64)
    hopeful = np.empty(2 * count + 1, dtype=np.int64)
    now, num_hopeful = 0, count
    for task in range(count):
        hopeful[task] = task
    while True:
        while True:
            for number in range(num_hopeful):
                task = hopeful[number]
                if _is_new(table, left, is_ready, is_listed, task):
                    heappush(agenda, (urgency[task], task))
            num_hopeful = 0
            if len(agenda) == 0:
                break
            task = heappop(agenda)[1]
            is_listed[task] = False
            vm, src, dst = table.vm[task], table.src[task], table.dst[task]
            if not _finds_channels_free(table, left, task):
                continue
            if not _fits(table, free, dst, vm):
                continue
            if not _leaves_way_home(table, visits, ends, home, level, task):
                continue
            start[task] = now
            heappush(flying, (now + table.seconds[task], task))
            _give(table, left, task, -1)
            _add(table, free, dst, vm, -1)
            _add(table, home, dst, vm, -1)
            _add(table, home, src, vm, 1)
            if dst != OFF:
                ends[dst] = _strike_out(visits, table.first_visit[dst], ends[dst], task)
            if src != OFF:
                ends[src] = _strike_out(visits, table.first_visit[src], ends[src], ~task)
                # The way home has more room there from now on, the host itself from the end on.
                for number in range(table.first_visit[src], ends[src]):
                    visit = visits[number]
                    hopeful[num_hopeful] = ~visit if visit < 0 else visit
                    num_hopeful += 1
        if len(flying) == 0:
            return start
        now = flying[0][0]
        num_ended = 0
        while len(flying) and flying[0][0] == now:
            task = heappop(flying)[1]
            ended[num_ended] = task
            num_ended += 1
            _give(table, left, task, 1)
            _add(table, free, table.src[task], table.vm[task], 1)
            if after[task] >= 0:
                is_ready[after[task]] = True
        for turn in range(num_ended):
            task = ended[turn]
            if after[task] >= 0:
                hopeful[num_hopeful] = after[task]
                num_hopeful += 1
            for host in (table.src[task], table.dst[task]):
                if host == OFF:
                    continue
                for number in range(table.first_visit[host], ends[host]):
                    visit = visits[number]
                    other = ~visit if visit < 0 else visit
                    if _is_new(table, left, is_ready, is_listed, other):
                        heappush(agenda, (urgency[other], other))


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
        limits=nobody,
        first_visit=none,
        need=rows,
        room=rows,
        over=none,
    )
    list_pass(table, nobody, np.zeros(0))
