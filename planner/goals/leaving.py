"""What it costs at least that some amounts leave a host: a bound, from the VMs that are there."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.goals.choice import Choice


def who_is_where(choice: Choice) -> list[list[int]]:
    """Give ``[host]``: the VMs that are there now."""
    on: list[list[int]] = [[] for _ in choice.problem.hosts]
    for vm, host in enumerate(choice.src):
        on[host].append(vm)
    return on


def least_leaving(choice: Choice, vms: Sequence[int], excess: Mapping[int, int]) -> int | None:
    """Give what it costs at least that so much of each resource leaves a host; None where it cannot.

    Parameters
    ----------
    vms
        The VMs of the host.
    excess
        Resource -> how much must leave.

    Notes
    -----
    For each resource alone the cheapest VMs by cost for their size, the last of them in part: the optimum
    of the linear relaxation of a covering knapsack (Dantzig 1957), rounded up, as costs are integers.
    """
    fares = {vm: choice.fare_away(vm) for vm in vms}
    most = 0
    for resource, amount in excess.items():
        if amount > 0:
            least = _covered(choice, fares, resource, amount)
            if least is None:
                return None
            most = max(most, least)
    return most


def _covered(choice: Choice, fares: Mapping[int, int | None], resource: int, amount: int) -> int | None:
    demand = choice.problem.demand
    ready = [
        (fare, demand[vm][resource])
        for vm, fare in fares.items()
        if fare is not None and demand[vm][resource]
    ]
    total = Fraction(0)
    for fare, size in sorted(ready, key=lambda row: Fraction(row[0], row[1])):
        if size >= amount:
            return ceil(total + Fraction(fare * amount, size))
        total += fare
        amount -= size
    return None
