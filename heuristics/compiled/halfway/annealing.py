"""Changes of one VM at a time to a placement halfway, the fewer for the worse the cooler it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from heuristics.compiled.functions import STEP, drawn, inner, outer

NOBODY = -1
"""Where a VM counts in no further group."""


@inner
def _short(room: float, least: float, low: float, over: float) -> float:
    """Give what it costs that there is less than one share."""
    if room >= 1.0:
        return 0.0
    cost = (1.0 - room) ** 2
    if room < least:
        cost += low * (least - room)
    if room < 0.0:
        cost -= over * room
    return cost


@inner
def _shorter(room: Any, need: Any, sign: float, least: float, low: float, over: float) -> float:
    """Give by how much that grows where a host gains the room of a VM, or loses it."""
    worse = 0.0
    for resource in range(len(need)):
        if need[resource] != 0.0:
            before = room[resource]
            after = before + sign * need[resource]
            worse += _short(after, least, low, over) - _short(before, least, low, over)
    return worse


@inner
def _fuller(places: Any, groups: Any, sign: int, over: float) -> float:
    """Give what it costs that a host gains a place in each group of a VM, or loses it."""
    worse = 0.0
    for group in groups:
        if group == NOBODY:
            break
        before = places[group]
        worse += over * (min(before, 0) - min(before + sign, 0))
    return worse


@inner
def _toll(host: int, source: int, target: int, dear: float, tilt: float) -> float:
    """Give what it costs that a VM is on a host, whatever room there is."""
    if host == target:
        return tilt
    return 0.0 if host == source else dear


@inner
def _change(room: Any, places: Any, need: Any, groups: Any, sign: int) -> None:
    for resource in range(len(need)):
        room[resource] += sign * need[resource]
    for group in groups:
        if group == NOBODY:
            break
        places[group] += sign


@outer
def cooled(
    at: Any,
    room: Any,
    places: Any,
    needs: Any,
    groups: Any,
    source: Any,
    target: Any,
    displaced: Any,
    roving: Any,
    steps: int,
    warmest: float,
    coldest: float,
    least: float,
    low: float,
    over: float,
    aside: float,
    dear: float,
    tilt: float,
    seed: int,
) -> None:
    """Make changes of ``at``, ``room`` and ``places``.

    Parameters
    ----------
    at, source, target
        ``at[vm]``: the host of each VM.
    room, needs
        ``room[host, resource]``, ``needs[vm, resource]``: in shares, of which each host wishes for one.
    places, groups
        ``places[host, group]``: how many more of a group may come; ``groups[vm]``: the groups of a VM, then
        ``NOBODY``.
    displaced, roving
        The VMs that may go home or back; those that may go to any host.
    steps, warmest, coldest, least, low, over, aside, dear
        As :class:`heuristics.parameters.HalfwayParameters` has them.
    tilt
        As :func:`heuristics.halfway.halfway` has it.
    """
    state = np.uint64(seed)
    warmth, cooling = warmest, (coldest / warmest) ** (1.0 / steps)
    for _ in range(steps):
        warmth *= cooling
        state += STEP
        if drawn(state) < aside:
            if len(roving) == 0:
                continue
            state += STEP
            vm = roving[int(drawn(state) * len(roving))]
            state += STEP
            host = int(drawn(state) * len(room))
        else:
            state += STEP
            vm = displaced[int(drawn(state) * len(displaced))]
            host = source[vm] if at[vm] == target[vm] else target[vm]
        left = at[vm]
        if host == left:
            continue
        need, held = needs[vm], groups[vm]
        worse = _shorter(room[left], need, 1.0, least, low, over) + _shorter(
            room[host], need, -1.0, least, low, over
        )
        worse += _fuller(places[left], held, 1, over) + _fuller(places[host], held, -1, over)
        worse += _toll(host, source[vm], target[vm], dear, tilt)
        worse -= _toll(left, source[vm], target[vm], dear, tilt)
        state += STEP
        if worse <= 0.0 or drawn(state) < np.exp(-worse / warmth):
            _change(room[left], places[left], need, held, 1)
            _change(room[host], places[host], need, held, -1)
            at[vm] = host


def warm_up() -> None:
    """Have it compiled."""
    one, none = np.zeros(1, dtype=np.int64), np.zeros((1, 1), dtype=np.int64)
    share = np.zeros((1, 1))
    cooled(one, share, none, share, none, one, one, one, one, 1, 1.0, 1.0, 0.1, 1.0, 1.0, 0.0, 1.0, 0.0, 0)
