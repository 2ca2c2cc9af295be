"""``roll()``: an update rolled through a cluster, each VM moving as rarely as can be, and a proven bound."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from heuristics.deadline import Deadline, checked_limit
from models.actions import Migration, Start, Step, Stop
from models.errors import PlannerError, PoolError
from models.goal_told import GoalTold, Held
from models.objective import Objective, objective_name
from models.pool import Pool
from models.replay_rolling import replay_rolling
from models.rolling_plan import RollingPlan
from planner.finishing import TIME
from planner.goals.drain import Drain
from planner.goals.reach import reach
from planner.plan import plan
from planner.progress import OnProgress, Progress, gap_of
from planner.result import Planned, Status
from planner.rolling.bounds import bound, least_costs, who_cannot_return
from planner.rolling.exhaustive import cheapest_rolling, is_small
from planner.rolling.parameters import DEFAULT, RollingParameters
from planner.rolling.sequence import Batches, Drained, Taste
from planner.rolling.there_and_back import there_and_back
from planner.rolling.timing import in_time
from planner.rolling.upgrade import Upgrade, checked_at_once
from planner.verdict.ended import why_ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.state import PoolState

log = logging.getLogger(__name__)

TASTES = (
    Taste("large"),
    Taste("slack"),
    Taste("tight"),
    Taste("large", even=True),
    Taste("slack", even=True),
)
"""What is tried first; then the same with luck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingResult(Planned[RollingPlan]):
    """What :func:`roll` returns: the steps, updates of hosts among them, and who is where at the end."""


def roll(
    current: PoolState,
    *hosts: str,
    at_once: int = 1,
    home: bool = False,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
    deadline: Deadline | None = None,
    schedule: bool = False,
    parameters: RollingParameters | None = None,
) -> RollingResult:
    """Empty each host once, update it, and move each VM as rarely as can be.

    Parameters
    ----------
    current
        Who is where. Where no host names a version, all count as version 0.
    hosts
        The hosts to update; none: all.
    at_once
        Hosts that are emptied and updated together, fewer where there is no room for so many. The bound is
        that of any number.
    home
        All VMs are home again at the end.
    objective, time_limit_s, seed, workers, on_progress, deadline
        As for :func:`planner.plan`; ``time`` is no objective of a rolling update, in which the updates take
        far longer than what migrates between them.
    schedule
        Say when each step runs, at most ``at_once`` updates at a time.
    parameters
        Of the search; None: the defaults.

    Returns
    -------
    RollingResult
        The bound holds for every order of the hosts and every placement in between. The plan has been
        replayed.

    Raises
    ------
    PlannerError
        A ``ValueError``: the pool or a request breaks the contract.
    """
    checked_limit(time_limit_s)
    if objective == TIME:
        raise PlannerError(
            "objective: 'time' is not for a rolling update, which is made as cheap as can be; "
            "schedule=True (--schedule) says when"
        )
    how = parameters or DEFAULT
    clock = deadline or Deadline(time_limit_s)
    if schedule:
        clock = clock.keeping(clock.reserve_s + how.schedule.of(clock.left_s))
    upgrade = Upgrade(current, hosts, objective)
    search = _Search(
        upgrade,
        checked_at_once(at_once),
        home=home,
        deadline=clock,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        on_progress=on_progress,
        parameters=how,
    )
    interrupted = False
    if search.hopeless is None:
        try:
            search.run()
        except KeyboardInterrupt:
            interrupted = True
    result = replace(search.result(interrupted=interrupted), goal=_told(current, hosts, at_once, home=home))
    return _with_times(result, current, at_once) if schedule else result


def _told(state: PoolState, hosts: Sequence[str], at_once: int, *, home: bool) -> GoalTold:
    """Say what was asked for, and who could move."""
    count = len(hosts) or len(state.hosts)
    which = f"{count} of {len(state.hosts)} hosts are" if hosts else f"all {count} hosts are"
    asked = f"{which} emptied and updated, {at_once} at a time"
    held = tuple(Held(vm.name, "it is not movable") for vm in state.vms if not vm.movable)
    asked += ", and all VMs are home again" if home else ""
    return GoalTold(asked, len(state.placement) - len(held), held=held)


def _with_times(result: RollingResult, current: PoolState, at_once: int) -> RollingResult:
    """Give the result with a schedule of its plan."""
    if result.plan is None:
        return result
    steps, times = in_time(current, result.plan.steps, at_once)
    return replace(result, plan=replace(result.plan, steps=tuple(steps)), schedule=times)


class _Search:
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
        self.hopeless: str | None = None
        self.bound: int | None = None
        least = least_costs(upgrade, home=home)
        for vm, cost in enumerate(least):
            if cost is None and self.hopeless is None:
                self.hopeless = self._why_not(vm)
        if self.hopeless is None and home and (found := who_cannot_return(upgrade)) is not None:
            self.hopeless = self._why_no_return(*found)
        if self.hopeless is None:
            self.bound = bound(upgrade, [cost or 0 for cost in least], home=home)

    def _why_not(self, vm: int) -> str:
        guest, host = self.upgrade.problem.vms[vm], self.upgrade.name(self.upgrade.problem.src[vm])
        if not guest.movable and not guest.offline:
            return f"{guest.name} on {host} is not movable, and may not be stopped"
        if not guest.movable:
            return f"{guest.name} on {host} is not movable, and no host may start it once it is stopped"
        if self.home and self.upgrade.moves_once[vm]:
            return f"{guest.name} on {host} takes no detours, so it cannot leave and come home"
        return f"{guest.name} on {host} may run on no other host"

    def _why_no_return(self, vm: int, lacks_room: bool) -> str:
        source = self.upgrade.problem.src[vm]
        guest, host = self.upgrade.problem.vms[vm].name, self.upgrade.before[source]
        if lacks_room:
            return f"{host.name} holds more than it may, so not all on it can come back, such as {guest}"
        if not host.accepts:
            return f"{guest} may not come back to {host.name}, which is cordoned (accepts=false)"
        return f"{guest} may not come back to {host.name}: a rule forbids it"

    def run(self) -> None:
        """Try one order after another, until the bound is met, nothing better comes, or the time is up."""
        self._tell()
        if is_small(self.upgrade, self.how.most_ways) and not any(self.upgrade.moves_once):
            self._run_exhaustively()
        if self.home and not self._done:
            steps = there_and_back(self.upgrade, self.at_once, self.deadline)
            if steps is not None:
                self._offer(steps)
        attempt, idle = 0, 0
        while not self._done and idle < self.how.idle:
            taste = replace(TASTES[attempt % len(TASTES)], looked_at=self.how.looked_at)
            if attempt >= len(TASTES):
                taste = replace(taste, noise=self.how.noise[attempt % len(self.how.noise)])
            idle = 0 if self._attempt(taste) else idle + 1
            attempt += 1
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
        return self._settled or self.hopeless is not None or self.deadline.over

    @property
    def _settled(self) -> bool:
        return self.best is not None and self.best.cost == self.bound

    def _attempt(self, taste: Taste) -> bool:
        """Build one rolling update; tell whether it is the best so far."""
        batches = Batches(
            self.upgrade, self.at_once, taste, self._drain, self.rng, home=self.home, drains=self.how.drains
        )
        if not batches.run(self.deadline):
            return False
        steps = batches.steps
        if self.home:
            back = self._way_home(batches.placement())
            if back is None:
                return False
            steps = steps + back
        return self._offer(steps)

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
            log.warning("the replay rejects a rolling plan found: %s", violations[0])
            self.rejected = str(violations[0])
            return None
        return end

    def _tell(self) -> None:
        if self.on_progress is not None:
            cost = None if self.best is None else self.best.cost
            gap = gap_of(cost, self.bound)
            self.on_progress(Progress("rolling", cost, self.bound, gap, self.deadline.elapsed_s))

    def _drain(self, at: Sequence[int], done: Sequence[int], host: int) -> Drained | None:
        """Empty one host by the cheapest plan, others making room."""
        upgrade = self.upgrade
        found = reach(
            upgrade.state_now(at, done),
            Drain(upgrade.name(host)),
            objective=upgrade.objective,
            deadline=self.deadline.share(self.how.drain),
            seed=self.seed,
            workers=self.workers,
            parameters=self.how.goal,
        )
        if found.plan is None or found.target is None:
            return None
        return list(found.plan.actions), upgrade.numbers(found.target.placement, done)

    def _way_home(self, at: Sequence[int]) -> list[Step] | None:
        """Give the steps that bring all home once every host is updated; None where no way is seen."""
        upgrade = self.upgrade
        state = upgrade.state_now(at, upgrade.todo)
        home = state.placed(dict(upgrade.state.placement))
        try:
            found = plan(
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
        return None if found.plan is None else list(found.plan.actions)

    def result(self, *, interrupted: bool) -> RollingResult:
        """Give what it came to."""
        return RollingResult(
            status=self._status(),
            objective=objective_name(self.upgrade.objective),
            plan=self.best,
            bound=self.bound,
            reason=self._reason(interrupted=interrupted),
            target=self.end,
            seconds={"rolling": self.deadline.elapsed_s},
            interrupted=interrupted,
        )

    def _status(self) -> Status:
        if self.best is None:
            return Status.NO_PLAN_FOUND if self.hopeless is None else Status.INFEASIBLE
        return Status.OPTIMAL if self._settled else Status.FEASIBLE

    def _reason(self, *, interrupted: bool) -> str:
        if self.best is None and self.hopeless is not None:
            return f"no plan exists: {self.hopeless}"
        if self.best is None:
            ended = why_ended(self.deadline, interrupted=interrupted)
            if not interrupted and not self.deadline.over:
                ended = "no way was found to empty every host"
                if self.rejected is not None:
                    ended += f", and the replay rejects the one that was: {self.rejected}"
            return f"no plan found, and no proof that there is none: {ended}"
        why = f"proven: no order of the hosts costs less than {self.bound}"
        if self._settled:
            return why
        return f"{why}; this one costs {self.best.cost}" + ("; interrupted" if interrupted else "")


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
