"""The search for a cheap rolling update: one order of the hosts after another. ALGORITHM.md, "Rolling"."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.actions import Migration, Start, Step, Stop
from models.errors import PoolError
from models.pool import Pool
from models.replay_rolling import replay_rolling
from models.rolling_plan import RollingPlan
from planner.goals.drain import Drain
from planner.goals.reach import reach
from planner.plan import plan
from planner.progress import OnProgress, Progress, gap_of
from planner.result import Status
from planner.rolling.bounds import bound, least_costs
from planner.rolling.exhaustive import cheapest_rolling, is_small
from planner.rolling.hopeless import NONE_IS_FIRST, why_hopeless
from planner.rolling.sequence import Batches, Drained, First, Taste
from planner.rolling.there_and_back import there_and_back

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from heuristics.deadline import Deadline
    from models.state import PoolState
    from planner.result import Result
    from planner.rolling.parameters import RollingParameters
    from planner.rolling.upgrade import Upgrade

log = logging.getLogger(__name__)

TASTES = (
    Taste("large"),
    Taste("slack"),
    Taste("tight"),
    Taste("large", even=True),
    Taste("slack", even=True),
)
"""What is tried first; then the same with luck."""


class RollingSearch:
    """The best rolling update so far, and the next attempt."""

    def __init__(
        self,
        upgrade: Upgrade,
        at_once: int,
        *,
        home: bool,
        deadline: Deadline,
        seed: int,
        workers: int,
        on_progress: OnProgress | None,
        parameters: RollingParameters,
    ) -> None:
        self.upgrade = upgrade
        self.how = parameters
        self.at_once = at_once
        self.home = home
        self.deadline = deadline
        self.seed = seed
        self.workers = workers
        self.on_progress = on_progress
        self.rng = np.random.default_rng(seed)
        self.best: RollingPlan | None = None
        self.end: PoolState | None = None
        self.one_by_one: list[Step] | None = None
        self.rejected: str | None = None
        self.interrupted = False
        self.all_emptied = False
        self.any_emptied = False
        self.bound: int | None = None
        least = least_costs(upgrade, home=home)
        self.hopeless = why_hopeless(upgrade, least, home=home)
        if self.hopeless is None:
            self.bound = bound(upgrade, [cost or 0 for cost in least], home=home)
            if self.bound is None:
                self.hopeless = NONE_IS_FIRST

    def run(self) -> None:
        """Search, until the bound is met, nothing better comes, the time is up, or Ctrl-C comes."""
        for step in (self._search, self._fall_back):
            try:
                step()
            except KeyboardInterrupt:
                self.interrupted = True

    def _search(self) -> None:
        """Try one order after another."""
        self._tell()
        if is_small(self.upgrade, self.how.most_ways):
            self._run_exhaustively()
        if self.home and not self._done:
            steps = there_and_back(self.upgrade, self.at_once, self.deadline, self._drain_with_way_back)
            if steps is not None:
                self._offer(steps)
        attempt, idle, asked = 0, 0, self.home
        while not self._done and idle < self.how.idle:
            taste = replace(TASTES[attempt % len(TASTES)], looked_at=self.how.looked_at)
            if attempt >= len(TASTES):
                taste = replace(taste, noise=self.how.noise[attempt % len(self.how.noise)])
            idle = 0 if self._attempt(taste) else idle + 1
            attempt += 1
            if not asked and not self.any_emptied:
                # Perhaps no host can be: then no other order has to be tried.
                asked = True
                self._begin_with(self._ask_for_first())
        if not asked and not self._done:
            self._begin_with(self._ask_for_first())

    def _begin_with(self, firsts: list[First]) -> None:
        """Try the hosts that are cheapest to empty first, with every taste."""
        for first in firsts:
            for taste in TASTES:
                if self._done:
                    return
                self._attempt(replace(taste, looked_at=self.how.looked_at), first)

    def _ask_for_first(self) -> list[First]:
        """Ask how each host could be emptied before any is updated; give the cheapest ways, best first.

        Until then a rolling update is an ordinary plan. What is proven of that is proven of the rolling
        update where nobody may be stopped for a while, no rule is broken that may stay so, no rule looks at
        where a VM ends, and nobody is held back whom only his next migration leaves where he is.
        ALGORITHM.md, "Rolling".
        """
        upgrade = self.upgrade
        cost, src = upgrade.problem.cost, upgrade.problem.src
        own = dict.fromkeys(upgrade.todo, 0)
        for vm, host in enumerate(src):
            if host in own:
                own[host] += cost[vm]
        here = upgrade.state_now(list(src), ())
        ways: list[tuple[int, First]] = []
        bounds: list[int] = []
        why = None
        for host in sorted(own, key=lambda host: own[host]):
            if self.deadline.over or (ways and own[host] >= min(ways)[0]):
                bounds.append(own[host])  # and more so of those that follow
                break
            found = self._emptied(here, host)
            if found.status is Status.INFEASIBLE:
                reason = found.reason.removeprefix("no plan exists: ")
                why = why or f"no host can be emptied first, such as {upgrade.name(host)}: {reason}"
                continue
            bounds.append(max(own[host], found.bound or 0))
            if found.plan is not None and found.target is not None:
                steps: list[Step] = [*found.plan.actions]
                at = upgrade.numbers(found.target.placement, ())
                ways.append((found.cost or 0, First(host, (steps, at))))
        if self._begins_as_a_plan(here):
            if not bounds:
                self.hopeless = why
            elif len(upgrade.todo) == upgrade.num_hosts:
                # All who have moved by then are on hosts that are yet to be updated, and leave again.
                self.bound = max(self.bound or 0, sum(cost) + min(bounds))
                self._tell()
        return [first for _, first in sorted(ways, key=lambda way: way[0])]

    def _begins_as_a_plan(self, here: PoolState) -> bool:
        """Tell whether what is proven of plans from here holds for what comes before the first update."""
        upgrade = self.upgrade
        stops = any(cost is not None for cost in upgrade.stop_cost)
        bound_to_end = any(upgrade.moves_once) or upgrade.ends_matter
        return not stops and not bound_to_end and not any(True for _ in here.violations())

    def _fall_back(self) -> None:
        """Where no batches were found, take the way that updates one host after another."""
        if self.best is None and self.one_by_one is not None:
            self._offer(self.one_by_one)

    def _run_exhaustively(self) -> None:
        """Look at every way, where these are few: then the bound is exact."""
        ended, steps = cheapest_rolling(
            self.upgrade,
            home=self.home,
            deadline=self.deadline.share(self.how.every_way),
            most_states=self.how.most_states,
        )
        if steps is not None:
            if self._end_of(steps) is None:
                return
            self.bound = RollingPlan.of(self.upgrade.state, steps, self.upgrade.objective).cost
            self.one_by_one = steps
            if self.at_once == 1:
                self._offer(steps)
        elif ended:
            self.hopeless = "every way to empty the hosts one after another was looked at"

    @property
    def _done(self) -> bool:
        return self.is_settled or self.hopeless is not None or self.deadline.over

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is cheaper than the best."""
        return self.best is not None and self.best.cost == self.bound

    def _attempt(self, taste: Taste, first: First | None = None) -> bool:
        """Build one rolling update, from a first host on if one is given; tell whether it is the best."""
        batches = Batches(
            self.upgrade, self.at_once, taste, self._drain, self.rng, home=self.home, drains=self.how.drains
        )
        emptied = batches.run(self.deadline, first)
        self.any_emptied = self.any_emptied or bool(batches.done)
        if not emptied:
            return False
        self.all_emptied = True
        steps = batches.cluster.steps
        if not self.home:
            return self._offer(steps)
        back = self._way_home(batches.placement())
        if back is None:
            return False
        better = back.plan is not None and self._offer(steps + list(back.plan.actions))
        if back.interrupted:
            # It ended that plan and no more: what it left is taken, and the search ends too.
            raise KeyboardInterrupt
        return better

    def _offer(self, steps: list[Step]) -> bool:
        """Take a plan if it is cheaper than the best and the replay accepts it; tell whether it was taken."""
        found = RollingPlan.of(self.upgrade.state, steps, self.upgrade.objective)
        if self.best is not None and found.cost >= self.best.cost:
            return False
        end = self._end_of(steps)
        if end is None:
            return False
        self.best, self.end = found, end
        self._tell()
        return True

    def _end_of(self, steps: Sequence[Step]) -> PoolState | None:
        """Give who is where after some steps; None where the replay rejects them: nothing was found then."""
        state = self.upgrade.state
        end = state if self.home else state.placed(_end(state, steps))
        if violations := replay_rolling(Pool(state, end), steps):
            # One attempt of many; where none is better, the reason of the result says so.
            log.info("the replay rejects a rolling plan found: %s", violations[0])
            self.rejected = str(violations[0])
            return None
        return end

    def _tell(self) -> None:
        if self.on_progress is not None:
            cost = None if self.best is None else self.best.cost
            gap = gap_of(cost, self.bound)
            self.on_progress(Progress("rolling", cost, self.bound, gap, self.deadline.elapsed_s))

    def _drain(
        self, at: Sequence[int], done: Sequence[int], host: int, moved: Collection[str]
    ) -> Drained | None:
        """Empty one host by the cheapest plan, others making room."""
        found = self._emptied(self.upgrade.state_now(at, done, moved=moved), host)
        if found.plan is None or found.target is None:
            return None
        return list(found.plan.actions), self.upgrade.numbers(found.target.placement, done)

    def _drain_with_way_back(self, at: Sequence[int], done: Sequence[int], host: int) -> list[Step] | None:
        """Empty one host so that all of it can be taken back once it is updated."""
        found = self._emptied(self.upgrade.state_now(at, done, back_to=host), host)
        return None if found.plan is None else list(found.plan.actions)

    def _emptied(self, state: PoolState, host: int) -> Result:
        found = reach(
            state,
            Drain(self.upgrade.name(host)),
            objective=self.upgrade.objective,
            deadline=self.deadline.share(self.how.drain),
            seed=self.seed,
            workers=self.workers,
            parameters=self.how.goal,
        )
        if found.interrupted:
            raise KeyboardInterrupt
        return found

    def _way_home(self, at: Sequence[int]) -> Result | None:
        """Plan how all come home once every host is updated; None where the rules forbid it to somebody."""
        upgrade = self.upgrade
        state = upgrade.state_now(at, upgrade.todo)
        home = state.placed(dict(upgrade.state.placement))
        try:
            return plan(
                state,
                home,
                objective=upgrade.objective,
                deadline=self.deadline.share(self.how.way_home),
                seed=self.seed,
                workers=self.workers,
                parameters=self.how.goal.plan,
            )
        except PoolError:
            # No mistake of the caller's: others made room, and may not come back, say to an older host.
            return None


def _end(state: PoolState, steps: Sequence[Step]) -> dict[str, str]:
    """Give the placement that some steps lead to."""
    at = dict(state.placement)
    for step in steps:
        if isinstance(step, Migration):
            at[step.vm] = step.destination
        elif isinstance(step, Stop):
            del at[step.vm]
        elif isinstance(step, Start):
            at[step.vm] = step.host
    return at
