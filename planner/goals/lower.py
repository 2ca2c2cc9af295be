"""The highest share lowered by hand: off the fullest host, VM by VM. A start for the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.goals.desk import WORTH, Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heuristics import Deadline
    from planner.goals.choice import Choice


def lowered(
    choice: Choice, resources: Sequence[int], at_most: int | None, deadline: Deadline
) -> list[int] | None:
    """Lower the fullest host again and again, as long as there is time."""
    desk = Desk(choice, resources, choice.src)
    if not desk.on or not desk.resources:
        return desk.at
    for _ in range(desk.how.most_steps if at_most is None else at_most):
        if deadline.over:
            break
        shares = desk.shares().max(axis=1, initial=0)
        fullest = int(shares.argmax())
        move = _best_from(desk, fullest, float(shares[fullest]))
        if move is None or (at_most is not None and desk.made + desk.more(*move) > at_most):
            break
        desk.go(*move)
    return desk.at


def _best_from(desk: Desk, fullest: int, top: float) -> tuple[int, int] | None:
    """Give the move off a host that leaves it and the host it goes to lowest; None where none is lower."""
    best: tuple[float, float, int, int] | None = None
    shares = desk.shares()
    for vm in sorted(desk.on[fullest]):
        left = float((shares[fullest] - desk.demand[vm] / desk.whole[fullest]).max())
        after = (shares + desk.demand[vm] / desk.whole).max(axis=1)
        after[~desk.counts] = np.inf
        for host in lowest(after, desk.how.targets):
            if after[host] >= top - WORTH:
                break
            if desk.may(vm, host):
                key = (max(left, float(after[host])), float(after[host]), vm, host)
                best = key if best is None else min(best, key)
                break
    return None if best is None else best[2:]


def lowest(values: NDArray[np.float64], few: int) -> list[int]:
    """Give the places of the lowest values, the lowest first, and of equal ones in their order."""
    places = np.arange(len(values))
    if few < len(values):
        # To put all of thousands in order takes most of the time.
        places = np.flatnonzero(values <= np.partition(values, few - 1)[few - 1])
    found: list[int] = places[np.argsort(values[places], kind="stable")][:few].tolist()
    return found
