"""How low the highest share can be at best, whatever the placement. ALGORITHM.md, "Goals"."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from fractions import Fraction
from heapq import heapify, heapreplace
from typing import TYPE_CHECKING

from planner.goals.leaving import who_is_where
from planner.goals.shares import counted, pool_share, step_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.goals.choice import Choice

Steps = dict[tuple[int, int], list[Fraction]]
"""(host, resource) -> the shares that it falls to when its largest VMs leave one by one."""


def least_highest(choice: Choice, resources: Sequence[int], at_most: int | None) -> Fraction:
    """Bound the highest share of these resources: by the pool's, by the largest VM, by who must leave.

    Parameters
    ----------
    at_most
        The most migrations; None: any number.
    """
    by_pool = max((_by_steps(choice, resource) for resource in resources), default=Fraction(0))
    return max(by_pool, _by_largest(choice, resources), _by_leaving(choice, resources, at_most))


def _by_steps(choice: Choice, resource: int) -> Fraction:
    """Give the least share up to which all hosts that count can hold what they hold together now.

    Nobody comes to the hosts that do not count, so the others keep that. What VMs take has a greatest common
    divisor, and a load is a multiple of it: up to a share each host holds whole steps alone.
    """
    step = step_of(choice, resource)
    share = pool_share(choice, resource)
    if not step:
        return share
    sizes = [choice.problem.usable[host][resource] for host, _ in counted(choice, [resource])]
    missing = sum(size * share for size in sizes) - sum(size * share // step * step for size in sizes)
    higher = [(Fraction((size * share // step + 1) * step, size), size) for size in sizes]
    heapify(higher)
    while missing > 0:
        share, size = higher[0]
        heapreplace(higher, (share + Fraction(step, size), size))
        missing -= step
    return share


def _by_largest(choice: Choice, resources: Sequence[int]) -> Fraction:
    """Each VM that cannot stay out of the count takes its share of some host."""
    problem, best = choice.problem, Fraction(0)
    takes_part = [host.accepts for host in problem.hosts]
    for resource in resources:
        most = max((problem.usable[host][resource] for host, _ in counted(choice, [resource])), default=0)
        taken = (problem.demand[vm][resource] for vm, home in enumerate(choice.src) if takes_part[home])
        if most:
            best = max(best, Fraction(max(taken, default=0), most))
    return best


def _by_leaving(choice: Choice, resources: Sequence[int], at_most: int | None) -> Fraction:
    """With so many migrations so many VMs leave; below some share they cannot bring every host."""
    steps = _steps(choice, resources)
    every = sorted({share for shares in steps.values() for share in shares})
    enough = bisect_left(every, True, key=lambda share: _reaches(steps, share, at_most))
    return every[enough] if enough < len(every) else Fraction(0)


def _steps(choice: Choice, resources: Sequence[int]) -> Steps:
    on, steps = who_is_where(choice), Steps()
    movable = [choice.fare_away(vm) is not None for vm in range(choice.problem.num_vms)]
    for host, resource in counted(choice, resources):
        usable, load = choice.problem.usable[host][resource], choice.load[host][resource]
        sizes = sorted((choice.problem.demand[vm][resource] for vm in on[host] if movable[vm]), reverse=True)
        shares = [Fraction(load, usable)]
        for size in sizes:
            load -= size
            shares.append(Fraction(load, usable))
        steps[host, resource] = shares
    return steps


def _reaches(steps: Steps, share: Fraction, at_most: int | None) -> bool:
    """Tell whether ``at_most`` departures could bring every host to a share."""
    needed: dict[int, int] = defaultdict(int)
    for (host, _), shares in steps.items():
        if shares[-1] > share:
            return False
        count = bisect_left(shares, -share, key=lambda it: -it)
        needed[host] = max(needed[host], count)
    return at_most is None or sum(needed.values()) <= at_most
