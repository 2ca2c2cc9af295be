"""Durations drawn at random: when each task would end by them, if all went in the order at hand.

Everything waits for the same tasks as by the estimates: an arrival for the departures that it counts on, and
on each channel for those before it. Where nothing is drawn all of this is empty.
"""

from __future__ import annotations

from heuristics.compiled.functions import inner
from heuristics.compiled.orders.records import AIM, LAST, NONE, NOW_DRAWN, OWN_ROWS, OrderTable


@inner
def row_of_vm(table: OrderTable, vm: int) -> int:
    """Give the row of when the last task of a VM ends."""
    return OWN_ROWS + table.vms.size + vm


@inner
def row_of_host(table: OrderTable, host: int) -> int:
    """Give the row of since when there is the room that has been counted on."""
    return OWN_ROWS + 2 * table.vms.size + host


@inner
def row_of_channel(table: OrderTable, channel: int) -> int:
    """Give the row of since when there is what is left of a channel."""
    return OWN_ROWS + 2 * table.vms.size + table.hosts.size + channel


@inner
def row_of_node(table: OrderTable, node: int) -> int:
    """Give the row of when the task of a node ends."""
    return OWN_ROWS + 2 * table.vms.size + table.hosts.size + table.channels.size + node


@inner
def clear_luck(table: OrderTable) -> None:
    """Let nothing have ended yet; the nodes are written before they are read."""
    for row in range(row_of_vm(table, NONE), row_of_node(table, NONE)):
        for draw in range(table.search[0].draws):
            table.luck[row, draw] = 0
    for draw in range(table.search[0].draws):
        table.luck[LAST, draw] = 0


@inner
def copy_luck(table: OrderTable, row: int, other: int) -> None:
    """Let a row be as another."""
    for draw in range(table.search[0].draws):
        table.luck[row, draw] = table.luck[other, draw]


@inner
def not_before(table: OrderTable, row: int, other: int) -> None:
    """Let nothing in a row be earlier than in another."""
    for draw in range(table.search[0].draws):
        table.luck[row, draw] = max(table.luck[row, draw], table.luck[other, draw])


@inner
def lasts(table: OrderTable, vm: int, seconds: int) -> None:
    """Let a task of a VM that starts now take its time: now is when it ends."""
    for draw in range(table.search[0].draws):
        table.luck[NOW_DRAWN, draw] += seconds * table.luck[OWN_ROWS + vm, draw]
    copy_luck(table, row_of_vm(table, vm), NOW_DRAWN)
    not_before(table, LAST, NOW_DRAWN)


@inner
def late_on_average(table: OrderTable) -> float:
    """Give the seconds by which it is now later than what is aimed at."""
    late, draws = 0.0, table.search[0].draws
    for draw in range(draws):
        late += max(table.luck[NOW_DRAWN, draw] - table.luck[AIM, draw], 0.0)
    return late / draws


@inner
def end_on_average(table: OrderTable) -> float:
    """Give when the last task ends."""
    end, draws = 0.0, table.search[0].draws
    for draw in range(draws):
        end += table.luck[LAST, draw]
    return end / draws
