"""What walks of shifts work on: a plan laid out in time, as arrays of records."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Int, Float = np.int64, np.float64

LEG = np.dtype([("vm", Int), ("source", Int), ("host", Int), ("at", Float), ("walk", Int)])
"""A migration at an instant, and the number of the walk that shifted it last."""

NEVER = -1.0
"""No instant. Here, since code is compiled anew where a file of this package has changed, and no other."""

NO_LEG: Any = np.int64(-1)
FIRST: Any = np.int64(0)
"""No leg, and the first of a way. For each plain integer that it is called with, a function is compiled."""

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


class LegTable(NamedTuple):
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
