"""The least extra room on one host that gives an impossible pool a plan.

Less than what passes the relaxed reachability is proven useless, which is cheap to find out for all hosts;
from there on it is planned, on the hosts first that may do with least. More room never hurts, so the least
of a host is found by bisection; and a plan that is found says itself how much of the room it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.actions import Migration, Start, Stop
from models.amounts import LARGEST
from planner.explaining.changes import roomier, with_room
from planner.result import Status
from planner.search.kernel import kernel
from planner.search.reachability import blocked

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.plan import Plan
    from models.pool import Pool
    from models.problem import Problem
    from planner.explaining.tries import Tries
    from planner.result import Result
    from planner.search.what_if import WhatIf


@dataclass(frozen=True, slots=True)
class Extra:
    """So much more capacity on a host gives a plan.

    Parameters
    ----------
    amount, host
        How much, and where.
    proven
        With one less on this host there is none.
    bound
        No host can do with less: proven.
    result
        The plan that was found with it.
    """

    amount: int
    host: int
    proven: bool
    bound: int
    result: Result


class RoomSearch:
    """The search, each host to be better than the best before.

    Parameters
    ----------
    problem
        A problem without a plan.
    what_if
        Questions to its relaxation.
    proven
        That it has none is proven.

    Attributes
    ----------
    order
        All hosts, those first that are most likely the reason.
    all_tried
        No host was left out, for want of time, that might do with less.
    all_asked
        Of every host it was asked how much is proven useless.
    """

    def __init__(self, problem: Problem, what_if: WhatIf, tries: Tries, *, proven: bool) -> None:
        self.problem, self.what_if, self.tries, self.proven = problem, what_if, tries, proven
        self.all_tried = self.all_asked = True
        self.order = suspects(problem)

    def useful(self, resource: int, deadline: Deadline) -> list[tuple[int, int]]:
        """Give (least extra capacity that is not proven useless, host), the best first."""
        found = []
        for host in self.order:
            if deadline.over:
                self.all_asked = self.all_tried = False
                break
            least = self.what_if.least_room(host, resource)
            amount = None if least is None else capacity_for(self.problem, host, resource, least)
            if amount is not None:
                found.append((max(1, amount), host))
        return sorted(found, key=lambda one: one[0])  # stable: of equals the first suspect

    def least(self, resource: int, useful: list[tuple[int, int]], deadline: Deadline) -> Extra | None:
        """Give the least extra capacity of a resource on any one host that there was time for.

        Parameters
        ----------
        useful
            The hosts to be tried, as :meth:`useful` gives them.
        """
        best: _OneHost | None = None
        at_least: dict[int, int] = {}
        for low, host in useful:
            one = _OneHost(self, host, resource, low, deadline)
            if not deadline.over and (best is None or low < best.amount):
                best = one if one.is_less_than(None if best is None else best.amount) else best
            at_least[host] = one.low
        if best is None:
            self.all_tried &= not deadline.over
            return None
        best.refine()
        bound = min(best.amount, *at_least.values()) if self.all_asked else 1
        self.all_tried &= bound == best.amount or not deadline.over
        return best.extra(bound)


class _OneHost:
    """The least on one host.

    Attributes
    ----------
    low
        Less than so much is proven useless.
    """

    def __init__(self, search: RoomSearch, host: int, resource: int, low: int, deadline: Deadline) -> None:
        self.search, self.host, self.resource = search, host, resource
        self.low, self.deadline = low, deadline
        self._missed = low - 1
        self._most = most_more(search.problem, host, resource)
        self._best: tuple[int, Result] | None = None

    @property
    def amount(self) -> int:
        """The least with which a plan was found."""
        assert self._best is not None
        return self._best[0]

    def is_less_than(self, other: int | None) -> bool:
        """Tell whether it does with less than so much (None: with any amount), and look for how little."""
        if other is not None and not self._try(other - 1):
            return False
        if self._try(self.low):
            return True
        if self._best is None and not self._try(self._plenty()):
            return False
        self._bisect(self.search.tries.how.coarse)
        return True

    def refine(self) -> None:
        """Look for the very least."""
        self._bisect(0)

    def _bisect(self, precision: float) -> None:
        while self.amount - self._missed > max(1, precision * self.amount) and not self.deadline.over:
            self._try((self.amount + self._missed) // 2)

    def extra(self, bound: int) -> Extra:
        """Give what was found, given what no host can do with less than."""
        assert self._best is not None
        amount, result = self._best
        proven = amount == self.low and (amount > 1 or self.search.proven)
        return Extra(amount, self.host, proven, bound, result)

    def _try(self, amount: int) -> bool:
        """Tell whether a plan was found with so much, and keep what was learnt."""
        if amount < self.low or amount <= self._missed or amount > self._most:
            return False
        if self._best is not None and amount >= self.amount:
            return True
        result = self.search.tries.attempt(self._pool(amount), self.deadline)
        if result.plan is not None:
            self._best = self._needed(result.plan), result
            return True
        self._missed = max(self._missed, amount)
        if result.status is Status.INFEASIBLE:
            self.low = max(self.low, amount + 1)
        return False

    def _pool(self, amount: int) -> Pool:
        problem = self.search.problem
        names = problem.hosts[self.host].name, problem.resources[self.resource]
        return with_room(problem.pool, *names, amount)

    def _needed(self, plan: Plan) -> int:
        return max(self.low, needed(self.search.problem, plan, self.host, self.resource))

    def _plenty(self) -> int:
        return max(self.low, plenty(self.search.problem, self.host, self.resource))


def needed(problem: Problem, plan: Plan, host: int, resource: int) -> int:
    """Give the extra capacity of a host that a plan needs: often less than it was given."""
    usable = problem.hosts[host].usable(problem.resources[resource])
    extra = most_used(problem, plan, host, resource) - usable
    return capacity_for(problem, host, resource, max(0, extra)) or 0


def plenty(problem: Problem, host: int, resource: int) -> int:
    """Give extra capacity with which the host is never short: room for every VM of the pool."""
    there, name = problem.hosts[host], problem.resources[resource]
    wanted = sum(row[resource] for row in problem.demand)
    amount = capacity_for(problem, host, resource, max(0, wanted - there.usable(name)))
    return most_more(problem, host, resource) if amount is None else amount


def most_more(problem: Problem, host: int, resource: int) -> int:
    """Give the most extra capacity that a pool can say of a host."""
    return LARGEST - problem.hosts[host].capacity.get(problem.resources[resource], 0)


def capacity_for(problem: Problem, host: int, resource: int, usable: int) -> int | None:
    """Give the least extra capacity with which so much more is usable; None where there is no such."""
    there, name = problem.hosts[host], problem.resources[resource]
    wanted = there.usable(name) + usable
    low, high = 0, most_more(problem, host, resource)
    if roomier(there, name, high).usable(name) < wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        if roomier(there, name, middle).usable(name) >= wanted:
            high = middle
        else:
            low = middle + 1
    return high


def most_used(problem: Problem, plan: Plan, host: int, resource: int) -> int:
    """Give the most that is in use of a resource on a host when one that takes some arrives; 0: none does.

    Who takes nothing of it is let in however much of it is in use.
    """
    number = {vm.name: row for row, vm in enumerate(problem.vms)}
    name, most = problem.hosts[host].name, 0
    used = sum(problem.demand[vm][resource] for vm, at in enumerate(problem.src) if at == host)
    for action in plan.actions:
        source: str | None = None
        destination: str | None = None
        if isinstance(action, Migration):
            source, destination = action.source, action.destination
        elif isinstance(action, Stop):
            source = action.host
        elif isinstance(action, Start):
            destination = action.host
        else:
            continue
        amount = problem.demand[number[action.vm]][resource]
        if destination == name and amount:
            used += amount
            most = max(most, used)
        elif source == name:
            used -= amount
    return most


def suspects(problem: Problem) -> list[int]:
    """Give all hosts, first those of the proof, then those that can deadlock, then where VMs come."""
    found = blocked(problem)
    order: dict[int, None] = dict.fromkeys(found.fixed if found is not None else ())
    for component in kernel(problem).components:
        order.update(dict.fromkeys(component.hosts))
    order.update(dict.fromkeys(problem.dst[vm] for vm in problem.displaced))
    order.update(dict.fromkeys(range(problem.num_hosts)))
    return list(order)
