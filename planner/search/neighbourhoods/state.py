"""What the operators share: the plan as it stands, laid out in time, and how a better one is put together."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from heuristics.tracker import is_safe
from models.problem import OFF
from planner.cp.interval_model import IntervalModel, Replanned
from planner.search.bounds import least_cost
from planner.search.neighbourhoods.shelters import ShelterRanking
from planner.search.neighbourhoods.timeline import Timeline, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from planner.cp.solve import Effort
    from planner.cp.variables import Timed
    from planner.cp.window import Window
    from planner.search.stage import Search


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A part of the plan, ready to be re-planned.

    Parameters
    ----------
    free
        The VMs that are re-planned.
    model
        The model, hinted with what they do now.
    before
        What they cost now.
    apart
        It is on hosts that no other neighbourhood of its round has.
    """

    free: frozenset[int]
    model: IntervalModel
    before: int
    apart: bool


class PlanState:
    """The plan as it stands, and what operators need to open it.

    Parameters
    ----------
    search
        What is known, and how hard to work; better plans are offered to it.
    deadline
        When to stop.
    """

    def __init__(self, search: Search, deadline: Deadline) -> None:
        self.search = search
        self.problem = search.problem
        self.incumbent = search.incumbent
        self.parameters = search.parameters.neighbourhoods
        self.deadline = deadline
        self.rng = np.random.default_rng(search.effort.seed)
        self.shelters = ShelterRanking(search.problem, self.parameters.ranked)
        self.threads = ThreadPoolExecutor(search.effort.workers)
        self._turn = 0
        self._timeline: Timeline | None = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is still at work."""
        self.deadline.stop()
        self.threads.shutdown(wait=False, cancel_futures=True)

    @property
    def goes_on(self) -> bool:
        """Tell whether there is a detour left to remove, and time to do it."""
        return not self.incumbent.done and not self.deadline.over and bool(self.timeline().detours)

    @property
    def is_orderable(self) -> bool:
        """Tell whether there are few enough displaced VMs to order all of them together."""
        return len(self.problem.displaced) <= self.parameters.most_at_once

    def timeline(self) -> Timeline:
        """Give the best plan laid out in time."""
        moves = self.incumbent.moves
        assert moves is not None
        if self._timeline is None or self._timeline.moves is not moves:
            self._timeline = Timeline(self.problem, moves, self.parameters.gap)
        return self._timeline

    def effort(self, workers: int) -> Effort:
        """Give the effort of the next solve, with a seed of its own."""
        self._turn += 1
        effort = self.search.effort
        return replace(effort, workers=workers, seed=effort.seed + self._turn)

    def neighbourhood(self, window: Window, *, apart: bool) -> Neighbourhood | None:
        """Make the model of a window; None where it cannot follow the plan as it is."""
        problem, free = self.problem, set(window.free)
        now = self.timeline().timed(free)
        least = sum(least_cost(problem, vm) or 0 for vm in free if problem.src[vm] != problem.dst[vm])
        model = IntervalModel(window, _slots(free, now), problem.stop_cost, least, deadline=self.deadline)
        if not model.hint(now):
            return None
        return Neighbourhood(frozenset(free), model, problem.moves_cost(move for _, _, move in now), apart)

    def take(self, neighbourhoods: Sequence[Neighbourhood], outcomes: Sequence[Replanned]) -> bool:
        """Put what got cheaper into the plan; tell whether anything did."""
        plan = self.timeline().whole()
        better = [
            (one, outcome.moves)
            for one, outcome in zip(neighbourhoods, outcomes, strict=True)
            if outcome.moves is not None and (outcome.answer.cost or 0) < one.before
        ]
        free = {vm for one, _ in better if one.apart for vm in one.free}
        plan = replaced(plan, free, [move for one, moves in better if one.apart for move in moves])
        for one, moves in better:
            if not one.apart:
                plan = self._if_safe(plan, replaced(plan, one.free, moves))
        if better:
            self.incumbent.offer([move for _, _, move in plan])
        return bool(better)

    def _if_safe(self, plan: list[Timed], merged: list[Timed]) -> list[Timed]:
        """Give the merged plan, or the plan where two neighbourhoods on the same hosts do not go together."""
        return merged if is_safe(self.problem, [move for _, _, move in merged]) else plan


def _slots(free: set[int], moves: list[Timed]) -> dict[int, int]:
    """Give ``slots[vm]`` of the free VMs: one, or as many as each needs in the plan as it is."""
    times = Counter(vm for _, _, (vm, host) in moves if host != OFF)
    return {vm: max(1, times[vm] - 1) for vm in free}
