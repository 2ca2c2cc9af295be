"""Exhaustive search over placements in time, second by second, for tiny pools: when everyone can be home."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.clock import Clock
    from models.problem import Problem

Where = tuple[int, int, int]
"""(source, destination, seconds left) of a VM in flight; (host, host, 0) of one at rest."""

State = tuple[Where, ...]


class TooManyStates(Exception):  # noqa: N818 - no error: the pool is only too large
    """The search has seen more states than it was allowed to."""


class InTime:
    """A pool with everyone in it, nobody of whom is shut down, provisioned or stopped.

    Parameters
    ----------
    most_cost
        Plans that cost more are not looked at; None: all are.
    most_states
        When to give up.
    """

    def __init__(
        self, problem: Problem, clock: Clock, *, most_cost: int | None = None, most_states: int = 20_000
    ) -> None:
        self.problem, self.clock = problem, clock
        self.most_cost, self.most_states = most_cost, most_states

    def earliest_end(self, limit_s: int) -> int | None:
        """Give the least makespan of all plans; None where none ends by the limit."""
        here: dict[State, int] = {tuple((host, host, 0) for host in self.problem.src): 0}
        goal = tuple((host, host, 0) for host in self.problem.dst)
        seen = 0
        for second in range(limit_s + 1):
            if goal in here:
                return second
            after: dict[State, int] = {}
            for state, cost in here.items():
                for begun, price in self._begun(state, cost):
                    later = tuple(_a_second_later(one) for one in begun)
                    if price < after.get(later, price + 1):
                        after[later] = price
            seen += len(after)
            if seen > self.most_states:
                raise TooManyStates
            here = after
        return None

    def _begun(self, state: State, cost: int) -> Iterator[tuple[State, int]]:
        """Yield the state with any set of migrations begun that may begin together."""
        problem = self.problem
        ways = [
            (vm, host)
            for vm, (source, _, left) in enumerate(state)
            if not left and problem.vms[vm].movable
            for host in range(problem.num_hosts)
            if host != source
            and problem.may_go(vm, source, host)
            and (host == problem.dst[vm] or problem.vms[vm].detours)
        ]
        for size in range(len(problem.vms) + 1):
            for some in combinations(ways, size):
                if len({vm for vm, _ in some}) < size:
                    continue
                price = cost + sum(problem.cost[vm] for vm, _ in some)
                if self.most_cost is not None and price > self.most_cost:
                    continue
                begun = list(state)
                for vm, host in some:
                    source = state[vm][0]
                    begun[vm] = (source, host, self.clock.seconds(vm, source, host))
                if self._is_legal(begun, [host for _, host in some], [vm for vm, _ in some]):
                    yield tuple(begun), price

    def _is_legal(self, state: list[Where], hosts: list[int], vms: list[int]) -> bool:
        problem, clock = self.problem, self.clock
        held = [0] * len(clock.limits)
        for source, host, left in state:
            if left:
                for channel, amount in clock.uses(source, host):
                    held += [0] * (len(clock.limits) - len(held))
                    held[channel] += amount
        if any(amount > clock.limits[channel] for channel, amount in enumerate(held)):
            return False
        for vm, host in zip(vms, hosts, strict=True):
            there = [other for other, (a, b, _) in enumerate(state) if host in (a, b)]
            for resource, usable in enumerate(problem.usable[host]):
                if problem.demand[vm][resource] and usable < sum(problem.demand[o][resource] for o in there):
                    return False
            for group in problem.groups_of[vm]:
                if sum(group in problem.groups_of[other] for other in there) > problem.limit(group, host):
                    return False
        return True


def _a_second_later(where: Where) -> Where:
    source, host, left = where
    return (host, host, 0) if left <= 1 else (source, host, left - 1)
