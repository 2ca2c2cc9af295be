"""Who may go another way in the plans asked for: what a bound of the makespan has to allow for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.moves import OFF

if TYPE_CHECKING:
    from heuristics.tasks import Work
    from models.problem import Problem


@dataclass(frozen=True, slots=True)
class Freedom:
    """What each VM may do, in any of the plans asked for.

    Parameters
    ----------
    aside
        ``aside[vm]``: it may make more migrations than the one from source to target, or any at all where it
        is settled.
    off
        ``off[vm]``: it may be stopped.
    wanders
        ``wanders[vm]``: it is shut down or provisioned, and may migrate before that, or after. For the cost
        nobody need, for the time it may free room sooner.
    """

    aside: tuple[bool, ...]
    off: tuple[bool, ...]
    wanders: tuple[bool, ...]

    @property
    def is_none(self) -> bool:
        """Tell whether every VM goes directly, if at all."""
        return not any(self.aside) and not any(self.off) and not any(self.wanders)

    def without_stops(self) -> Freedom:
        """Give what they may do in those of the plans that stop nobody."""
        return Freedom(self.aside, (False,) * len(self.off), self.wanders)


def any_way(problem: Problem) -> Freedom:
    """Allow whatever the pool does: the plans of ``--objective time``."""
    return _freedom(problem, None)


def at_no_more_than(work: Work) -> Freedom:
    """Allow what a plan may do that costs no more than these tasks do."""
    problem = work.problem
    return _freedom(problem, cost_of(work) - sum(_least(problem, vm) for vm in problem.displaced))


def _freedom(problem: Problem, spare: int | None) -> Freedom:
    """Allow each VM what costs no more than ``spare`` beyond its least; None: whatever the pool allows."""

    def aside(vm: int) -> bool:
        if OFF in (problem.src[vm], problem.dst[vm]):
            return False
        if not problem.vms[vm].may_step_aside:
            return False
        settled = problem.src[vm] == problem.dst[vm]
        return spare is None or problem.cost[vm] * (2 if settled else 1) <= spare

    def wanders(vm: int) -> bool:
        if OFF not in (problem.src[vm], problem.dst[vm]) or not problem.vms[vm].may_step_aside:
            return False
        return spare is None or problem.cost[vm] <= spare

    def off(vm: int) -> bool:
        stop = problem.stop_cost[vm]
        settled = problem.src[vm] == problem.dst[vm]
        return stop is not None and (spare is None or stop - (0 if settled else _least(problem, vm)) <= spare)

    everyone = range(problem.num_vms)
    return Freedom(
        tuple(aside(vm) for vm in everyone),
        tuple(off(vm) for vm in everyone),
        tuple(wanders(vm) for vm in everyone),
    )


def _least(problem: Problem, vm: int) -> int:
    """Give what a displaced VM costs in every plan."""
    if OFF in (problem.src[vm], problem.dst[vm]):
        return 0
    stop = problem.stop_cost[vm]
    return problem.cost[vm] if stop is None else min(problem.cost[vm], stop)


def stopped_in(work: Work) -> set[int]:
    """Give who is stopped on the way, and started again."""
    return {task.vm for task in work.tasks if OFF == task.dst != work.problem.dst[task.vm]}


def cost_of(work: Work) -> int:
    """Give what the migrations and stops of some tasks cost.

    Who shall be shut down may have been stopped before, and started again.
    """
    problem, total = work.problem, 0
    factor = problem.pool.current.offline_cost_factor
    last_of = {task.vm: place for place, task in enumerate(work.tasks)}
    for place, task in enumerate(work.tasks):
        if task.src != OFF and task.dst != OFF:
            total += problem.cost[task.vm]
        elif task.dst == OFF and (problem.dst[task.vm] != OFF or place < last_of[task.vm]):
            total += problem.cost[task.vm] * factor
    return total
