"""What is taken and left by VMs that go straight home, whichever of them are asked about.

A VM is *straight* in a plan if it makes one migration, from its source to its target, or none if it is
settled. ALGORITHM.md, "Conflicts".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.search.bounds import least_cost, limbo_cost
from planner.search.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.problem import Problem
    from planner.search.parameters import ConflictSearch

Counter = tuple[int, int]
"""(host, what is counted there): a resource, or beyond their number a group."""


class StraightWays:
    """What there is to know of a problem, whichever VMs are asked about.

    Parameters
    ----------
    problem
        What is planned.
    parameters
        How far one question may go.
    compiled
        Compiled code is at hand, and may be loaded for questions that take long.

    Attributes
    ----------
    excess
        ``excess[vm]``: what it pays beyond its least, at least, where it is not straight; None: it always
        is straight, since it may neither step aside nor be stopped.
    has_loaded
        Compiled code has been of use, so that it costs nothing to ask it first.
    """

    def __init__(
        self, problem: Problem, parameters: ConflictSearch = DEFAULT.conflicts, *, compiled: bool = False
    ) -> None:
        self.problem, self.parameters, self.compiled = problem, parameters, compiled
        self.has_loaded = False
        self.excess = [_excess(problem, vm) for vm in range(problem.num_vms)]
        self._resources = len(problem.resources)
        self._takes = [
            (*problem.needs[vm], *((self._resources + group, 1) for group in problem.groups_of[vm]))
            for vm in range(problem.num_vms)
        ]
        self._takes_on: dict[tuple[int, int], list[tuple[Counter, int]]] = {}
        self._fixed: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            if self.excess[vm] is None and problem.dst[vm] == host:
                self._fixed[host].append(vm)

    def takes(self, vm: int, host: int) -> list[tuple[Counter, int]]:
        """Give what the VM takes on a host: (counter, amount) pairs."""
        takes = self._takes_on.get((vm, host))
        if takes is None:
            takes = self._takes_on[vm, host] = [((host, what), amount) for what, amount in self._takes[vm]]
        return takes

    def limit(self, counter: Counter) -> int:
        """Give how much may be counted there."""
        host, what = counter
        if what < self._resources:
            return self.problem.usable[host][what]
        return self.problem.limit(what - self._resources, host)

    def fixed_on(self, host: int) -> list[int]:
        """Give the settled VMs there that no plan may move."""
        return self._fixed.get(host, [])

    def moves(self, vm: int) -> bool:
        """Tell whether the VM is displaced."""
        return self.problem.src[vm] != self.problem.dst[vm]

    def relevant(self, vms: Iterable[int]) -> list[int]:
        """Leave out the settled VMs on hosts to which none of these come: they are in nobody's way."""
        vms = list(vms)
        ends = {self.problem.dst[vm] for vm in vms if self.moves(vm)}
        return [vm for vm in vms if self.moves(vm) or self.problem.src[vm] in ends]


def _excess(problem: Problem, vm: int) -> int | None:
    cost = limbo_cost(problem, vm)
    if cost is None or problem.src[vm] == problem.dst[vm]:
        return cost
    return cost - (least_cost(problem, vm) or 0)
