"""The least extra room on one host that gives an impossible pool a plan.

Less than what passes the relaxed reachability is proven useless, which is cheap to find out; from there
on it is planned. More room never hurts, so the least is found by bisection.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from models.amounts import LARGEST
from planner.explaining.changes import relaxed_room, with_room
from planner.result import Status
from planner.search.kernel import kernel
from planner.search.reachability import blocked

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.explaining.tries import Tries


class Extra(NamedTuple):
    """So much more capacity on a host gives a plan; ``proven``: with one less there is none."""

    amount: int
    host: int
    proven: bool


class RoomSearch:
    """The search, host by host, each to be better than the best before.

    Parameters
    ----------
    problem
        A problem without a plan.
    proven
        That it has none is proven.
    """

    def __init__(self, problem: Problem, tries: Tries, *, proven: bool) -> None:
        self.problem, self.tries, self.proven = problem, tries, proven
        self.all_tried = True
        self._hosts = suspects(problem)

    def least(self, resource: int, deadline: Deadline) -> Extra | None:
        """Give the least extra capacity of a resource on any one host that there was time for."""
        best: Extra | None = None
        for host in self._hosts:
            if deadline.over:
                self.all_tried = False
                break
            high = self._plenty(host, resource) if best is None else best.amount - 1
            best = self._least_on(host, resource, high, deadline) or best
        return best

    def _least_on(self, host: int, resource: int, high: int, deadline: Deadline) -> Extra | None:
        """Give the least on one host, up to ``high``."""
        if high < 1 or not self._passes(host, resource, high):
            return None
        low = self._least_passing(host, resource, high)
        status = self._status(host, resource, low, deadline)
        if _found(status):
            return Extra(low, host, low > 1 or self.proven)
        if low == high or not _found(self._status(host, resource, high, deadline)):
            return None
        while high - low > 1 and not deadline.over:
            middle = (low + high) // 2
            at_middle = self._status(host, resource, middle, deadline)
            if _found(at_middle):
                high = middle
            else:
                low, status = middle, at_middle
        return Extra(high, host, status is Status.INFEASIBLE and high - low == 1)

    def _passes(self, host: int, resource: int, amount: int) -> bool:
        return blocked(relaxed_room(self.problem, host, resource, amount)) is None

    def _least_passing(self, host: int, resource: int, high: int) -> int:
        """Bisect for the least that is not proven useless, ``high`` being so."""
        low = 0
        while high - low > 1:
            middle = (low + high) // 2
            if self._passes(host, resource, middle):
                high = middle
            else:
                low = middle
        return high

    def _status(self, host: int, resource: int, amount: int, deadline: Deadline) -> Status:
        problem = self.problem
        names = problem.hosts[host].name, problem.resources[resource]
        return self.tries.status(with_room(problem.pool, *names, amount), deadline)

    def _plenty(self, host: int, resource: int) -> int:
        """Give extra capacity with which a host is never short: room for every VM of the pool."""
        there, name = self.problem.hosts[host], self.problem.resources[resource]
        ratio = there.overcommit.get(name, 1.0)
        capacity = there.capacity.get(name, 0)
        if ratio <= 0:
            return 0
        all_vms = sum(row[resource] for row in self.problem.demand)
        debt = max(0, there.reserved.get(name, 0) - capacity)
        return min(ceil(all_vms / ratio) + 1 + debt, LARGEST - capacity)


def _found(status: Status) -> bool:
    return status in (Status.FEASIBLE, Status.OPTIMAL)


def suspects(problem: Problem) -> list[int]:
    """Give all hosts, first those of the proof, then those that can deadlock, then where VMs come."""
    found = blocked(problem)
    order: dict[int, None] = dict.fromkeys(found.fixed if found is not None else ())
    for component in kernel(problem).components:
        order.update(dict.fromkeys(component.hosts))
    order.update(dict.fromkeys(problem.dst[vm] for vm in problem.displaced))
    order.update(dict.fromkeys(range(problem.num_hosts)))
    return list(order)
