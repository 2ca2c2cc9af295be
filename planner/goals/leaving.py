"""What it costs at least that some amounts leave a host: a bound, from the VMs that are there."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.goals.choice import Choice


def who_is_where(choice: Choice) -> list[list[int]]:
    """Give ``[host]``: the VMs that are there now."""
    on: list[list[int]] = [[] for _ in choice.problem.hosts]
    for vm, host in enumerate(choice.src):
        on[host].append(vm)
    return on


class Leaving:
    """What it costs at least that amounts leave one host. Asked again and again, it sorts the VMs but once.

    Parameters
    ----------
    vms
        The VMs of the host.

    Notes
    -----
    For each resource alone the cheapest VMs by cost for their size, the last of them in part: the optimum
    of the linear relaxation of a covering knapsack (Dantzig 1957), rounded up, as costs are integers.
    """

    def __init__(self, choice: Choice, vms: Sequence[int]) -> None:
        self._demand = choice.problem.demand
        self._fares = [(fare, vm) for vm in vms if (fare := choice.fare_away(vm)) is not None]
        self._ways: dict[int, list[_Way]] = {}

    def least(self, excess: Mapping[int, int]) -> int | None:
        """Give what it costs at least that so much of each resource leaves; None where it cannot."""
        most = 0
        for resource, amount in excess.items():
            if amount > 0:
                least = self._covered(resource, amount)
                if least is None:
                    return None
                most = max(most, least)
        return most

    def _covered(self, resource: int, amount: int) -> int | None:
        if resource not in self._ways:
            self._ways[resource] = self._cheapest_first(resource)
        ways = self._ways[resource]
        number = bisect_left(ways, amount, key=lambda way: way.left)
        if number == len(ways):
            return None
        last = ways[number]
        return last.paid - last.fare * (last.left - amount) // last.size

    def _cheapest_first(self, resource: int) -> list[_Way]:
        """Give the VMs that take some of a resource, the cheapest for their size first."""
        rows = [(fare, size) for fare, vm in self._fares if (size := self._demand[vm][resource])]
        ways, left, paid = [], 0, 0
        for fare, size in sorted(rows, key=lambda row: Fraction(*row)):
            left, paid = left + size, paid + fare
            ways.append(_Way(fare, size, left, paid))
        return ways


class _Way(NamedTuple):
    """A VM that leaves after others.

    Parameters
    ----------
    fare, size
        What it costs, and takes with it.
    left, paid
        The same of all up to it.
    """

    fare: int
    size: int
    left: int
    paid: int
