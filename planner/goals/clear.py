"""Room cleared by hand for VMs that are yet to come: hosts are chosen, some of their VMs find other homes."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from planner.goals.fill import enough_of, filled_by_force
from planner.goals.leaving import Leaving, who_is_where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from heuristics import Deadline
    from planner.goals.choice import Choice

Prices = list[tuple[int, list[float]]]
"""Hosts, and what it costs to have room there for one newcomer more than fit as it is, for two, and so on."""

SLOTS_A_LOOK = 50
"""Numbers of newcomers between two looks at the clock: what fewer on a host cost is known in no time."""


def cleared(
    choice: Choice, takes: Mapping[int, int], most: Sequence[int], count: int, deadline: Deadline
) -> list[int] | None:
    """Give a placement with room for newcomers, the cheapest of some tries; None where none comes to one.

    Hosts are chosen by how few VMs must leave, then by how little, then by both with some noise; whoever
    leaves goes where there is room, and smaller VMs make room where there is none.

    Parameters
    ----------
    takes
        Resource -> what one newcomer takes.
    most
        ``[host]``: how many newcomers it could hold if it were empty.
    count
        How many are to fit.
    """
    how, rng = choice.parameters.by_hand, Random(0)
    on = who_is_where(choice)
    hosts = {host: _Clearing.of(choice, takes, host, on[host]) for host, slots in enumerate(most) if slots}
    fit = {host: it.fit(most[host]) for host, it in hosts.items()}
    more = count - sum(fit.values())
    if more <= 0:
        return None  # nobody need leave for them
    each = {host: range(fit[host] + 1, min(most[host], fit[host] + more) + 1) for host in hosts}
    measures: tuple[Callable[[_Clearing, int], float | None], ...] = _Clearing.fare, _Clearing.amount
    prices: list[Prices] = []
    best: tuple[int, list[int]] | None = None
    for turn in range(how.cleared):
        if turn and deadline.over:
            break
        if turn < len(measures):
            prices.append(
                [(host, it.each(measures[turn], each[host], deadline)) for host, it in hosts.items()]
            )
        beyond = _cheapest(prices[turn % 2], more, how.noise if turn > 1 else 0.0, rng)
        if beyond is None:
            return None
        slots = {host: there + beyond.get(host, 0) for host, there in fit.items()}
        leaving = [vm for host, number in slots.items() for vm in hosts[host].who_leaves(number) or ()]
        kept = {host: {r: amount * number for r, amount in takes.items()} for host, number in slots.items()}
        at = filled_by_force(choice, choice.src, leaving, kept=kept, deadline=deadline)
        if at is not None and choice.is_lawful(at):
            cost = choice.cost(at) or 0
            best = (cost, at) if best is None else min(best, (cost, at))
    return None if best is None else best[1]


def _cheapest(prices: Prices, count: int, noise: float, rng: Random) -> dict[int, int] | None:
    """Give host -> for how many newcomers more it is to have room, the next one where that costs least."""
    found: dict[int, int] = {}
    rows = {host: (1 + noise * rng.uniform(-1, 1), row) for host, row in prices if row}
    queue = [(scale * row[0], host) for host, (scale, row) in rows.items()]
    heapify(queue)
    for _ in range(count):
        if not queue:
            return None
        _, host = heappop(queue)
        found[host] = slots = found.get(host, 0) + 1
        scale, row = rows[host]
        if slots < len(row):
            heappush(queue, (scale * (row[slots] - row[slots - 1]), host))
    return found


class _Clearing(NamedTuple):
    """A host, and what newcomers would have to displace there.

    Parameters
    ----------
    free
        What it has of each resource that they take; below 0 where it has too little by now.
    takes
        What one of them takes.
    able
        Its VMs that may leave, the smallest first.
    """

    choice: Choice
    free: Mapping[int, int]
    takes: Mapping[int, int]
    able: Sequence[int]
    leaving: Leaving

    @classmethod
    def of(cls, choice: Choice, takes: Mapping[int, int], host: int, vms: Sequence[int]) -> _Clearing:
        """Look at one host."""
        problem = choice.problem
        free = {r: problem.usable[host][r] - choice.load[host][r] for r in takes}
        able = [vm for vm in vms if choice.fare_away(vm) is not None]
        able.sort(key=lambda vm: (_size(problem.demand[vm], takes), vm))
        return cls(choice, free, takes, able, Leaving(choice, vms))

    def fit(self, most: int) -> int:
        """Give how many fit as it is, where an empty host holds ``most``."""
        return min([most, *(max(0, self.free[r]) // amount for r, amount in self.takes.items())])

    def each(
        self, measure: Callable[[_Clearing, int], float | None], numbers: range, deadline: Deadline
    ) -> list[float]:
        """Measure room for some numbers of them, as far as there can be so much, and is time."""
        found: list[float] = []
        for slots in numbers:
            price = None if len(found) % SLOTS_A_LOOK == 1 and deadline.over else measure(self, slots)
            if price is None:
                break
            found.append(price)
        return found

    def missing(self, slots: int) -> dict[int, int]:
        """Give what must leave for so many newcomers, of each resource that they take."""
        return {r: amount * slots - self.free[r] for r, amount in self.takes.items()}

    def who_leaves(self, slots: int) -> list[int] | None:
        """Give VMs that are enough; None where all are not."""
        missing = [0] * len(self.choice.problem.resources)
        for resource, amount in self.missing(slots).items():
            missing[resource] = amount
        return enough_of(self.choice.problem.demand, self.able, missing)

    def fare(self, slots: int) -> float | None:
        """Give what it costs at least to have room for so many."""
        return self.leaving.least(self.missing(slots))

    def amount(self, slots: int) -> float | None:
        """Give how much leaves, as a part of one newcomer."""
        leaving = self.who_leaves(slots)
        if leaving is None:
            return None
        return sum(_size(self.choice.problem.demand[vm], self.takes) for vm in leaving)


def _size(demand: Sequence[int], takes: Mapping[int, int]) -> float:
    """Give how large a VM is against a newcomer."""
    return max((demand[r] / amount for r, amount in takes.items() if amount), default=0.0)
