"""The room of a whole pool that nobody at rest takes: all that VMs in flight have to share.

ALGORITHM.md, "Bounds of the makespan".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Container

    from models.problem import Problem


def free_room(problem: Problem, resource: int, off: Container[int]) -> int:
    """Give the most of a resource that all VMs in flight can take beyond what they take at rest.

    Parameters
    ----------
    problem
        The pool with everyone in it.
    off
        VMs that may be stopped on the way: they take nothing then. Who is shut down or provisioned need not
        be among them.
    """
    load = [0] * problem.num_hosts
    at_rest = 0
    for vm in range(problem.num_vms):
        demand, source = problem.demand[vm][resource], problem.src[vm]
        if source != OFF:
            load[source] += demand
        if OFF not in (source, problem.dst[vm]) and vm not in off:
            at_rest += demand
    most = (max(row[resource], here) for row, here in zip(problem.usable, load, strict=True))
    return sum(most) - at_rest
