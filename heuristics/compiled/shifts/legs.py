"""Legs of a plan laid out in time, put in, taken out and put back, as :class:`heuristics.legs.Legs` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heuristics.compiled.functions import inner

if TYPE_CHECKING:
    from heuristics.compiled.shifts.records import LegTable


@inner
def is_over(table: LegTable, host: int, number: int) -> bool:
    """Tell whether a host is over a limit after so many of its events."""
    place = table.hosts[host].begin + number
    for word in range(table.over.size):
        if table.free[place, word] & table.over[word]:
            return True
    return False


@inner
def lacks(table: LegTable, host: int, number: int, vm: int) -> bool:
    """Tell whether a host has no room for a VM after so many of its events."""
    place = table.hosts[host].begin + number
    for word in range(table.over.size):
        if (table.free[place, word] - table.need[vm, word]) & table.over[word]:
            return True
    return False


@inner
def first_over(table: LegTable, host: int) -> int:
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
def num_before(table: LegTable, host: int, at: float, leg: int) -> int:
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
def _put_event(table: LegTable, host: int, leg: int, sign: int) -> None:
    one, at = table.hosts[host], table.legs[leg].at
    first = one.begin + num_before(table, host, at, leg)
    for place in range(one.begin + one.events, first, -1):
        table.events[place] = table.events[place - 1]
    event = table.events[first]
    event.at = at
    event.leg = leg
    event.sign = sign
    one.events += 1
    one.is_counted = 0


@inner
def _drop_event(table: LegTable, host: int, leg: int) -> None:
    one = table.hosts[host]
    first = one.begin + num_before(table, host, table.legs[leg].at, leg)
    one.events -= 1
    for place in range(first, one.begin + one.events):
        table.events[place] = table.events[place + 1]
    one.is_counted = 0


@inner
def _in(table: LegTable, leg: int) -> None:
    one = table.legs[leg]
    sign = table.vms[one.vm].sign
    _put_event(table, one.source, leg, sign)
    _put_event(table, one.host, leg, -sign)


@inner
def _out(table: LegTable, leg: int) -> None:
    one = table.legs[leg]
    _drop_event(table, one.source, leg)
    _drop_event(table, one.host, leg)


@inner
def _put(table: LegTable, leg: int, at: float) -> None:
    _out(table, leg)
    table.legs[leg].at = at
    _in(table, leg)


@inner
def shift(table: LegTable, leg: int, at: float) -> None:
    """Let a leg be at another instant."""
    search = table.search[0]
    change = table.done[search.done]
    change.leg = leg
    change.at = table.legs[leg].at
    search.done += 1
    _put(table, leg, at)


@inner
def made(table: LegTable, vm: int, source: int, host: int, at: float) -> int:
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
def _note(table: LegTable, vm: int) -> None:
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
def give(table: LegTable, vm: int, first: int, leg: int, next_leg: int) -> None:
    """Give a VM another way: two of its legs become one, or none where that is NO_LEG, or one becomes two."""
    search, one = table.search[0], table.vms[vm]
    legs = one.legs
    change = table.done[search.done]
    change.leg = -1
    change.vm = vm
    change.legs = legs
    for number in range(legs):
        table.before[search.done, number] = table.ways[vm, number]
    search.done += 1
    dropped = 1 if next_leg >= 0 else 2
    for number in range(first, first + dropped):
        _out(table, table.ways[vm, number])
    added = int(leg >= 0) + int(next_leg >= 0)
    for number in range(first + dropped, legs):
        table.ways[vm, number + added - dropped] = table.before[search.done - 1, number]
    for number in range(first, first + added):
        table.ways[vm, number] = leg if number == first else next_leg
        _in(table, table.ways[vm, number])
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
def undo(table: LegTable, mark: int) -> None:
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
