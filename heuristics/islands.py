"""Shifts by several threads at once, each with the whole plan: who falls behind goes on from the best.

Compiled tries leave the interpreter alone, so threads do, and each has the whole: no cut is in the way.
ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.tracker import is_safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.compiled.shifts.compiled_shifts import CompiledShifts
    from heuristics.deadline import Deadline
    from models.problem import Move, Problem


def shifted_on_islands(
    problem: Problem,
    moves: list[Move],
    deadline: Deadline,
    count: int,
    seed: int = 0,
    least: int = 0,
    parameters: ShiftParameters = DEFAULT.shifts,
    tell: Callable[[list[Move]], object] = len,
) -> list[Move] | None:
    """Do what :func:`heuristics.shifts.shifted` does, with compiled shifts.

    Parameters
    ----------
    count
        Threads.

    Returns
    -------
    list of Move or None
        Another plan of the same cost where none is shorter; None where compiled shifts are not for this one.
    """
    from heuristics.compiled.shifts.compiled_shifts import CompiledShifts, facts_for

    facts = facts_for(problem, {vm for vm, _ in moves}, parameters)
    if facts is None:
        return None
    rng, best, cost = Random(seed), moves, problem.moves_cost(moves)
    searches: list[CompiledShifts] = []
    costs = [cost]
    until = deadline.within(0.0)

    def begun() -> CompiledShifts:
        return CompiledShifts(problem, best, rng.getrandbits(63), parameters, facts)

    with ThreadPoolExecutor(max(1, count - 1)) as threads:
        try:
            while cost > least and not deadline.over:
                searches += [begun() for _ in range(count - len(searches))]
                until = deadline.within(parameters.round_s + parameters.round_a_move_s * len(best))
                others = [threads.submit(_search, one, until, least) for one in searches[1:]]
                _search(searches[0], until, least)
                for one in others:
                    one.result()
                searches.sort(key=lambda one: one.cost)
                if searches[0].cost < cost:
                    shorter = searches[0].best()
                    if not is_safe(problem, shorter):
                        return best
                    cost, best = searches[0].cost, shorter
                    tell(best)
                costs.append(cost)
                if is_slow(costs, searches[0].wandering, parameters):
                    break
                if all(not one.wandering or _is_idle(one, parameters) for one in searches):
                    break
                searches = [one for one in searches if one.cost == cost]
        finally:
            until.stop()
    if not searches or cost <= least:
        return best
    other = searches[0].best()
    return other if is_safe(problem, other) else best


def _search(one: CompiledShifts, deadline: Deadline, least: int) -> None:
    """Let one search go on until the time is up or it is of no more use."""
    while not deadline.over and not _is_idle(one, one.parameters):
        if one.turns(one.parameters.tries, least) < one.parameters.tries:
            return


def _is_idle(one: CompiledShifts, parameters: ShiftParameters) -> bool:
    patience = parameters.patience + parameters.patience_a_vm * one.wandering
    return one.idle > parameters.patience_compiled * patience


def is_slow(costs: list[int], wandering: int, parameters: ShiftParameters) -> bool:
    """Tell whether many VMs wander, and hardly fewer than some rounds ago: others should have a try."""
    if wandering < parameters.many or len(costs) <= parameters.slow_rounds:
        return False
    return costs[-1 - parameters.slow_rounds] - costs[-1] < parameters.slow * wandering
