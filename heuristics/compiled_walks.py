"""Walks of shifts, as :mod:`heuristics.shifts` makes them, compiled: the same tries, many more in a second.

The same names, and draws in the same order; what is one packed integer there are a few words here, and what
is a list there is a part of an array. All is in one file, since Numba takes what it has kept of a function
for good as long as the file with that function is the same. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from heuristics.compiling import STEP, drawn, inner, outer

Int, Float = np.int64, np.float64

LEG = np.dtype([("vm", Int), ("source", Int), ("host", Int), ("at", Float), ("walk", Int)])
"""A migration at an instant, and the number of the walk that shifted it last."""

EVENT = np.dtype([("at", Float), ("leg", Int), ("sign", Int)])
"""A leg leaves a host, 1, or comes there, -1; 0: its VM takes no room."""

VM = np.dtype(
    [
        ("size", Float),
        *((name, Int) for name in ("cost", "detours", "sign", "row", "source", "target")),
        *((name, Int) for name in ("legs", "place", "wandering")),
    ]
)
"""What a VM is, and where its way begins and ends; the legs of that; its place among those with several, or
-1; and who has that place."""

HOST = np.dtype([(name, Int) for name in ("kind", "begin", "most", "events", "is_counted", "first_over")])
"""Of which kind it is for filters; where its events begin, how many have a place there, how many there are,
whether what is free after each is known, and the number of the first after which it is over a limit, or
-1."""

CHANGE = np.dtype([("leg", Int), ("at", Float), ("vm", Int), ("legs", Int)])
"""What undoes a step: a leg and its instant before, or -1, a VM and how many legs its way had."""

SCRATCH = np.dtype(
    [
        *((name, Float) for name in ("instant", "rank", "best", "best_rank")),
        *((name, Int) for name in ("number", "host")),
    ]
)
"""Columns to work with, each for one list of one function at a time."""

SEARCH = np.dtype(
    [
        *((name, Int) for name in ("legs", "wandering", "cost", "best", "done", "walk", "idle")),
        *((name, Int) for name in ("is_dense", "is_kept")),
        *((name, Float) for name in ("end", "most", "migration")),
        ("random", np.uint64),
        *((name, Int) for name in ("breadth", "steps", "widest", "shaken", "drawn")),
        *((name, Float) for name in ("above", "above_a_vm", "rise")),
    ]
)
"""How far a search is: the legs ever made, the VMs that wander and what the plan costs as it stands; what the
best costs; the steps done since. Then its parameters."""


class Table(NamedTuple):
    """A plan laid out in time, as :class:`heuristics.legs.Legs` is.

    Parameters
    ----------
    legs
        LEG: those that a way has or had, and places for more.
    vms, hosts
        VM and HOST, one for each.
    events
        EVENT: those of one host after those of another, in order of their instants.
    free
        ``free[begin + n, word]``: what is free on a host after so many of its events.
    need, over
        ``need[vm, word]``, and the bits that are set where a host is over a limit, ``over[word]``.
    may
        ``may[row, kind, kind]``, as :class:`heuristics.permits.Permits` has it.
    ways
        ``ways[vm, number]``: the legs of its way, in order.
    done, before
        CHANGE: the steps to be undone, and ``before[step, number]``, the legs of a way that was another one.
    scratch
        SCRATCH, as long as any of its lists may be.
    search
        SEARCH, a single one.
    """

    legs: Any
    vms: Any
    hosts: Any
    events: Any
    free: Any
    need: Any
    over: Any
    may: Any
    ways: Any
    done: Any
    before: Any
    scratch: Any
    search: Any


RECORDS = {
    "legs": LEG,
    "vms": VM,
    "hosts": HOST,
    "events": EVENT,
    "done": CHANGE,
    "scratch": SCRATCH,
    "search": SEARCH,
}
"""What the columns of a table are records of."""

NEVER = -1.0
"""No instant."""


@inner
def _draw(table: Table) -> float:
    search = table.search[0]
    search.random += STEP
    return drawn(search.random)


@inner
def _is_over(table: Table, host: int, number: int) -> bool:
    """Tell whether a host is over a limit after so many of its events."""
    place = table.hosts[host].begin + number
    for word in range(table.over.size):
        if table.free[place, word] & table.over[word]:
            return True
    return False


@inner
def _lacks(table: Table, host: int, number: int, vm: int) -> bool:
    """Tell whether a host has no room for a VM after so many of its events."""
    place = table.hosts[host].begin + number
    for word in range(table.over.size):
        if (table.free[place, word] - table.need[vm, word]) & table.over[word]:
            return True
    return False


@inner
def _first_over(table: Table, host: int) -> int:
    """Give the number of the first event of a host after which it is over a limit; -1: it never is."""
    one = table.hosts[host]
    if one.is_counted:
        return one.first_over
    first = -1
    for number in range(one.events):
        place = one.begin + number
        event = table.events[place]
        vm = table.legs[event.leg].vm
        is_over = False
        for word in range(table.over.size):
            free = table.free[place, word] + event.sign * table.need[vm, word]
            table.free[place + 1, word] = free
            if free & table.over[word]:
                is_over = True
        if is_over and first < 0:
            first = number
    one.first_over = first
    one.is_counted = 1
    return first


@inner
def _number(table: Table, host: int, at: float, leg: int) -> int:
    """Give how many events of a host are before that of a leg at an instant."""
    one = table.hosts[host]
    low, high = 0, one.events
    while low < high:
        middle = (low + high) >> 1
        event = table.events[one.begin + middle]
        if event.at < at or (event.at == at and event.leg < leg):
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _put_event(table: Table, host: int, leg: int, sign: int) -> None:
    one, at = table.hosts[host], table.legs[leg].at
    first = one.begin + _number(table, host, at, leg)
    for place in range(one.begin + one.events, first, -1):
        table.events[place] = table.events[place - 1]
    event = table.events[first]
    event.at = at
    event.leg = leg
    event.sign = sign
    one.events += 1
    one.is_counted = 0


@inner
def _drop_event(table: Table, host: int, leg: int) -> None:
    one = table.hosts[host]
    first = one.begin + _number(table, host, table.legs[leg].at, leg)
    one.events -= 1
    for place in range(first, one.begin + one.events):
        table.events[place] = table.events[place + 1]
    one.is_counted = 0


@inner
def _in(table: Table, leg: int) -> None:
    one = table.legs[leg]
    sign = table.vms[one.vm].sign
    _put_event(table, one.source, leg, sign)
    _put_event(table, one.host, leg, -sign)


@inner
def _out(table: Table, leg: int) -> None:
    one = table.legs[leg]
    _drop_event(table, one.source, leg)
    _drop_event(table, one.host, leg)


@inner
def _put(table: Table, leg: int, at: float) -> None:
    _out(table, leg)
    table.legs[leg].at = at
    _in(table, leg)


@inner
def _shift(table: Table, leg: int, at: float) -> None:
    """Let a leg be at another instant."""
    search = table.search[0]
    change = table.done[search.done]
    change.leg = leg
    change.at = table.legs[leg].at
    search.done += 1
    _put(table, leg, at)


@inner
def _made(table: Table, vm: int, source: int, host: int, at: float) -> int:
    """Give a new leg, which is in no way yet."""
    search = table.search[0]
    leg = search.legs
    one = table.legs[leg]
    one.vm = vm
    one.source = source
    one.host = host
    one.at = at
    one.walk = search.walk
    search.legs += 1
    return leg


@inner
def _note(table: Table, vm: int) -> None:
    """Let a VM begin or cease to wander."""
    search, one = table.search[0], table.vms[vm]
    if one.legs > 1 and one.place < 0:
        one.place = search.wandering
        table.vms[search.wandering].wandering = vm
        search.wandering += 1
    elif one.legs <= 1 and one.place >= 0:
        search.wandering -= 1
        last = table.vms[search.wandering].wandering
        table.vms[one.place].wandering = last
        table.vms[last].place = one.place
        one.place = -1


@inner
def _give(table: Table, vm: int, first: int, dropped: int, leg: int, next_leg: int) -> None:
    """Give a VM another way: some of its legs go, and up to two that are not -1 come in their place."""
    search, one = table.search[0], table.vms[vm]
    legs = one.legs
    change = table.done[search.done]
    change.leg = -1
    change.vm = vm
    change.legs = legs
    for number in range(legs):
        table.before[search.done, number] = table.ways[vm, number]
    search.done += 1
    for number in range(first, first + dropped):
        _out(table, table.ways[vm, number])
    added = int(leg >= 0) + int(next_leg >= 0)
    for number in range(first + dropped, legs):
        table.ways[vm, number + added - dropped] = table.before[search.done - 1, number]
    if leg >= 0:
        table.ways[vm, first] = leg
        _in(table, leg)
    if next_leg >= 0:
        table.ways[vm, first + 1] = next_leg
        _in(table, next_leg)
    one.legs = legs + added - dropped
    search.cost += (added - dropped) * one.cost
    _note(table, vm)


@inner
def _has(row: Any, legs: int, leg: int) -> bool:
    for number in range(legs):
        if row[number] == leg:
            return True
    return False


@inner
def _undo(table: Table, mark: int) -> None:
    """Undo all steps since there were as many as ``mark``."""
    search = table.search[0]
    while search.done > mark:
        search.done -= 1
        change = table.done[search.done]
        if change.leg >= 0:
            _put(table, change.leg, change.at)
            continue
        vm = change.vm
        one, way, before = table.vms[vm], table.ways[vm], table.before[search.done]
        for number in range(one.legs):
            if not _has(before, change.legs, way[number]):
                _out(table, way[number])
        for number in range(change.legs):
            if not _has(way, one.legs, before[number]):
                _in(table, before[number])
        search.cost += (change.legs - one.legs) * one.cost
        one.legs = change.legs
        for number in range(change.legs):
            way[number] = before[number]
        _note(table, vm)


@inner
def _span(table: Table, leg: int) -> tuple[float, float]:
    """Give the instants of the legs before and after it on the way of its VM."""
    vm = table.legs[leg].vm
    since, until, legs = 0.0, table.search[0].end, table.vms[vm].legs
    for number in range(legs):
        if table.ways[vm, number] == leg:
            if number > 0:
                since = table.legs[table.ways[vm, number - 1]].at
            if number + 1 < legs:
                until = table.legs[table.ways[vm, number + 1]].at
    return since, until


@inner
def _has_room(table: Table, host: int, vm: int, number: int, until: float, leg: int) -> bool:
    """Tell whether a host has room for a VM after so many of its events, and until that of a leg."""
    _first_over(table, host)
    if _lacks(table, host, number, vm):
        return False
    last = _number(table, host, until, leg)
    while number < last:
        number += 1
        if _lacks(table, host, number, vm):
            return False
    return True


@inner
def _earlier(
    table: Table, limit: float, last: float, host: int, vm: int, until: float, leg: int
) -> tuple[float, bool]:
    """Do what :meth:`heuristics.legs.Legs.earlier` does."""
    number = _number(table, host, limit, -1)
    since = table.events[table.hosts[host].begin + number - 1].at if number else 0.0
    middle = (max(last, since) + limit) / 2
    if not (last < middle and middle < limit and since < middle):
        return NEVER, False
    return middle, _has_room(table, host, vm, number, until, leg)


@inner
def _later(
    table: Table, limit: float, first: float, host: int, vm: int, since: float, leg: int
) -> tuple[float, bool]:
    """Do what :meth:`heuristics.legs.Legs.later` does."""
    _first_over(table, host)
    one = table.hosts[host]
    number = _number(table, host, since, leg + 1)
    has_room = not _lacks(table, host, number, vm)
    while number < one.events and table.events[one.begin + number].at <= limit:
        number += 1
        if has_room and _lacks(table, host, number, vm):
            has_room = False
    until = table.events[one.begin + number].at if number < one.events else table.search[0].end
    middle = (min(first, until) + limit) / 2
    if not (limit < middle and middle < first and middle < until):
        return NEVER, False
    return middle, has_room


@inner
def _instants(table: Table, a: int, b: int, since: float, until: float) -> int:
    """Note the instants of two hosts between two instants, and those two; give how many there are."""
    legs, scratch, events = table.search[0].legs, table.scratch, table.events
    first, second = table.hosts[a], table.hosts[b]
    one = first.begin + _number(table, a, since, legs)
    two = second.begin + _number(table, b, since, legs)
    scratch[0].instant = since
    count = 1
    while True:
        at = until
        if one < first.begin + first.events:
            at = min(at, events[one].at)
        if two < second.begin + second.events:
            at = min(at, events[two].at)
        scratch[count].instant = at
        count += 1
        if at == until:
            return count
        while one < first.begin + first.events and events[one].at == at:
            one += 1
        while two < second.begin + second.events and events[two].at == at:
            two += 1


@inner
def _shake(table: Table, vm: int) -> None:
    """Shift some legs near those of a VM to where they do no harm."""
    search, scratch = table.search[0], table.scratch
    hosts = 0
    for number in range(table.vms[vm].legs):
        one = table.legs[table.ways[vm, number]]
        scratch[hosts].host = one.source
        scratch[hosts + 1].host = one.host
        hosts += 2
    for _ in range(search.shaken):
        host = scratch[int(_draw(table) * hosts)].host
        leg = table.events[table.hosts[host].begin + int(_draw(table) * table.hosts[host].events)].leg
        one = table.legs[leg]
        other = one.source if one.host == host else one.host
        since, until = _span(table, leg)
        count = _instants(table, host, other, since, until)
        number = int(_draw(table) * (count - 1))
        before, after = scratch[number].instant, scratch[number + 1].instant
        at = (before + after) / 2
        if not (before < at and at < after):
            continue
        mark = search.done
        _shift(table, leg, at)
        if _first_over(table, host) >= 0 or _first_over(table, other) >= 0:
            _undo(table, mark)
        else:
            scratch[hosts].host = other
            hosts += 1


@inner
def _stays_over(table: Table, host: int, first: int, until: int, vm: int) -> bool:
    """Tell whether a host is over a limit after one of some events, even with the room of a VM more."""
    begin = table.hosts[host].begin
    for place in range(begin + first + 1, begin + until + 1):
        for word in range(table.over.size):
            if (table.free[place, word] + table.need[vm, word]) & table.over[word]:
                return True
    return False


@inner
def _best_shift(table: Table, host: int, first: int, again: int) -> tuple[int, int, float, int]:
    """Give the shift that makes room on a host and breaks least: how much, leg or -1, instant, other host."""
    search, one = table.search[0], table.hosts[host]
    beyond = False
    for number in range(again, one.events):
        if _is_over(table, host, number + 1):
            beyond = True
            break
    limit = table.events[one.begin + first].at
    last = table.events[one.begin + first - 1].at if first else 0.0
    limit_again = table.events[one.begin + again].at if again < one.events else search.end
    next_after = table.events[one.begin + again + 1].at if again + 1 < one.events else search.end
    begin = int(_draw(table) * one.events)
    least, best, best_at, best_other = 3, -1, NEVER, -1
    for turned in range(begin, begin + one.events):
        number = turned if turned < one.events else turned - one.events
        event = table.events[one.begin + number]
        leg = table.legs[event.leg]
        if leg.walk == search.walk:
            continue
        if event.sign > 0 and number > first:
            other = leg.host
            then, has_room = _earlier(table, limit, last, other, leg.vm, event.at, event.leg)
            if then < 0:
                search.is_dense = 1
                continue
            if then <= _span(table, event.leg)[0]:
                continue
            helped = number
        elif event.sign < 0 and number <= first and again < one.events:
            other = leg.source
            then, has_room = _later(table, limit_again, next_after, other, leg.vm, event.at, event.leg)
            if then < 0:
                search.is_dense = 1
                continue
            if then >= _span(table, event.leg)[1]:
                continue
            helped = again
        else:
            continue
        breaks = int(beyond or _stays_over(table, host, first, helped, leg.vm)) + int(not has_room)
        if breaks < least:
            least, best, best_at, best_other = breaks, event.leg, then, other
            if breaks == 0:
                break
    return least, best, best_at, best_other


@inner
def _kind(table: Table, vm: int, host: int) -> int:
    """Tell what kind of host one is to a VM."""
    one, kinds = table.vms[vm], table.may.shape[1]
    if host == one.target:
        return int(kinds - 1)
    return int(kinds - 2 if host == one.source else table.hosts[host].kind)


@inner
def _may_go(table: Table, vm: int, source: int, host: int) -> bool:
    row = table.vms[vm].row
    return bool(row == 0 or table.may[row, _kind(table, vm, source), _kind(table, vm, host)])


@inner
def _waits(table: Table, near: int, limit: int, number: int) -> bool:
    """Let a VM leave a host before one of its events, or come after it, and be on a third one in between."""
    search, one = table.search[0], table.hosts[near]
    event = table.events[one.begin + number]
    at, leaves, leg = event.at, event.sign > 0, table.legs[event.leg]
    vm, source, host = leg.vm, leg.source, leg.host
    if not table.vms[vm].detours:
        return False
    beside = limit - 1 if leaves else limit + 1
    if beside >= 0 and beside < one.events:
        nearest = table.events[one.begin + beside].at
    else:
        nearest = 0.0 if leaves else search.end
    then = table.events[one.begin + limit].at
    for _ in range(search.drawn):
        shelter = int(_draw(table) * table.hosts.size)
        if shelter in (source, host) or table.hosts[shelter].events + 2 > table.hosts[shelter].most:
            continue
        if leaves:
            since, has_room = _earlier(table, then, nearest, shelter, vm, at, search.legs)
            until = at
        else:
            until, has_room = _later(table, then, nearest, shelter, vm, at, search.legs)
            since = at
        if has_room and _may_go(table, vm, source, shelter) and _may_go(table, vm, shelter, host):
            aside, home = _made(table, vm, source, shelter, since), _made(table, vm, shelter, host, until)
            _give(table, vm, 0, 1, aside, home)
            return True
    return False


@inner
def _steps_aside(table: Table, host: int, first: int, again: int) -> bool:
    """Let a VM that goes straight wait elsewhere while a host is over a limit, if the cost allows."""
    search, scratch, one = table.search[0], table.scratch, table.hosts[host]
    left = search.most - search.cost
    if left <= 0:
        return False
    count = 0
    for number in range(one.events):
        event = table.events[one.begin + number]
        helps = number > first if event.sign > 0 else number <= first and again < one.events
        leg = table.legs[event.leg]
        vm = table.vms[leg.vm]
        if not helps or event.sign == 0 or leg.walk == search.walk or vm.legs != 1 or vm.cost > left:
            continue
        rank = vm.size * (1 + _draw(table))
        place = count
        while place > 0 and scratch[place - 1].rank > rank:
            scratch[place].rank = scratch[place - 1].rank
            scratch[place].number = scratch[place - 1].number
            place -= 1
        scratch[place].rank = rank
        scratch[place].number = number
        count += 1
    for place in range(count):
        number = scratch[place].number
        limit = first if table.events[one.begin + number].sign > 0 else again
        if _waits(table, host, limit, number):
            return True
    return False


@inner
def _relieved(table: Table, host: int) -> int:
    """Make room on a host where it is first over a limit; give the other host of what was done, or -1."""
    first = _first_over(table, host)
    again = first
    while again < table.hosts[host].events and _is_over(table, host, again + 1):
        again += 1
    breaks, leg, at, other = _best_shift(table, host, first, again)
    if breaks and _steps_aside(table, host, first, again):
        return host
    if leg >= 0:
        _shift(table, leg, at)
        table.legs[leg].walk = table.search[0].walk
    return other


@inner
def _mended(table: Table, a: int, b: int) -> bool:
    """Shift legs until neither of two hosts, nor any other, is over a limit."""
    search, broken = table.search[0], table.scratch
    broken[0].host = a
    broken[1].host = b
    count = 1 if a == b else 2
    for step in range(search.steps + 1):
        over = 0
        for place in range(count):
            if _first_over(table, broken[place].host) >= 0:
                broken[over].host = broken[place].host
                over += 1
        count = over
        if count == 0 or count > search.widest or step == search.steps:
            return count == 0
        other = _relieved(table, broken[int(_draw(table) * count)].host)
        if other < 0:
            return False
        is_new = True
        for place in range(count):
            if broken[place].host == other:
                is_new = False
        if is_new:
            broken[count].host = other
            count += 1
    return False


@inner
def _straighten(table: Table, vm: int) -> bool:
    """Let a VM go past one of its stops, and mend what that breaks."""
    search, scratch = table.search[0], table.scratch
    number = int(_draw(table) * (table.vms[vm].legs - 1))
    first, second = table.legs[table.ways[vm, number]], table.legs[table.ways[vm, number + 1]]
    source, host = first.source, second.host
    if source == host:
        _give(table, vm, number, 2, -1, -1)
        return _mended(table, source, source)
    if not _may_go(table, vm, source, host):
        return False
    since, found = first.at, 0
    count = _instants(table, source, host, since, second.at)
    leaves, comes = _number(table, source, since, search.legs), 0
    for place in range(count - 1):
        before, after = scratch[place].instant, scratch[place + 1].instant
        at = (before + after) / 2
        if not (before < at and at < after):
            search.is_dense = 1
            continue
        comes = _number(table, host, at, search.legs)
        breaks = (
            2
            - int(_has_room(table, source, vm, leaves, at, -1))
            - int(_has_room(table, host, vm, comes, second.at, -1))
        )
        rank = breaks + _draw(table)
        if found == search.breadth and rank >= scratch[found - 1].best_rank:
            continue
        found = min(found + 1, search.breadth)
        better = found - 1
        while better > 0 and scratch[better - 1].best_rank > rank:
            scratch[better].best_rank = scratch[better - 1].best_rank
            scratch[better].best = scratch[better - 1].best
            better -= 1
        scratch[better].best_rank = rank
        scratch[better].best = at
    for place in range(found):
        mark = search.done
        search.walk += 1
        _give(table, vm, number, 2, _made(table, vm, source, host, scratch[place].best), -1)
        if _mended(table, source, host):
            return True
        _undo(table, mark)
    return False


@inner
def _turn(table: Table) -> None:
    """Do what :meth:`heuristics.shifts.Shifts.turn` does."""
    search = table.search[0]
    vm = table.vms[int(_draw(table) * search.wandering)].wandering
    _shake(table, vm)
    above = max(search.above, search.above_a_vm * search.wandering) * search.migration
    most = min(search.best + above, search.cost + search.rise * search.migration)
    search.most = max(most, float(search.cost))
    search.walk += 1
    mark, legs = search.done, search.legs
    if not _straighten(table, vm):
        _undo(table, mark)
        search.legs = legs
    search.idle = 0 if search.cost < search.best else search.idle + 1
    if search.cost <= search.best:
        search.best = search.cost
        search.done = 0
        search.is_kept = 1


@outer
def turns(table: Table, tries: int, least: int, spare: int) -> int:
    """Try so often to take one stop of one VM out.

    Parameters
    ----------
    least
        No plan costs less.
    spare
        Places for legs and steps that one try may take.

    Returns
    -------
    int
        Tries made: fewer where no VM wanders, the best costs no more than ``least``, or the plan is to be
        laid out anew, since instants lie too close or places are used up.
    """
    search = table.search[0]
    for tried in range(tries):
        if search.wandering == 0 or search.best <= least or search.is_dense:
            return tried
        if search.legs + spare > table.legs.size or search.done + spare > table.done.size:
            return tried
        _turn(table)
    return tries
