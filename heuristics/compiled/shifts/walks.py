"""Walks of shifts, as :mod:`heuristics.shifts` makes them: the same tries, many more in a second.

The same names, and draws in the same order; what is one packed integer there are a few words here, and what
is a list there is a part of an array. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.compiled.functions import inner, once, outer
from heuristics.compiled.shared import draw, kind_of
from heuristics.compiled.shifts.legs import first_over, give, is_over, lacks, made, num_before, shift, undo
from heuristics.compiled.shifts.records import FIRST, NEVER, NO_LEG

if TYPE_CHECKING:
    from heuristics.compiled.shifts.records import LegTable


@inner
def _span(table: LegTable, leg: int) -> tuple[float, float]:
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
def _has_room(table: LegTable, host: int, vm: int, number: int, until: float, leg: int) -> bool:
    """Tell whether a host has room for a VM after so many of its events, and until that of a leg."""
    first_over(table, host)
    if lacks(table, host, number, vm):
        return False
    last = num_before(table, host, until, leg)
    while number < last:
        number += 1
        if lacks(table, host, number, vm):
            return False
    return True


@inner
def _earlier(
    table: LegTable, limit: float, last: float, host: int, vm: int, until: float, leg: int
) -> tuple[float, bool]:
    """Do what :meth:`heuristics.legs.Legs.earlier` does."""
    number = num_before(table, host, limit, NO_LEG)
    since = table.events[table.hosts[host].begin + number - 1].at if number else 0.0
    middle = (max(last, since) + limit) / 2
    if not (last < middle and middle < limit and since < middle):
        return NEVER, False
    return middle, _has_room(table, host, vm, number, until, leg)


@inner
def _later(
    table: LegTable, limit: float, first: float, host: int, vm: int, since: float, leg: int
) -> tuple[float, bool]:
    """Do what :meth:`heuristics.legs.Legs.later` does."""
    first_over(table, host)
    one = table.hosts[host]
    number = num_before(table, host, since, leg + 1)
    has_room = not lacks(table, host, number, vm)
    while number < one.events and table.events[one.begin + number].at <= limit:
        number += 1
        if has_room and lacks(table, host, number, vm):
            has_room = False
    until = table.events[one.begin + number].at if number < one.events else table.search[0].end
    middle = (min(first, until) + limit) / 2
    if not (limit < middle and middle < first and middle < until):
        return NEVER, False
    return middle, has_room


@inner
def _instants(table: LegTable, a: int, b: int, since: float, until: float) -> int:
    """Note the instants of two hosts between two instants, and those two; give how many there are."""
    legs, scratch, events = table.search[0].legs, table.scratch, table.events
    first, second = table.hosts[a], table.hosts[b]
    one = first.begin + num_before(table, a, since, legs)
    two = second.begin + num_before(table, b, since, legs)
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
def _shake(table: LegTable, vm: int) -> None:
    """Shift some legs near those of a VM to where they do no harm."""
    search, scratch = table.search[0], table.scratch
    hosts = 0
    for number in range(table.vms[vm].legs):
        one = table.legs[table.ways[vm, number]]
        scratch[hosts].host = one.source
        scratch[hosts + 1].host = one.host
        hosts += 2
    for _ in range(search.shaken):
        host = scratch[int(draw(table) * hosts)].host
        leg = table.events[table.hosts[host].begin + int(draw(table) * table.hosts[host].events)].leg
        one = table.legs[leg]
        other = one.source if one.host == host else one.host
        since, until = _span(table, leg)
        count = _instants(table, host, other, since, until)
        number = int(draw(table) * (count - 1))
        before, after = scratch[number].instant, scratch[number + 1].instant
        at = (before + after) / 2
        if not (before < at and at < after):
            continue
        mark = search.done
        shift(table, leg, at)
        if first_over(table, host) >= 0 or first_over(table, other) >= 0:
            undo(table, mark)
        else:
            scratch[hosts].host = other
            hosts += 1


@inner
def _stays_over(table: LegTable, host: int, first: int, until: int, vm: int) -> bool:
    """Tell whether a host is over a limit after one of some events, even with the room of a VM more."""
    begin = table.hosts[host].begin
    for place in range(begin + first + 1, begin + until + 1):
        for word in range(table.over.size):
            if (table.free[place, word] + table.need[vm, word]) & table.over[word]:
                return True
    return False


@inner
def _best_shift(table: LegTable, host: int, first: int, again: int) -> tuple[int, int, float, int]:
    """Give the shift that makes room on a host and breaks least: how much, leg or -1, instant, other host."""
    search, one = table.search[0], table.hosts[host]
    beyond = False
    for number in range(again, one.events):
        if is_over(table, host, number + 1):
            beyond = True
            break
    limit = table.events[one.begin + first].at
    last = table.events[one.begin + first - 1].at if first else 0.0
    limit_again = table.events[one.begin + again].at if again < one.events else search.end
    next_after = table.events[one.begin + again + 1].at if again + 1 < one.events else search.end
    begin = int(draw(table) * one.events)
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
def _may_go(table: LegTable, vm: int, source: int, host: int) -> bool:
    row = table.vms[vm].row
    return bool(row == 0 or table.may[row, kind_of(table, vm, source), kind_of(table, vm, host)])


@inner
def _waits(table: LegTable, near: int, limit: int, number: int) -> bool:
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
        shelter = int(draw(table) * table.hosts.size)
        if shelter in (source, host) or table.hosts[shelter].events + 2 > table.hosts[shelter].most:
            continue
        if leaves:
            since, has_room = _earlier(table, then, nearest, shelter, vm, at, search.legs)
            until = at
        else:
            until, has_room = _later(table, then, nearest, shelter, vm, at, search.legs)
            since = at
        if has_room and _may_go(table, vm, source, shelter) and _may_go(table, vm, shelter, host):
            aside, home = made(table, vm, source, shelter, since), made(table, vm, shelter, host, until)
            give(table, vm, FIRST, aside, home)
            return True
    return False


@inner
def _steps_aside(table: LegTable, host: int, first: int, again: int) -> bool:
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
        rank = vm.size * (1 + draw(table))
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


@once
def _relieved(table: LegTable, host: int) -> int:
    """Make room on a host where it is first over a limit; give the other host of what was done, or -1."""
    first = first_over(table, host)
    again = first
    while again < table.hosts[host].events and is_over(table, host, again + 1):
        again += 1
    breaks, leg, at, other = _best_shift(table, host, first, again)
    if breaks and _steps_aside(table, host, first, again):
        return host
    if leg >= 0:
        shift(table, leg, at)
        table.legs[leg].walk = table.search[0].walk
    return other


@once
def _mended(table: LegTable, a: int, b: int) -> bool:
    """Shift legs until neither of two hosts, nor any other, is over a limit."""
    search, broken = table.search[0], table.scratch
    broken[0].host = a
    broken[1].host = b
    count = 1 if a == b else 2
    for step in range(search.steps + 1):
        over = 0
        for place in range(count):
            if first_over(table, broken[place].host) >= 0:
                broken[over].host = broken[place].host
                over += 1
        count = over
        if count == 0 or count > search.widest or step == search.steps:
            return count == 0
        other = _relieved(table, broken[int(draw(table) * count)].host)
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
def _note_instants(table: LegTable, vm: int, number: int) -> int:
    """Note when a VM may go past one of its stops, the instants that break least; give how many there are."""
    search, scratch = table.search[0], table.scratch
    first, second = table.legs[table.ways[vm, number]], table.legs[table.ways[vm, number + 1]]
    source, host = first.source, second.host
    if source == host:
        # It stays there, and goes at no instant.
        return 1
    if not _may_go(table, vm, source, host):
        return 0
    since, found = first.at, 0
    count = _instants(table, source, host, since, second.at)
    leaves = num_before(table, source, since, search.legs)
    for place in range(count - 1):
        before, after = scratch[place].instant, scratch[place + 1].instant
        at = (before + after) / 2
        if not (before < at and at < after):
            search.is_dense = 1
            continue
        comes = num_before(table, host, at, search.legs)
        breaks = (
            2
            - int(_has_room(table, source, vm, leaves, at, NO_LEG))
            - int(_has_room(table, host, vm, comes, second.at, NO_LEG))
        )
        rank = breaks + draw(table)
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
    return found


@once
def _straighten(table: LegTable, vm: int) -> bool:
    """Let a VM go past one of its stops, and mend what that breaks."""
    search = table.search[0]
    number = int(draw(table) * (table.vms[vm].legs - 1))
    first, second = table.legs[table.ways[vm, number]], table.legs[table.ways[vm, number + 1]]
    source, host = first.source, second.host
    found = _note_instants(table, vm, number)
    for place in range(found):
        mark = search.done
        search.walk += 1
        leg = NO_LEG
        if source != host:
            leg = made(table, vm, source, host, table.scratch[place].best)
        give(table, vm, number, leg, NO_LEG)
        if _mended(table, source, host):
            return True
        undo(table, mark)
    return False


@once
def _turn(table: LegTable) -> None:
    """Do what :meth:`heuristics.shifts.Shifts.turn` does."""
    search = table.search[0]
    vm = table.vms[int(draw(table) * search.wandering)].wandering
    _shake(table, vm)
    above = max(search.above, search.above_a_vm * search.wandering) * search.migration
    most = min(search.best + above, search.cost + search.rise * search.migration)
    search.most = max(most, float(search.cost))
    search.walk += 1
    mark, legs = search.done, search.legs
    if not _straighten(table, vm):
        undo(table, mark)
        search.legs = legs
    search.idle = 0 if search.cost < search.best else search.idle + 1
    if search.cost <= search.best:
        search.best = search.cost
        search.done = 0
        search.is_kept = 1


@outer
def turns(table: LegTable, tries: int, least: int, spare: int) -> int:
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
