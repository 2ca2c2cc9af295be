"""Hosts that a VM may step aside to."""

from __future__ import annotations

from math import inf

from heuristics.compiled.functions import inner
from heuristics.compiled.orders.draws import one_of
from heuristics.compiled.orders.film import lacks, may_go
from heuristics.compiled.orders.records import COUNTED, NOBODY, NOW, OrderTable
from heuristics.compiled.shared import draw


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
        if node.end > since and lacks(table, host, vm):
            return -1
        for word in range(table.over.size):
            table.room[COUNTED, host, word] += node.next * table.need[node.amount, word]
    return -1 if lacks(table, host, vm) else busy


@inner
def shelter_for(table: OrderTable, vm: int, src: int, dst: int, since: int, until: int) -> int:
    """Draw a host that has room for a VM all the time, the others as they are; NOBODY: none was found.

    Now and then room when it comes is enough: others will have to wait for its way home.
    """
    search, count = table.search[0], table.hosts.size
    looked = min(count, search.most_shelters)
    if draw(table) < search.others_wait:
        until = since
    found, chosen, quietest, least = 0, NOBODY, NOBODY, inf
    for number in range(looked):
        host = number if looked == count else one_of(table, count)
        if host in (src, dst) or not (may_go(table, vm, src, host) and may_go(table, vm, host, dst)):
            continue
        busy = _busy_s(table, host, vm, since, until)
        if busy < 0:
            continue
        found += 1
        if one_of(table, found) == 0:
            chosen = host
        score = busy + search.scatter_s * draw(table)
        if score < least:
            quietest, least = host, score
    return chosen if draw(table) < search.any_shelter else quietest
