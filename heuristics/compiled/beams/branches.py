"""The most promising next migrations of a beam, compiled: none but those is ever written down.

What ``heuristics.beam`` does with arrays of all migrations of all placements.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heuristics.compiled.functions import STEP, drawn, inner, outer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]


class Guests(NamedTuple):
    """The VMs of a beam, by what they take.

    Parameters
    ----------
    takes
        ``takes[kind, limit]``: what a VM of a kind takes, below any amount where that is nothing.
    first, of_kind
        ``of_kind[first[kind]:first[kind + 1]]``: the VMs of a kind.
    home, cost
        ``home[vm]``, ``cost[vm]``.
    needs
        ``needs[vm, limit]``: what each VM takes.
    per_unit
        ``per_unit[resource]``: the part of an average host that one unit is.
    coming, first_to_come
        The VMs that are displaced at first, by target, and where those of each target begin.
    is_open
        ``is_open[vm, host]``: whether it may ever go there.
    ways
        ``ways[vm, source, host]``: whether it may make that migration; empty where all may.
    """

    takes: Ints
    first: Ints
    of_kind: Ints
    home: Ints
    cost: Ints
    needs: Ints
    per_unit: Reals
    coming: Ints
    first_to_come: Ints
    is_open: Truths
    ways: Truths


class Best(NamedTuple):
    """A heap of branches, the worst on top."""

    parent: Ints
    vm: Ints
    host: Ints
    cost: Ints
    score: Reals


class Weights(NamedTuple):
    """What scores are made of, in migrations but for the first.

    Parameters
    ----------
    average
        What a migration costs.
    together
        What room that is together is worth: so much for an empty host.
    noise
        What is drawn for each, at the most.
    """

    average: float
    together: float
    noise: float


@inner
def _set(best: Best, place: int, parent: int, vm: int, host: int, cost: int, score: float) -> None:
    best.parent[place] = parent
    best.vm[place] = vm
    best.host[place] = host
    best.cost[place] = cost
    best.score[place] = score


@inner
def _copy(best: Best, place: int, source: int) -> None:
    _set(
        best,
        place,
        best.parent[source],
        best.vm[source],
        best.host[source],
        best.cost[source],
        best.score[source],
    )


@inner
def _put(best: Best, count: int, parent: int, vm: int, host: int, cost: int, score: float) -> int:
    """Put a branch onto a heap of so many, for the worst where it is full; give how many there are."""
    most = best.score.size
    if count < most:
        place = count
        while place > 0 and best.score[(place - 1) >> 1] < score:
            _copy(best, place, (place - 1) >> 1)
            place = (place - 1) >> 1
        _set(best, place, parent, vm, host, cost, score)
        return count + 1
    place = 0
    while 2 * place + 1 < most:
        worse = 2 * place + 1
        if worse + 1 < most and best.score[worse + 1] > best.score[worse]:
            worse += 1
        if best.score[worse] <= score:
            break
        _copy(best, place, worse)
        place = worse
    _set(best, place, parent, vm, host, cost, score)
    return count


@inner
def _squares(guests: Guests, free: Ints, row: int) -> float:
    """Give the squares of the room of all hosts together."""
    squares = 0.0
    for host in range(free.shape[1]):
        for resource in range(guests.per_unit.size):
            room = max(free[row, host, resource], 0) * guests.per_unit[resource]
            squares += room * room
    return squares


@inner
def _gained(guests: Guests, free: Ints, row: int, vm: int, source: int, host: int) -> float:
    """Give what squares of room a migration adds: (a + s)^2 - a^2 + (b - s)^2 - b^2."""
    gained = 0.0
    for resource in range(guests.per_unit.size):
        left = max(free[row, source, resource], 0) * guests.per_unit[resource]
        come = max(free[row, host, resource], 0) * guests.per_unit[resource]
        size = guests.needs[vm, resource] * guests.per_unit[resource]
        gained += 2 * size * (left - come + size)
    return gained


@inner
def _most_gained(guests: Guests, free: Ints, row: int, vm: int, source: int) -> float:
    """Give the most that a VM can gain by going anywhere: to a host that it fills."""
    gained = 0.0
    for resource in range(guests.per_unit.size):
        size = guests.needs[vm, resource] * guests.per_unit[resource]
        gained += 2 * size * max(free[row, source, resource], 0) * guests.per_unit[resource]
    return gained


@inner
def _fits(guests: Guests, free: Ints, row: int, host: int, kind: int) -> bool:
    for limit in range(free.shape[2]):
        if free[row, host, limit] < guests.takes[kind, limit]:
            return False
    return True


@inner
def _may_go(guests: Guests, vm: int, source: int, host: int) -> bool:
    if not guests.is_open[vm, host]:
        return False
    return guests.ways.size == 0 or guests.ways[vm, source, host]


@inner
def _without_noise(cost: int, room: float, weights: Weights) -> float:
    return cost / weights.average - weights.together * sqrt(max(room, 0.0))


@inner
def _score(cost: int, room: float, weights: Weights, state: Any) -> float:
    """Give the score of a branch by what plans by it cost at least, and the squares of the room after it."""
    state[0] += STEP
    return _without_noise(cost, room, weights) + weights.noise * drawn(state[0])


@inner
def _homecomings(
    guests: Guests,
    at: Ints,
    free: Ints,
    costs: Ints,
    last: Ints,
    below: int,
    weights: Weights,
    state: Any,
    best: Best,
) -> int:
    """Note the best migrations home, which cost nothing more; give how many there are."""
    count = 0
    for row in range(at.shape[0]):
        if costs[row] >= below:
            continue
        squares = _squares(guests, free, row)
        for kind in range(guests.takes.shape[0]):
            for place in range(guests.first[kind], guests.first[kind + 1]):
                vm = guests.of_kind[place]
                home, source = guests.home[vm], at[row, vm]
                if home == source or last[row] == vm or not _fits(guests, free, row, home, kind):
                    continue
                if not _may_go(guests, vm, source, home):
                    continue
                room = squares + _gained(guests, free, row, vm, source, home)
                score = _score(costs[row], room, weights, state)
                if count < best.score.size or score < best.score[0]:
                    count = _put(best, count, row, vm, home, costs[row], score)
    return count


@outer
def best_branches(
    guests: Guests,
    at: Ints,
    free: Ints,
    costs: Ints,
    last: Ints,
    below: int,
    weights: Weights,
    state: Any,
    best: Best,
) -> int:
    """Note the best next migrations of some placements, in no order.

    Parameters
    ----------
    at, free, costs, last
        The placements, as in ``heuristics.beam.Placements``.
    below
        Only what leads to plans that cost less is of use.
    weights
        What scores are made of.
    state
        Of what is drawn: one unsigned number of 64 bits.
    best
        Where they go, as many as there is place for.

    Returns
    -------
    int
        How many there are.
    """
    count = _homecomings(guests, at, free, costs, last, below, weights, state, best)
    for row in range(at.shape[0]):
        squares = _squares(guests, free, row)
        for kind in range(guests.takes.shape[0]):
            for place in range(guests.first[kind], guests.first[kind + 1]):
                vm = guests.of_kind[place]
                home, source = guests.home[vm], at[row, vm]
                # Who leaves home has to come back.
                cost = costs[row] + guests.cost[vm] * (1 + int(source == home))
                if cost >= below or last[row] == vm:
                    continue
                if count == best.score.size:
                    room = squares + _most_gained(guests, free, row, vm, source)
                    if _without_noise(cost, room, weights) >= best.score[0]:
                        continue
                for host in range(free.shape[1]):
                    if host in (home, source) or not _fits(guests, free, row, host, kind):
                        continue
                    if not _may_go(guests, vm, source, host):
                        continue
                    room = squares + _gained(guests, free, row, vm, source, host)
                    score = _score(cost, room, weights, state)
                    if count < best.score.size or score < best.score[0]:
                        count = _put(best, count, row, vm, host, cost, score)
    return count


@outer
def short_of_room(guests: Guests, at: Ints, free: Ints, short: Reals) -> None:
    """Note what hosts are short of for the next VM to come, the one that lacks least, over all hosts.

    Parameters
    ----------
    at, free
        The placements.
    short
        ``short[row]``: where it goes.
    """
    for row in range(at.shape[0]):
        short[row] = 0.0
        for target in range(guests.first_to_come.size):
            first = guests.first_to_come[target]
            is_last = target + 1 == guests.first_to_come.size
            least = np.inf
            for place in range(first, guests.coming.size if is_last else guests.first_to_come[target + 1]):
                vm = guests.coming[place]
                home = guests.home[vm]
                if at[row, vm] == home:
                    continue
                lacks = 0.0
                for resource in range(guests.per_unit.size):
                    lack = guests.needs[vm, resource] - free[row, home, resource]
                    lacks += max(lack, 0) * guests.per_unit[resource]
                least = min(least, lacks)
            if least < np.inf:
                short[row] += least
