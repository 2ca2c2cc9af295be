"""Changes of one VM at a time to a placement halfway, the fewer for the worse the cooler it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from heuristics.compiled.functions import STEP, drawn, inner, outer
from heuristics.compiled.halfway.records import NO_GROUP, HalfwayPool, HalfwayPrices, HalfwayState


@inner
def _short(room: float, prices: HalfwayPrices) -> float:
    """Give what it costs that there is less than one share."""
    if room >= 1.0:
        return 0.0
    cost = (1.0 - room) ** 2
    if room < prices.least:
        cost += prices.low * (prices.least - room)
    if room < 0.0:
        cost -= prices.over * room
    return cost


@inner
def _shorter(room: Any, need: Any, sign: float, prices: HalfwayPrices) -> float:
    """Give by how much that grows where a host gains the room of a VM, or loses it."""
    worse = 0.0
    for resource in range(len(need)):
        if need[resource] != 0.0:
            before = room[resource]
            after = before + sign * need[resource]
            worse += _short(after, prices) - _short(before, prices)
    return worse


@inner
def _fuller(places: Any, groups: Any, sign: int, prices: HalfwayPrices) -> float:
    """Give what it costs that a host gains a place in each group of a VM, or loses it."""
    worse = 0.0
    for group in groups:
        if group == NO_GROUP:
            break
        before = places[group]
        worse += prices.over * (min(before, 0) - min(before + sign, 0))
    return worse


@inner
def _toll(pool: HalfwayPool, vm: int, host: int, prices: HalfwayPrices) -> float:
    """Give what it costs that a VM is on a host, whatever room there is."""
    if host == pool.target[vm]:
        return prices.tilt
    return 0.0 if host == pool.source[vm] else prices.dear


@inner
def _worse(state: HalfwayState, pool: HalfwayPool, vm: int, host: int, prices: HalfwayPrices) -> float:
    """Give what a placement costs more if a VM goes to a host."""
    left, need, held = state.at[vm], pool.needs[vm], pool.groups[vm]
    worse = _shorter(state.room[left], need, 1.0, prices) + _shorter(state.room[host], need, -1.0, prices)
    worse += _fuller(state.places[left], held, 1, prices) + _fuller(state.places[host], held, -1, prices)
    return worse + _toll(pool, vm, host, prices) - _toll(pool, vm, left, prices)


@inner
def _change(room: Any, places: Any, need: Any, groups: Any, sign: int) -> None:
    for resource in range(len(need)):
        room[resource] += sign * need[resource]
    for group in groups:
        if group == NO_GROUP:
            break
        places[group] += sign


@inner
def _go(state: HalfwayState, pool: HalfwayPool, vm: int, host: int) -> None:
    left, need, held = state.at[vm], pool.needs[vm], pool.groups[vm]
    _change(state.room[left], state.places[left], need, held, 1)
    _change(state.room[host], state.places[host], need, held, -1)
    state.at[vm] = host


@outer
def cooled(
    state: HalfwayState,
    pool: HalfwayPool,
    prices: HalfwayPrices,
    steps: int,
    warmest: float,
    coldest: float,
    seed: int,
) -> None:
    """Make changes of ``state``.

    Parameters
    ----------
    steps, warmest, coldest
        Changes that are looked at; how much worse one may be, about, at first and in the end.
    """
    draw = np.uint64(seed)
    warmth, cooling = warmest, (coldest / warmest) ** (1.0 / steps)
    for _ in range(steps):
        warmth *= cooling
        draw += STEP
        if drawn(draw) < prices.aside:
            if len(pool.roving) == 0:
                continue
            draw += STEP
            vm = pool.roving[int(drawn(draw) * len(pool.roving))]
            draw += STEP
            host = int(drawn(draw) * len(state.room))
        else:
            draw += STEP
            vm = pool.displaced[int(drawn(draw) * len(pool.displaced))]
            host = pool.source[vm] if state.at[vm] == pool.target[vm] else pool.target[vm]
        if host == state.at[vm]:
            continue
        worse = _worse(state, pool, vm, host, prices)
        draw += STEP
        if worse <= 0.0 or drawn(draw) < np.exp(-worse / warmth):
            _go(state, pool, vm, host)


def warm_up() -> None:
    """Have it compiled."""
    one, none, share = np.zeros(1, dtype=np.int64), np.zeros((1, 1), dtype=np.int64), np.zeros((1, 1))
    pool = HalfwayPool(share, none, one, one, one, one)
    cooled(HalfwayState(one, share, none), pool, HalfwayPrices(0.1, 1.0, 1.0, 0.0, 1.0, 0.0), 1, 1.0, 1.0, 0)
