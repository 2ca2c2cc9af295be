"""Large pools: neighbourhoods around detours, re-planned by CP-SAT one after another."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from models.problem import OFF
from planner.bounds import least_cost
from planner.cp.interval_model import IntervalModel
from planner.cp.solve import Effort
from planner.neighbourhood import Timeline, hosts_around, merged, open_window

if TYPE_CHECKING:
    from planner.cp.chains import Timed
    from planner.incumbent import Incumbent

FIRST_SIZE = 10
"""Hosts in the first neighbourhood."""

SMALLEST = 5
PATIENCE_S = 1.5
"""Seconds for one neighbourhood."""


def shorten_by_neighbourhoods(incumbent: Incumbent, effort: Effort) -> None:
    """Remove detours until the plan meets the bound, or the time is up; the plan never gets worse."""
    problem = incumbent.problem
    rng = np.random.default_rng(effort.seed)
    size = float(FIRST_SIZE)
    timeline = None
    turn = 0
    while incumbent.moves is not None and not incumbent.done:
        if timeline is None or timeline.moves is not incumbent.moves:
            timeline = Timeline.of(problem, incumbent.moves)
        if not timeline.detours:
            return
        turn += 1
        core = hosts_around(timeline, int(size), rng)
        proven, quick = _replan(incumbent, timeline, core, rng, Effort(effort.workers, effort.seed + turn))
        if quick:
            size = min(size * 1.1, problem.num_hosts)
        elif not proven:
            size = max(SMALLEST, size * 0.9)


def _replan(
    incumbent: Incumbent, timeline: Timeline, core: list[int], rng: np.random.Generator, effort: Effort
) -> tuple[bool, bool]:
    """Re-plan one neighbourhood; tell whether it was solved, and whether quickly."""
    problem = incumbent.problem
    window, free = open_window(timeline, core, rng)
    now = timeline.timed(free)
    model = IntervalModel(window, _slots(problem.num_vms, now), problem.stop_cost, _least(incumbent, free))
    if not model.hint(now):
        return False, False
    before = problem.moves_cost(move for _, _, move in now)
    patience = incumbent.deadline.within(PATIENCE_S)
    outcome = model.solve(patience, effort)
    if outcome.moves is not None and outcome.answer.cost is not None and outcome.answer.cost < before:
        incumbent.offer(merged(timeline, free, outcome.moves))
    return outcome.answer.proven, outcome.answer.proven and patience.left_s > 0.4 * PATIENCE_S


def _slots(num_vms: int, moves: list[Timed]) -> list[int]:
    times = Counter(vm for _, _, (vm, host) in moves if host != OFF)
    return [max(1, times[vm] - 1) for vm in range(num_vms)]


def _least(incumbent: Incumbent, free: set[int]) -> int:
    problem = incumbent.problem
    return sum(least_cost(problem, vm) or 0 for vm in free if problem.src[vm] != problem.dst[vm])
