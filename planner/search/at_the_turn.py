"""A plan by way of the turn of a VM that needs nearly all free room. ALGORITHM.md, "At the turn".

Who needs as much as that goes home directly only when all others have made room, on both of its hosts.
That placement is looked for first; then there are two easier pools: to it, and on from it.
"""

from __future__ import annotations

import logging
from concurrent.futures import TimeoutError as LateError
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING

import numpy as np

from heuristics.deadline import Deadline
from heuristics.spare import Spare
from heuristics.squeaky import is_reversible
from planner.search.exact import is_small
from planner.search.halves import Half, half_through, offer_both, side_by_side
from planner.search.incumbent import Incumbent
from planner.search.proofs import is_tiny
from planner.search.stage import Search, Stage
from planner.search.stages import FIND, IMPROVE_AND_BOUND, SHORTEN
from planner.search.turn_placement import PlacementFound, TurnPlacement

if TYPE_CHECKING:
    from concurrent.futures import Future

    from models.problem import Move, Problem
    from planner.cp.solve import Effort
    from planner.search.parameters import AtTheTurn, StageParameters

log = logging.getLogger(__name__)

NAME = "at the turn"
"""What the plans are said to be from."""

SEEDS_A_TRY = 1_000
"""Between those of two tries; in one try each process begins with its own."""


def needs_turn(search: Search) -> bool:
    """Tell whether a VM needs much of all free room, and there is no plan, or one far from the bound."""
    problem, incumbent, turn = search.problem, search.incumbent, search.parameters.turn
    if incumbent.is_within(turn.far) or is_tiny(search) or is_small(search):
        return False
    if not search.effort.by_clock or incumbent.deadline.left_s < turn.enough_s:
        return False
    if len(problem.displaced) > turn.most_displaced:
        return False
    return bool(large_ones(problem, turn.large)) and is_reversible(problem)


def large_ones(problem: Problem, part: float) -> list[int]:
    """Give the VMs to move that need more than a part of all free room of some resource, largest first."""
    free = np.array(Spare(problem, problem.src).free, dtype=float).reshape(problem.num_hosts, -1)
    in_all = np.maximum(np.maximum(free, 0).sum(axis=0), 1)
    part_of = (np.array(problem.demand, dtype=float).reshape(problem.num_vms, -1) / in_all).max(
        axis=1, initial=0
    )
    large = [vm for vm in problem.displaced if part_of[vm] > part]
    may_go = [vm for vm in large if problem.may_go(vm, problem.src[vm], problem.dst[vm])]
    return sorted(may_go, key=lambda vm: -part_of[vm])


def plan_at_the_turn(search: Search, deadline: Deadline) -> None:
    """Try one placement after another, until by way of one both halves have a plan."""
    problem, turn = search.problem, search.parameters.turn
    large = large_ones(problem, turn.large)
    tries = 0
    while not deadline.over:
        vm = large[tries % len(large)]
        before = _placement(search, deadline, vm, tries)
        if before is not None and _plan_by_way_of(search, deadline.share(turn.halves), vm, before):
            return
        tries += 1


def _plan_by_way_of(search: Search, deadline: Deadline, vm: int, before: list[int]) -> bool:
    """Plan to the placement, let the VM go, and plan on from there; tell whether there is a plan of both."""
    target = search.problem.dst[vm]
    after = before.copy()
    after[vm] = target
    effort = replace(search.effort, workers=max(1, search.effort.workers // 2))
    halves = Half(before, is_first=True), Half(after, is_first=False)
    plans = ((half, effort, search.parameters) for half in halves)
    first, last = side_by_side(search, deadline, planned_half, *plans)
    log.info("at the turn of %d: %s", vm, [None if moves is None else len(moves) for moves in (first, last)])
    return offer_both(search, None if first is None else [*first, (vm, target)], last, NAME)


def _placement(search: Search, deadline: Deadline, vm: int, tries: int) -> list[int] | None:
    """Look for one in every process; give the one with the fewest elsewhere."""
    seed, turn = search.effort.seed + SEEDS_A_TRY * tries, search.parameters.turn
    soon = deadline.share(turn.placement)
    begun = [
        other.ask(turned_until, time() + soon.left_s, vm, seed + number + 1, turn)
        for number, other in enumerate(search.others.hired())
    ]
    here = TurnPlacement(search.problem, vm, seed, turn)
    here.run(soon)
    late = Deadline(soon.left_s + search.parameters.halves.late_s)
    found = [here.found, *(_answered(answer, late) for answer in begun)]
    known = [one for one in found if one is not None]
    if known:
        return min(known, key=lambda one: one.charged).at
    longer = deadline.share(turn.longer)
    while here.lacks and not longer.over:
        here.improve(longer)
    return None if here.found is None else here.found.at


def _answered(answer: Future[PlacementFound | None], late: Deadline) -> PlacementFound | None:
    try:
        return answer.result(late.left_s)
    except LateError:
        log.info("a placement at the turn was late")
        return None


def turned_until(
    problem: Problem, until: float, vm: int, seed: int, parameters: AtTheTurn
) -> PlacementFound | None:
    """Look for a placement in another process, until then, as ``time.time()`` tells it."""
    there = TurnPlacement(problem, vm, seed, parameters)
    there.run(Deadline(until - time()))
    return there.found


def planned_half(
    problem: Problem, deadline: Deadline, half: Half, effort: Effort, parameters: StageParameters
) -> list[Move] | None:
    """Plan a half, by the stages of any pool and this one: another large VM may be in it."""
    stages = (*FIND, TURN, *IMPROVE_AND_BOUND, *SHORTEN)
    return half_through(stages, Search(Incumbent(half.of(problem), deadline), effort, parameters))


TURN = Stage("heuristic", "At the turn", needs_turn, lambda it: it.parameters.turn.share, plan_at_the_turn)
"""Both halves go through the other stages, and through this one."""
