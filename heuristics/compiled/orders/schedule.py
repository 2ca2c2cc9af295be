"""The schedule at hand, once it has been placed: in order, by host, and in the other film."""

from __future__ import annotations

from typing import Any

from heuristics.compiled.functions import inner, once
from heuristics.compiled.orders.records import ADDED, BEST, CHANGED, NOW, OFF, OrderTable


@inner
def _comes_later(one: Any, other: Any) -> bool:
    if one.start != other.start:
        return bool(one.start > other.start)
    end, other_end = one.start + one.seconds, other.start + other.seconds
    if end != other_end:
        return bool(end > other_end)
    return bool(one.turn > other.turn)


@once
def become(table: OrderTable, cost: float) -> None:
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
    if _is_best(table):
        for number in range(count):
            table.tasks[BEST, number] = table.tasks[NOW, number]
        search.best = count
        search.best_makespan = search.makespan
        search.best_end_drawn = search.end_drawn
        search.best_turned = search.turned


@inner
def _is_best(table: OrderTable) -> bool:
    """Tell whether the schedule at hand is the best: the shortest, or, by durations drawn, on average.

    Those are drawn for schedules that run forwards.
    """
    search = table.search[0]
    if search.draws:
        return bool(search.end_drawn < search.best_end_drawn and not search.turned)
    if search.makespan == search.best_makespan:
        return bool(search.tasks < search.best)
    return bool(search.makespan < search.best_makespan)


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


@once
def turn(table: OrderTable) -> None:
    """Make the order of the other film, for everything to be pushed to its beginning, and aim anew."""
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


@inner
def _ends_later(task: Any, end: int, start: int) -> bool:
    ends = task.start + task.seconds
    return bool(ends > end or (ends == end and task.start > start))
