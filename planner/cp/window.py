"""What a CP-SAT model re-plans: some VMs free, the stays of all others fixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from models.problem import Problem


class Stay(NamedTuple):
    """A VM on a host from ``start`` up to, not including, ``end``; in flight it counts on both hosts."""

    vm: int
    host: int
    start: int
    end: int


@dataclass(slots=True)
class Window:
    """A part of a plan that is open, in instants 0 .. ``horizon`` - 1.

    Parameters
    ----------
    problem
        The whole problem.
    free
        The VMs to re-plan, each from ``start[vm]`` to ``end[vm]``.
    horizon
        The number of instants.
    shelters
        ``shelters[vm]``: the hosts it may step aside to.
    fixed
        ``fixed[host]``: the stays of other VMs there.
    """

    problem: Problem
    free: list[int]
    start: list[int]
    end: list[int]
    horizon: int
    shelters: dict[int, list[int]]
    fixed: dict[int, list[Stay]] = field(default_factory=dict)

    @property
    def hosts(self) -> list[int]:
        """The hosts whose limits the model keeps: all that a free VM can be on, in order."""
        places = {host for vm in self.free for host in (self.start[vm], self.end[vm])}
        places.update(host for hosts in self.shelters.values() for host in hosts)
        return sorted(places)


def whole_window(problem: Problem, horizon: int) -> Window:
    """Open everything: every VM that may move is free, and may step aside to any host that can take it."""
    free: list[int] = []
    fixed: dict[int, list[Stay]] = {}
    for vm in range(problem.num_vms):
        if is_free(problem, vm):
            free.append(vm)
        else:
            stay = Stay(vm, problem.src[vm], 0, horizon)
            fixed.setdefault(problem.src[vm], []).append(stay)
    places = {vm: all_shelters(problem, vm) for vm in free}
    return Window(problem, free, problem.src, problem.dst, horizon, places, fixed)


def is_free(problem: Problem, vm: int) -> bool:
    """Tell whether a plan may touch the VM at all."""
    if problem.src[vm] != problem.dst[vm] or problem.stop_cost[vm] is not None:
        return True
    return problem.vms[vm].may_step_aside


def all_shelters(problem: Problem, vm: int) -> list[int]:
    """Give every host on which the VM could ever wait."""
    if not problem.vms[vm].may_step_aside:
        return []
    needs = problem.needs[vm]
    return [
        host
        for host in range(problem.num_hosts)
        if all(amount <= problem.usable[host][resource] for resource, amount in needs)
        and problem.may_run(vm, host)
    ]
