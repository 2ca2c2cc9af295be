"""Extra room of several resources on one host, where more of one alone is of no use.

A host is given plenty of everything first; the plan that this leads to says how much of it was needed, and
less is tried from there on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.sizes import exact, title
from planner.explaining.changes import with_room
from planner.explaining.explanation import RoomTogether
from planner.explaining.more_room import needed, plenty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heuristics.deadline import Deadline
    from models.pool import Pool
    from models.problem import Problem
    from planner.explaining.tries import Tries
    from planner.result import Result

Amounts = dict[int, int]
"""Resource -> extra capacity."""


class Together:
    """The search for it.

    Parameters
    ----------
    problem
        A problem without a plan.
    resources
        Those that hosts have by their capacity.
    """

    def __init__(self, problem: Problem, resources: Sequence[int], tries: Tries) -> None:
        self.problem, self.resources, self.tries = problem, resources, tries

    def least(self, hosts: Sequence[int], deadline: Deadline) -> tuple[int, Amounts, Result] | None:
        """Give (host, amounts, the plan with them), the least of the first few hosts on which some do."""
        best: tuple[int, Amounts, Result] | None = None
        found = 0
        for host in hosts:
            if deadline.over or found == self.tries.how.most_together:
                break
            one = self._on(host, best[1] if best is not None else None, deadline)
            if one is not None:
                found += 1
                best = (host, *one)
        return best

    def _on(self, host: int, below: Amounts | None, deadline: Deadline) -> tuple[Amounts, Result] | None:
        """Give what does on one host, if it is less than what is known to do on another."""
        found = self._try(host, {each: plenty(self.problem, host, each) for each in self.resources}, deadline)
        if found is None:
            return None
        for _ in range(self.tries.how.halvings):
            half = {each: -(-amount // 2) for each, amount in found[0].items()}
            less = None if half == found[0] else self._try(host, half, deadline)
            if less is None:
                break
            found = less
        return found if below is None or self._size(found[0]) < self._size(below) else None

    def _try(self, host: int, amounts: Amounts, deadline: Deadline) -> tuple[Amounts, Result] | None:
        result = self.tries.attempt(self.pool(host, amounts), deadline)
        if result.plan is None:
            return None
        plan = result.plan
        uses = {each: needed(self.problem, plan, host, each) for each in amounts}
        return {each: amount for each, amount in uses.items() if amount}, result

    def pool(self, host: int, amounts: Mapping[int, int]) -> Pool:
        """Give the pool with so much more capacity on a host."""
        pool, problem = self.problem.pool, self.problem
        for resource, amount in amounts.items():
            pool = with_room(pool, problem.hosts[host].name, problem.resources[resource], amount)
        return pool

    def _size(self, amounts: Amounts) -> float:
        """Add amounts up, each as a part of what the pool has of it."""
        usable = self.problem.usable
        return sum(amount / max(1, sum(row[each] for row in usable)) for each, amount in amounts.items())

    def told(self, host: int, amounts: Amounts, cost: int, plan: str) -> RoomTogether:
        """Say it."""
        names = {self.problem.resources[each]: amount for each, amount in amounts.items()}
        each = [f"{exact(amount, name)} more {title(name)}" for name, amount in names.items()]
        more = " and ".join((", ".join(each[:-1]), each[-1])) if len(each) > 1 else each[0]
        there = self.problem.hosts[host].name
        text = f"{more} on {there} together: then {plan}; of one alone no amount was found that does"
        return RoomTogether(there, names, cost, text)
