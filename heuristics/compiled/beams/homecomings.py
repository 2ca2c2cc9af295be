"""Migrations of a beam carried out, compiled: after each, VMs go home whose way home it has made free.

Which of them goes first is drawn, so the same migration from the same placement leads to several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heuristics.compiled.beams.branches import (
    Best,
    Guests,
    Placements,
    Weights,
    fits,
    gained,
    may_go,
    score_of,
    squares_of,
)
from heuristics.compiled.functions import STEP, drawn, inner, outer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]


class Scratch(NamedTuple):
    """What one migration after another is carried out with.

    Parameters
    ----------
    hosts
        Those to be looked at.
    waits
        ``waits[host]``: whether it is one of them; none is between two calls.
    home
        The VMs that went home, in order.
    """

    hosts: Ints
    waits: Truths
    home: Ints


@inner
def _go(guests: Guests, after: Placements, row: int, vm: int, host: int) -> None:
    source = after.at[row, vm]
    after.at[row, vm] = host
    for limit in range(after.free.shape[2]):
        after.free[row, source, limit] += guests.needs[vm, limit]
        after.free[row, host, limit] -= guests.needs[vm, limit]
    after.mark[row] ^= guests.marks[vm, source] ^ guests.marks[vm, host]


@inner
def _who_goes_home(
    guests: Guests, after: Placements, row: int, host: int, least_gain: float, state: Any
) -> int:
    """Draw a VM that can go home to a host and leaves no less room together by it; -1: there is none."""
    chosen, count = -1, 0
    for place in range(guests.first[host], guests.first[host + 1]):
        vm = guests.at_home[place]
        source = after.at[row, vm]
        if source == host or not fits(guests, after.free, row, host, guests.kind[vm]):
            continue
        if not may_go(guests, vm, source, host):
            continue
        if gained(guests, after.free, row, vm, source, host) < least_gain:
            continue
        count += 1
        state[0] += STEP
        if drawn(state[0]) * count < 1.0:
            chosen = vm
    return chosen


@inner
def _go_home(
    guests: Guests,
    after: Placements,
    row: int,
    count: int,
    least_gain: float,
    state: Any,
    scratch: Scratch,
) -> int:
    """Have VMs go home to so many hosts, then to those that they left, and so on; give how many did."""
    gone = 0
    while count:
        state[0] += STEP
        place = min(int(drawn(state[0]) * count), count - 1)
        host = scratch.hosts[place]
        count -= 1
        scratch.hosts[place] = scratch.hosts[count]
        scratch.waits[host] = False
        vm = _who_goes_home(guests, after, row, host, least_gain, state)
        while vm >= 0:
            source = after.at[row, vm]
            _go(guests, after, row, vm, host)
            scratch.home[gone] = vm
            gone += 1
            if not scratch.waits[source]:
                scratch.waits[source] = True
                scratch.hosts[count] = source
                count += 1
            vm = _who_goes_home(guests, after, row, host, least_gain, state)
    return gone


@outer
def carry_out(
    guests: Guests,
    beam: Placements,
    steps: Best,
    seeds: Any,
    least_gain: float,
    weights: Weights,
    after: Placements,
    scratch: Scratch,
) -> int:
    """Carry out migrations, each from a placement of the beam, and have VMs go home.

    Parameters
    ----------
    steps
        Their scores become those of the placements that they lead to; with -1 for a VM nobody is sent, and
        all hosts are looked at.
    seeds
        ``seeds[step]``: of what is drawn.
    least_gain
        What a VM that goes home adds to the squares of the room, at the least; no number is: nobody does.
    after
        Where the placements go.

    Returns
    -------
    int
        How many went home in the last of them: ``scratch.home``.
    """
    gone, state = 0, np.empty(1, dtype=np.uint64)
    for row in range(steps.vm.size):
        parent, vm, host = steps.parent[row], steps.vm[row], steps.host[row]
        after.at[row] = beam.at[parent]
        after.free[row] = beam.free[parent]
        after.mark[row] = beam.mark[parent]
        after.cost[row], after.away[row], after.last[row] = beam.cost[parent], beam.away[parent], vm
        count = 0
        if vm < 0:
            for count in range(after.free.shape[1]):
                scratch.hosts[count] = count
                scratch.waits[count] = True
            count = after.free.shape[1]
        else:
            home, source = guests.home[vm], after.at[row, vm]
            if host == home:
                after.away[row] -= 1
            else:
                after.away[row] += int(source == home)
                after.cost[row] += guests.cost[vm] * (1 + int(source == home))
            _go(guests, after, row, vm, host)
            scratch.hosts[0], scratch.waits[source], count = source, True, 1
        state[0] = seeds[row]
        gone = _go_home(guests, after, row, count, least_gain, state, scratch)
        after.away[row] -= gone
        room = squares_of(guests, after.free, row)
        steps.score[row] = score_of(after.cost[row], after.away[row], room, weights)
    return gone
