"""What a pool is like in the film at hand: the schedule runs forwards, or back from its end."""

from __future__ import annotations

from typing import Any

from heuristics.compiled.functions import inner
from heuristics.compiled.orders.records import COUNTED, OrderTable
from heuristics.compiled.shared import kind_of


@inner
def lacks(table: OrderTable, host: int, vm: int) -> bool:
    """Tell whether a host has no room for a VM, as it is counted."""
    for word in range(table.over.size):
        if (table.room[COUNTED, host, word] - table.need[vm, word]) & table.over[word]:
            return True
    return False


@inner
def uses_out(table: OrderTable, host: int) -> tuple[int, int]:
    """Give where the uses of those that leave a host are, in the film at hand."""
    one = table.hosts[host]
    if table.search[0].turned:
        return one.into, one.end_into
    return one.out, one.end_out


@inner
def uses_in(table: OrderTable, host: int) -> tuple[int, int]:
    """Give where the uses of those that come to a host are, in the film at hand."""
    one = table.hosts[host]
    if table.search[0].turned:
        return one.out, one.end_out
    return one.into, one.end_into


@inner
def mode_of(table: OrderTable, src: int, dst: int) -> Any:
    """Give what a migration between two hosts is like, both as they come in the film at hand."""
    if table.search[0].turned:
        return table.modes[table.hosts[dst].wired, table.hosts[src].wired]
    return table.modes[table.hosts[src].wired, table.hosts[dst].wired]


@inner
def may_go(table: OrderTable, vm: int, src: int, dst: int) -> bool:
    """Tell whether no filter forbids a migration, both hosts as they come in the film at hand."""
    row, here, there = table.vms[vm].row, kind_of(table, vm, src), kind_of(table, vm, dst)
    return bool(table.may[row, there, here] if table.search[0].turned else table.may[row, here, there])


@inner
def ends(table: OrderTable, vm: int) -> tuple[int, int]:
    """Give where a VM is at first and at last, in the film at hand."""
    one = table.vms[vm]
    if table.search[0].turned:
        return one.target, one.source
    return one.source, one.target
