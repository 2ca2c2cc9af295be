"""What steps over orders of tasks work on: a pool, and a schedule of it, as arrays of records."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Int, Float = np.int64, np.float64

NONE: Any = Int(0)
ONE: Any = Int(1)
"""Numbers to call with: for each plain integer that it is called with a function is compiled anew."""

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
            *("wired", "kind"),
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
        *((name, Int) for name in ("bound", "most_shelters", "steps_a_film", "ends", "most_end", "draws")),
        *((name, Float) for name in ("turn", "other_turn", "cost", "price", "warmth")),
        *((name, Float) for name in ("aim_part", "price_part", "shift", "width", "swap")),
        *((name, Float) for name in ("first_in", "resident", "late_part")),
        *((name, Float) for name in ("just_before", "straight", "once_free")),
        *((name, Float) for name in ("any_shelter", "scatter_s", "others_wait")),
        *((name, Float) for name in ("end_drawn", "best_end_drawn")),
        ("random", np.uint64),
    ]
)
"""How many tasks there are, are there after a change, does that add; how many the best schedule has, and how
late both end; which film both are in; what a change takes away, a place or all of a VM; and so on, such as
the latest end that may be. Then the parameters of :class:`planner.scheduling.parameters.OtherWays`; last when
both end on average by the durations drawn."""


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
    luck
        ``luck[row, draw]``, seconds: what would be if durations were as drawn. Rows of their own, then for
        each VM how many times its estimate it takes, and when it is ready; then for each host, channel and
        node; see :mod:`heuristics.compiled.orders.luck`. Without draws all of it is empty.
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
    luck: Any
    search: Any


NOW, CHANGED, BEST, ADDED = 0, 1, 2, 3
"""Rows of tasks."""

COUNTED = 2
"""The row of room that is counted in."""

NOW_DRAWN: Any = NONE
AIM: Any = ONE
LAST: Any = Int(2)
"""Rows of luck: now, as a task is placed; the end that is aimed at; the end of the last task."""

OWN_ROWS = 3
"""So many."""

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

NOBODY: Any = Int(-1)
"""The end of a list."""

RATE = -1
"""Instead of an amount: as much as the rate of the migration."""

START, SAME_VM, ROOM, CHANNEL_FULL = 0, 1, 2, 3
"""What a task waits for: nothing, its VM, room, a channel."""
