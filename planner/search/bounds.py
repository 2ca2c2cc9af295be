"""Bounds that need no solver: what each VM costs at least. ALGORITHM.md, "Mandatory moves"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.problem import Problem


def mandatory(problem: Problem) -> int | None:
    """Give what all displaced VMs cost at least, each on its own; None where one can never get home."""
    total = 0
    for vm in problem.displaced:
        least = least_cost(problem, vm)
        if least is None:
            return None
        total += least
    return total


def never_home(problem: Problem) -> int | None:
    """Give the first displaced VM that gets home neither live nor by a stop; None: all can."""
    return next((vm for vm in problem.displaced if least_cost(problem, vm) is None), None)


def least_cost(problem: Problem, vm: int) -> int | None:
    """Give what a displaced VM costs at least: its fewest migrations, or a stop; None where neither goes."""
    hops = fewest_migrations(problem, vm)
    stop = problem.stop_cost[vm]
    live = None if hops is None else hops * problem.cost[vm]
    return min((cost for cost in (live, stop) if cost is not None), default=None)


def fewest_migrations(problem: Problem, vm: int) -> int | None:
    """Give the fewest migrations that the filters allow a displaced VM, room aside: 1 nearly always.

    A rule on single migrations (one-way versions) can forbid the direct way and allow a detour.
    """
    source, target = problem.src[vm], problem.dst[vm]
    if problem.may_go(vm, source, target):
        return 1
    if not problem.vms[vm].may_step_aside:
        return None
    # Hosts of one class are alike to every filter: one of each will do, beside the two ends.
    others = set(problem.filters.one_of_each(vm, source, target))
    border, hops = [source], 1
    while border:
        border = [host for host in others if any(problem.may_go(vm, here, host) for here in border)]
        hops += 1
        if any(problem.may_go(vm, here, target) for here in border):
            return hops
        others.difference_update(border)
    return None


def forced_detours(problem: Problem, vm: int) -> int:
    """Give the hosts between source and target that the filters force a VM over: 0 nearly always."""
    return 0 if problem.src[vm] == problem.dst[vm] else (fewest_migrations(problem, vm) or 1) - 1


def limbo_cost(problem: Problem, vm: int) -> int | None:
    """Give what it costs a VM to be out of the way: at least one migration more, or a stop; None: never.

    For a stopped VM this is exact; for one that steps aside it is a bound, since it must stay somewhere.
    """
    aside = None
    if problem.vms[vm].may_step_aside:
        # A displaced VM may need more than one host on its way, or have no live way at all.
        settled = problem.src[vm] == problem.dst[vm]
        hops = 2 if settled else fewest_migrations(problem, vm)
        aside = None if hops is None else max(2, hops) * problem.cost[vm]
    stop = problem.stop_cost[vm]
    return min((cost for cost in (aside, stop) if cost is not None), default=None)
