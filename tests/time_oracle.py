"""Exhaustive search over placements in time, second by second, for tiny pools: when everyone can be home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.moves import OFF
from tests.oracle import TooManyStates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.clock import Clock
    from models.problem import Problem

Where = tuple[int, int, int]
"""(source, destination, seconds left) of a VM in flight; (host, host, 0) of one at rest."""

State = tuple[Where, ...]


class InTime:
    """A pool with everyone in it: whoever is shut down, provisioned or stopped, too.

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
                    if seen + len(after) > self.most_states:
                        raise TooManyStates
            seen += len(after)
            here = after
        return None

    def _begun(self, state: State, cost: int) -> Iterator[tuple[State, int]]:
        """Yield the state with any set of tasks begun that may begin together."""
        problem = self.problem

        def begun(
            vm: int, now: list[Where], price: int, come: list[tuple[int, int]]
        ) -> Iterator[tuple[State, int]]:
            if self.most_cost is not None and price > self.most_cost:
                return
            if vm == problem.num_vms:
                if self._is_legal(now, come):
                    yield tuple(now), price
                return
            yield from begun(vm + 1, now, price, come)
            for host in self._next(vm, state[vm]):
                source = state[vm][0]
                seconds = self.clock.seconds(vm, source, host)
                then = [*now[:vm], (source, host, seconds), *now[vm + 1 :]]
                yield from begun(vm + 1, then, price + self._cost(vm, source, host), [*come, (vm, host)])

        yield from begun(0, list(state), cost, [])

    def _next(self, vm: int, where: Where) -> Iterator[int]:
        """Yield where a VM at rest may go; a provision is on the target, a start may be anywhere."""
        problem = self.problem
        source, _, left = where
        first, last = problem.src[vm], problem.dst[vm]
        if left or (source == OFF and last == OFF):
            return
        guest = problem.vms[vm]
        if source == OFF:
            for host in (
                range(problem.num_hosts) if first != OFF and guest.movable and guest.detours else (last,)
            ):
                if problem.may_run(vm, host) and problem.may_go(vm, OFF, host):
                    yield host
            return
        if last == OFF or (first != OFF and problem.stop_cost[vm] is not None):
            yield OFF
        for host in range(problem.num_hosts):
            straight = host == last or guest.detours
            if host != source and guest.movable and straight and problem.may_go(vm, source, host):
                yield host

    def _cost(self, vm: int, source: int, host: int) -> int:
        problem = self.problem
        if OFF not in (source, host):
            return problem.cost[vm]
        stopped = host == OFF != problem.dst[vm]
        return (problem.stop_cost[vm] or 0) if stopped else 0

    def _is_legal(self, state: list[Where], come: list[tuple[int, int]]) -> bool:
        problem, clock = self.problem, self.clock
        held = [0] * len(clock.limits)
        for source, host, left in state:
            if left:
                for channel, amount in clock.uses(source, host):
                    held += [0] * (len(clock.limits) - len(held))
                    held[channel] += amount
        if any(amount > clock.limits[channel] for channel, amount in enumerate(held)):
            return False
        for vm, host in come:
            if host == OFF:
                continue
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
