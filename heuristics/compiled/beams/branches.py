"""The most promising next migrations of a beam, compiled: none but those is ever written down.

What ``heuristics.beam`` does with arrays of all migrations of all placements.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from heuristics.compiled.functions import STEP, drawn, inner, outer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]
    Places = NDArray[np.int32]
    Marks = NDArray[np.uint64]


class Guests(NamedTuple):
    """The VMs of a beam, by what they take and by where they are at home.

    Parameters
    ----------
    takes
        ``takes[kind, limit]``: what a VM of a kind takes, below any amount where that is nothing.
    kind
        ``kind[vm]``.
    home, cost
        ``home[vm]``, ``cost[vm]``.
    needs
        ``needs[vm, limit]``: what each VM takes.
    per_unit
        ``per_unit[resource]``: the part of an average host that one unit is.
    at_home, first
        ``at_home[first[host]:first[host + 1]]``: the VMs that are at home on a host.
    is_open
        ``is_open[vm, host]``: whether it may ever go there.
    ways
        ``ways[vm, source, host]``: whether it may make that migration; empty where all may.
    marks
        ``marks[vm, host]``: those of all VMs together, by exclusive or, tell a placement from others.
    """

    takes: Ints
    kind: Ints
    home: Ints
    cost: Ints
    needs: Ints
    per_unit: Reals
    at_home: Ints
    first: Ints
    is_open: Truths
    ways: Truths
    marks: Marks


class Placements(NamedTuple):
    """Some placements, a row each.

    Parameters
    ----------
    at
        ``at[row, vm]``: its host.
    free
        ``free[row, host, limit]``: what is left there of each resource, then of each group.
    cost
        What led there, and what all that are not home cost at least from there.
    away
        VMs that are not home.
    last
        The VM that was sent there last; -1 at first.
    mark
        Tells the placement from others.
    """

    at: Places
    free: Ints
    cost: Ints
    away: Ints
    last: Ints
    mark: Marks

    def rows(self, chosen: Ints) -> Placements:
        """Give some of them."""
        return Placements(
            self.at[chosen],
            self.free[chosen],
            self.cost[chosen],
            self.away[chosen],
            self.last[chosen],
            self.mark[chosen],
        )


class Best(NamedTuple):
    """Branches, or a heap of them with the worst on top."""

    parent: Ints
    vm: Ints
    host: Ints
    score: Reals

    def rows(self, chosen: Ints | slice) -> Best:
        """Give some of them."""
        return Best(self.parent[chosen], self.vm[chosen], self.host[chosen], self.score[chosen])


class Weights(NamedTuple):
    """What scores are made of, in migrations but for the first.

    Parameters
    ----------
    per_cost
        The part of an average migration that one unit of cost is.
    together
        What room that is together is worth: so much for an empty host.
    away
        What a VM that is not home will cost beyond its way home.
    noise
        What is drawn for each, at the most.
    """

    per_cost: float
    together: float
    away: float
    noise: float


@inner
def _set(best: Best, place: int, parent: int, vm: int, host: int, score: float) -> None:
    best.parent[place] = parent
    best.vm[place] = vm
    best.host[place] = host
    best.score[place] = score


@inner
def _copy(best: Best, place: int, source: int) -> None:
    _set(best, place, best.parent[source], best.vm[source], best.host[source], best.score[source])


@inner
def _put(best: Best, count: int, parent: int, vm: int, host: int, score: float) -> int:
    """Put a branch onto a heap of so many, for the worst where it is full; give how many there are."""
    most = best.score.size
    if count < most:
        place = count
        while place > 0 and best.score[(place - 1) >> 1] < score:
            _copy(best, place, (place - 1) >> 1)
            place = (place - 1) >> 1
        _set(best, place, parent, vm, host, score)
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
    _set(best, place, parent, vm, host, score)
    return count


@inner
def squares_of(guests: Guests, free: Ints, row: int) -> float:
    """Give the squares of the room of all hosts together."""
    squares = 0.0
    for host in range(free.shape[1]):
        for resource in range(guests.per_unit.size):
            room = max(free[row, host, resource], 0) * guests.per_unit[resource]
            squares += room * room
    return squares


@inner
def gained(guests: Guests, free: Ints, row: int, vm: int, source: int, host: int) -> float:
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
def fits(guests: Guests, free: Ints, row: int, host: int, kind: int) -> bool:
    """Tell whether a host has room for a VM of a kind."""
    for limit in range(free.shape[2]):
        if free[row, host, limit] < guests.takes[kind, limit]:
            return False
    return True


@inner
def may_go(guests: Guests, vm: int, source: int, host: int) -> bool:
    """Tell whether filters let a VM make a migration."""
    if not guests.is_open[vm, host]:
        return False
    return guests.ways.size == 0 or guests.ways[vm, source, host]


@inner
def score_of(cost: int, away: int, room: float, weights: Weights) -> float:
    """Give the score of a placement by what plans by it cost at least and the squares of the room there."""
    return cost * weights.per_cost + weights.away * away - weights.together * sqrt(max(room, 0.0))


@inner
def _is_better(cost: int, away: int, room: float, weights: Weights, score: float) -> bool:
    """Tell whether a placement has less than a score, without a root."""
    short = cost * weights.per_cost + weights.away * away - score
    return short < 0 or short * short < weights.together * weights.together * room


@outer
def best_branches(
    guests: Guests, beam: Placements, below: int, weights: Weights, state: Any, best: Best
) -> int:
    """Note the best next migrations of some placements, in no order.

    Parameters
    ----------
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
    count, free = 0, beam.free
    for row in range(beam.at.shape[0]):
        if beam.cost[row] >= below:
            continue
        squares = squares_of(guests, free, row)
        for vm in range(guests.home.size):
            if beam.last[row] == vm:
                continue
            home, source, kind = guests.home[vm], beam.at[row, vm], guests.kind[vm]
            # Who leaves home has to come back.
            cost = beam.cost[row] + guests.cost[vm] * (1 + int(source == home))
            away = beam.away[row] + int(source == home)
            is_worth_it = cost < below
            if is_worth_it and count == best.score.size:
                room = squares + _most_gained(guests, free, row, vm, source)
                is_worth_it = _is_better(cost, away, room, weights, best.score[0])
            if not is_worth_it and (source == home or not fits(guests, free, row, home, kind)):
                continue
            for host in range(free.shape[1]):
                if host == source or not (is_worth_it or host == home):
                    continue
                if not fits(guests, free, row, host, kind) or not may_go(guests, vm, source, host):
                    continue
                room = squares + gained(guests, free, row, vm, source, host)
                if host == home:
                    score = score_of(beam.cost[row], away - 1, room, weights)
                else:
                    score = score_of(cost, away, room, weights)
                state[0] += STEP
                score += weights.noise * drawn(state[0])
                if count < best.score.size or score < best.score[0]:
                    count = _put(best, count, row, vm, host, score)
    return count
