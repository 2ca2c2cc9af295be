"""Shorter plans where not all is one model: everything is ordered anew, and detours are opened, in turn."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Self

import numpy as np

from heuristics.tracker import is_safe
from models.problem import OFF
from planner.cp.interval_model import IntervalModel, Outcome
from planner.cp.solve import Effort
from planner.search.bounds import least_cost
from planner.search.from_limbo import LimboStart
from planner.search.neighbourhood import Timeline, hosts_around, open_all, open_window, replaced
from planner.search.shelters import Shelters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from planner.cp.chains import Timed
    from planner.cp.window import Window
    from planner.search.incumbent import Incumbent

FIRST_SIZE = 5
"""Hosts in the first neighbourhood."""

SMALLEST = 3

MOVES_A_PART = 500
"""Moves in the plan for each neighbourhood of a round."""

MOST_PARTS = 48
"""Neighbourhoods in a round at the most."""

PATIENCE_S = 0.7
"""Seconds for one neighbourhood: many small ones win more than few large ones."""

MOST_AT_ONCE = 6_000
"""Displaced VMs up to which all of them together are ordered too, with a limbo and without."""

FEW = 6
"""Shelters offered to each VM that steps aside when all are re-ordered."""

SHARE = 0.2
"""Part of the time that is left for one re-ordering of all."""

IDLE = 8
"""Rounds without success after which all VMs are re-ordered once more; half as many each time in vain."""


def shorten_by_neighbourhoods(
    incumbent: Incumbent, deadline: Deadline, effort: Effort, patience: float = inf
) -> None:
    """Remove detours until the plan meets the bound, or the time is up; the plan never gets worse.

    Parameters
    ----------
    deadline
        When to stop: that of the incumbent, or an earlier one.
    patience
        How often in a row both ways of looking may find nothing.
    """
    with Search(incumbent, deadline, effort) as search:
        in_vain, idle = 0, IDLE
        while in_vain < patience and search.goes_on():
            before = incumbent.cost
            search.order_with_limbo()
            while search.goes_on() and search.reorder():
                pass
            search.few += FEW
            search.idle, reordered = 0, incumbent.cost
            while search.idle < idle and search.goes_on():
                search.replan_some()
            idle = IDLE if incumbent.cost != reordered else max(1, idle // 2)
            in_vain = in_vain + 1 if incumbent.cost == before else 0


@dataclass(frozen=True, slots=True)
class _Part:
    """A neighbourhood, ready to be re-planned in a thread of its own; apart: on hosts that no other has."""

    free: frozenset[int]
    model: IntervalModel
    before: int
    apart: bool

    def solve(self, deadline: Deadline, effort: Effort, patience_s: float = PATIENCE_S) -> Outcome:
        return self.model.solve(deadline.within(patience_s), effort)


class Search:
    """The search from one round of neighbourhoods to the next.

    A round opens at least as many neighbourhoods as there are workers, and solves each with one: on models
    of this size a second worker helps little. In large pools it opens many that share no host, so that the
    work that grows with the plan is done once for all of them.
    """

    def __init__(self, incumbent: Incumbent, deadline: Deadline, effort: Effort) -> None:
        self.incumbent = incumbent
        self.deadline = deadline
        self.effort = effort
        self.size = float(FIRST_SIZE)
        self.few = FEW
        self.idle = 0
        self.rng = np.random.default_rng(effort.seed)
        self.shelters = Shelters(incumbent.problem)
        self._turn = 0
        self._timeline: Timeline | None = None
        self._threads = ThreadPoolExecutor(effort.workers)
        some = len(incumbent.problem.displaced) <= MOST_AT_ONCE
        self._limbo = LimboStart(incumbent, deadline, effort) if some else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def goes_on(self) -> bool:
        """Tell whether there is a detour left to remove, and time to do it."""
        return not self.incumbent.done and not self.deadline.over and bool(self.timeline().detours)

    def timeline(self) -> Timeline:
        """Give the best plan laid out in time."""
        moves = self.incumbent.moves
        assert moves is not None
        if self._timeline is None or self._timeline.moves is not moves:
            self._timeline = Timeline(self.incumbent.problem, moves)
        return self._timeline

    def replan_some(self) -> None:
        """Re-plan around some detours; grow while that is quick, shrink when it is not done in time."""
        parts = list(self._parts())
        efforts = [self._effort(1, PATIENCE_S if self.effort.workers == 1 else None) for _ in parts]
        began = monotonic()
        futures = [
            self._threads.submit(part.solve, self.deadline, effort)
            for part, effort in zip(parts, efforts, strict=True)
        ]
        outcomes = [future.result() for future in futures]
        rounds = -(-len(parts) // self.effort.workers)
        quick = monotonic() - began < 0.6 * PATIENCE_S * rounds
        self._take(parts, outcomes)
        if all(outcome.answer.proven for outcome in outcomes):
            self.size = min(self.size * (1.1 if quick else 1.0), self.incumbent.problem.num_hosts)
        else:
            self.size = max(SMALLEST, self.size * 0.95)

    def order_with_limbo(self) -> None:
        """Order everything with a limbo, and find shelters for those in it."""
        if self._limbo is not None:
            self._limbo.run()

    def reorder(self) -> bool:
        """Re-order everything, letting no others step aside than those that do; tell whether that helped.

        Hardly larger than the model of the detour bound, and as quick: there are few VMs that step aside,
        and only these are offered shelters.
        """
        problem, timeline = self.incumbent.problem, self.timeline()
        if len(problem.displaced) > MOST_AT_ONCE:
            return False
        aside = {*(vm for _, vm in timeline.detours), *self.incumbent.aside}
        window, free = open_all(timeline, aside, self.shelters, self.few, self.rng)
        part = self._part(window, free, apart=True)
        if part is None:
            return False
        before = self.incumbent.cost
        effort = self._effort(self.effort.workers, None)
        seconds = max(2 * PATIENCE_S, SHARE * self.deadline.left_s)
        self._take([part], [part.solve(self.deadline, effort, seconds)])
        return self.incumbent.cost != before

    def _effort(self, workers: int, deterministic_s: float | None) -> Effort:
        self._turn += 1
        return Effort(workers, self.effort.seed + self._turn, deterministic_s)

    def _parts(self) -> Iterator[_Part]:
        """Open neighbourhoods around different detours: no free VM in two, beyond one a worker no host."""
        vms: set[int] = set()
        hosts: set[int] = set()
        many = len(self.timeline().moves) // MOVES_A_PART
        for number in range(max(self.effort.workers, min(many, MOST_PARTS))):
            core = hosts_around(self.timeline(), int(self.size), self.rng)
            if number >= self.effort.workers and not hosts.isdisjoint(core):
                continue
            window, free = open_window(self.timeline(), core, self.shelters, self.rng)
            apart = hosts.isdisjoint(window.hosts)
            if vms.isdisjoint(free) and (apart or number < self.effort.workers):
                part = self._part(window, free, apart=apart)
                if part is not None:
                    vms |= free
                    hosts.update(window.hosts)
                    yield part

    def _part(self, window: Window, free: set[int], *, apart: bool) -> _Part | None:
        problem = self.incumbent.problem
        now = self.timeline().timed(free)
        least = sum(least_cost(problem, vm) or 0 for vm in free if problem.src[vm] != problem.dst[vm])
        model = IntervalModel(window, _slots(free, now), problem.stop_cost, least)
        if not model.hint(now):
            return None
        return _Part(frozenset(free), model, problem.moves_cost(move for _, _, move in now), apart)

    def _take(self, parts: list[_Part], outcomes: list[Outcome]) -> None:
        """Put what got cheaper into the plan."""
        plan = self.timeline().whole()
        better = [
            (part, outcome.moves)
            for part, outcome in zip(parts, outcomes, strict=True)
            if outcome.moves is not None and (outcome.answer.cost or 0) < part.before
        ]
        self.idle = 0 if better else self.idle + 1
        free = {vm for part, _ in better if part.apart for vm in part.free}
        plan = replaced(plan, free, [move for part, moves in better if part.apart for move in moves])
        for part, moves in better:
            if not part.apart:
                plan = self._if_safe(plan, replaced(plan, part.free, moves))
        if better:
            self.incumbent.offer([move for _, _, move in plan])

    def _if_safe(self, plan: list[Timed], merged: list[Timed]) -> list[Timed]:
        """Give the merged plan, or the plan where two neighbourhoods on the same hosts do not go together."""
        safe = is_safe(self.incumbent.problem, [move for _, _, move in merged])
        return merged if safe else plan


def _slots(free: set[int], moves: list[Timed]) -> dict[int, int]:
    """Give ``slots[vm]`` of the free VMs: one, or as many as each needs in the plan as it is."""
    times = Counter(vm for _, _, (vm, host) in moves if host != OFF)
    return {vm: max(1, times[vm] - 1) for vm in free}
