"""How long one host takes at least, all others aside. ALGORITHM.md, "Bounds of the makespan"."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from models.moves import OFF
from planner.scheduling.bounds import Bound, least_seconds
from planner.scheduling.least import Least
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.relaxed import Relaxed

if TYPE_CHECKING:
    from heuristics import Deadline
    from models.clock import Clock
    from models.problem import Problem
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.parameters import MakespanBound


def raised_by_hosts(
    problem: Problem,
    clock: Clock,
    freedom: Freedom,
    bound: Bound,
    makespan: int,
    deadline: Deadline,
    effort: Effort,
    parameters: MakespanBound = DEFAULT.bound,
) -> Bound:
    """Look into one host after another for a better bound, those with the most to do first.

    Parameters
    ----------
    makespan
        Of a schedule that is known.
    """
    least, one = Least(clock, parameters.most_modes), replace(effort, workers=1)
    for most, host in _hosts(problem, clock, freedom, least, parameters.most_vms):
        if most <= bound.seconds or bound.seconds >= makespan or deadline.over:
            break
        model = Relaxed(problem, clock, freedom, least, [host], bound.seconds, makespan)
        found = model.solve(deadline.within(parameters.host_s), one)
        if found is not None and found > bound.seconds:
            bound = Bound(found, f"the room on {problem.hosts[host].name}")
    return bound


def _hosts(
    problem: Problem, clock: Clock, freedom: Freedom, least: Least, most_vms: int
) -> list[tuple[int, int]]:
    """Give (seconds in which all comes and goes one by one, host) for hosts where room may be short."""
    seconds: dict[int, int] = defaultdict(int)
    visits: dict[int, int] = defaultdict(int)
    for vm in problem.displaced:
        source, target = problem.src[vm], problem.dst[vm]
        if OFF in (source, target):
            takes = clock.seconds(vm, source, target)
        elif not freedom.off[vm]:
            takes = least_seconds(problem, clock, freedom, least, vm)
        else:
            continue
        for host in {source, target} - {OFF}:
            seconds[host] += takes
            visits[host] += 1
    full = _where_not_all_fits(problem)
    few = [(total, host) for host, total in seconds.items() if host in full and visits[host] <= most_vms]
    return sorted(few, key=lambda item: (-item[0], item[1]))


def _where_not_all_fits(problem: Problem) -> set[int]:
    """Give the hosts that cannot hold at once all that they have and all that they get."""
    need = [[0] * len(problem.resources) for _ in problem.hosts]
    for vm in range(problem.num_vms):
        for host in {problem.src[vm], problem.dst[vm]} - {OFF}:
            for resource, amount in problem.needs[vm]:
                need[host][resource] += amount
    return {
        host
        for host, row in enumerate(need)
        if any(amount > usable for amount, usable in zip(row, problem.usable[host], strict=True))
    }
