"""Large pools: neighbourhoods around detours, re-planned by CP-SAT one after another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.problem import OFF
from planner.bounds import least_cost
from planner.cp.interval_model import IntervalModel
from planner.cp.solve import Effort
from planner.neighbourhood import Timeline, hosts_around, merged, open_all, open_window
from planner.shelters import Shelters

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from planner.cp.chains import Timed
    from planner.cp.window import Window
    from planner.incumbent import Incumbent

FIRST_SIZE = 10
"""Hosts in the first neighbourhood."""

SMALLEST = 5

PATIENCE_S = 1.5
"""Seconds for one neighbourhood."""

MOST_AT_ONCE = 320
"""Displaced VMs up to which all of them together are a neighbourhood too, each offered few shelters."""

FEW = 4
"""Shelters offered to each VM when all are open."""

IDLE = 12
"""Neighbourhoods without success after which all VMs are opened once more."""


def shorten_by_neighbourhoods(incumbent: Incumbent, effort: Effort) -> None:
    """Remove detours until the plan meets the bound, or the time is up; the plan never gets worse."""
    search = _Search(incumbent, effort)
    small = len(incumbent.problem.displaced) <= MOST_AT_ONCE
    if small:
        search.replan_all(0.4 * incumbent.deadline.left_s)
    while not incumbent.done and search.timeline().detours:
        search.replan_some()
        if small and search.idle > IDLE:
            search.few += FEW
            search.replan_all(0.3 * incumbent.deadline.left_s)


@dataclass
class _Search:
    """The state of the search from one neighbourhood to the next."""

    incumbent: Incumbent
    effort: Effort
    size: float = FIRST_SIZE
    few: int = FEW
    idle: int = 0
    turn: int = 0
    _timeline: Timeline | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.effort.seed)
        self.shelters = Shelters(self.incumbent.problem)

    def timeline(self) -> Timeline:
        """Give the best plan laid out in time."""
        moves = self.incumbent.moves
        assert moves is not None
        if self._timeline is None or self._timeline.moves is not moves:
            self._timeline = Timeline.of(self.incumbent.problem, moves)
        return self._timeline

    def replan_some(self) -> None:
        """Re-plan around one detour; grow while that is quick, shrink when it is not done in time."""
        core = hosts_around(self.timeline(), int(self.size), self.rng)
        window, free = open_window(self.timeline(), core, self.shelters, self.rng)
        share = self.incumbent.deadline.within(PATIENCE_S)
        proven = self._replan(window, free, share)
        if proven and share.left_s > 0.4 * PATIENCE_S:
            self.size = min(self.size * 1.1, self.incumbent.problem.num_hosts)
        elif not proven:
            self.size = max(SMALLEST, self.size * 0.9)

    def replan_all(self, seconds: float) -> None:
        """Re-plan every displaced VM, those that step aside, and those that the bound would have do so."""
        problem, timeline = self.incumbent.problem, self.timeline()
        free = sorted({*problem.displaced, *(vm for _, vm in timeline.detours), *self.incumbent.aside})
        window, chosen = open_all(timeline, free, self.shelters, self.few)
        self._replan(window, chosen, self.incumbent.deadline.within(seconds))
        self.idle = 0

    def _replan(self, window: Window, free: set[int], share: Deadline) -> bool:
        """Re-plan the free VMs of a window; tell whether it was solved to the end."""
        problem, timeline = self.incumbent.problem, self.timeline()
        self.turn += 1
        self.idle += 1
        now = timeline.timed(free)
        least = sum(least_cost(problem, vm) or 0 for vm in free if problem.src[vm] != problem.dst[vm])
        model = IntervalModel(window, _slots(problem.num_vms, now), problem.stop_cost, least)
        if not model.hint(now):
            return False
        before = problem.moves_cost(move for _, _, move in now)
        effort = Effort(self.effort.workers, self.effort.seed + self.turn, self.effort.deterministic_s)
        outcome = model.solve(share, effort)
        cost = outcome.answer.cost
        if outcome.moves is not None and cost is not None and cost < before:
            self.incumbent.offer(merged(timeline, free, outcome.moves))
            self.idle = 0
        return outcome.answer.proven


def _slots(num_vms: int, moves: list[Timed]) -> list[int]:
    times = Counter(vm for _, _, (vm, host) in moves if host != OFF)
    return [max(1, times[vm] - 1) for vm in range(num_vms)]
