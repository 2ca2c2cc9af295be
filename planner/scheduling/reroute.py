"""Shorter schedules by other ways: VMs step aside, shelter elsewhere, or go straight; lists say what then.

A local search for pools of any size: each step changes the way of one VM, or shakes the order, and a list
schedule with justification says what comes of it. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from itertools import count, islice
from math import exp
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from heuristics.justify import justified, shaken_starts
from heuristics.list_schedule import list_schedule
from heuristics.spare import Spare
from heuristics.tasks import Task, Work
from models.moves import OFF
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.parameters import ScheduleParameters


class Leg(NamedTuple):
    """A migration on the way of a VM: where to, and when about."""

    host: int
    second: float


class TimedWork(NamedTuple):
    """Tasks and their starts."""

    work: Work
    starts: list[int]

    @property
    def makespan(self) -> int:
        """When the last ends."""
        return self.work.makespan(self.starts)

    def score(self, a_second: float) -> float:
        """Give the makespan, and of those as short the one whose tasks end earlier.

        Parameters
        ----------
        a_second
            What a second of all ends together counts beside one of the makespan.
        """
        ends = sum(start + task.seconds for start, task in zip(self.starts, self.work.tasks, strict=True))
        return self.makespan + a_second * ends


def reroute(
    work: Work,
    starts: list[int],
    freedom: Freedom,
    deadline: Deadline,
    effort: Effort,
    *,
    bound: int = 0,
    any_cost: bool = False,
    rounds: int | None = None,
    listen: Callable[[int], None] | None = None,
    parameters: ScheduleParameters = DEFAULT,
) -> TimedWork:
    """Give a shorter schedule of tasks that bring everyone to the same places, if one is found.

    Parameters
    ----------
    work, starts
        A schedule.
    freedom
        Who may step aside.
    bound
        No schedule is shorter, so one as short ends the search.
    any_cost
        There may be more migrations than in ``work``. If not, only where VMs step aside to is changed.
    rounds
        Steps at most; None: as long as there is time.
    listen
        Told of every shorter makespan.
    """
    search = _Search(TimedWork(work, starts), freedom, Random(effort.seed), parameters, any_cost=any_cost)
    since, patience = 0, search.how.patience + search.how.patience_a_task * len(work.tasks)
    for _ in islice(count(), rounds):
        if search.best.makespan <= bound or deadline.over or since > patience:
            break
        better = search.step(deadline)
        since = 0 if better else since + 1
        if better and listen is not None:
            listen(search.best.makespan)
    if any_cost:
        search.straighten(deadline)
    return search.best


def waits_for_room(work: Work, starts: Sequence[int]) -> bool:
    """Tell whether, on the chain that ends last, anybody waits for room and not for a wire or a slot."""
    tasks = work.tasks
    return any(
        tasks[before].vm != tasks[after].vm and not _shared(tasks[before], tasks[after])
        for before, after in _chain(work, starts)
    )


def _chain(work: Work, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Give (the one waited for, who waited) along a chain that ends last, the last first."""
    tasks = work.tasks
    ending: dict[int, list[int]] = {}
    for number, task in enumerate(tasks):
        ending.setdefault(starts[number] + task.seconds, []).append(number)
    links = []
    now = max(range(len(tasks)), key=lambda number: starts[number] + tasks[number].seconds)
    while starts[now] > 0:
        over = [it for it in ending.get(starts[now], []) if starts[it] < starts[now]]
        rooms = [it for it in over if tasks[it].src == tasks[now].dst or tasks[it].vm == tasks[now].vm]
        before = next(iter(rooms), None) or next((it for it in over if _shared(tasks[it], tasks[now])), None)
        if before is None:
            break
        links.append((before, now))
        now = before
    return links


def _shared(one: Task, other: Task) -> bool:
    mine = {channel for channel, _ in one.uses}
    return any(channel in mine for channel, _ in other.uses)


class _Search:
    """The schedule at hand, and the best."""

    def __init__(
        self,
        timed: TimedWork,
        freedom: Freedom,
        rng: Random,
        parameters: ScheduleParameters,
        *,
        any_cost: bool,
    ) -> None:
        self.now = self.best = timed
        self.how, self.lists = parameters.other_ways, parameters.lists
        self.freedom, self.rng, self.any_cost = freedom, rng, any_cost
        self.problem, self.clock = timed.work.problem, timed.work.clock
        stopped = {task.vm for task in timed.work.tasks if OFF in (task.src, task.dst)}
        self.free = [vm for vm, one in enumerate(freedom.aside) if one and vm not in stopped]
        self._is_free = frozenset(self.free)
        self.chained = self._chained()

    def step(self, deadline: Deadline) -> bool:
        """Try one change; tell whether the makespan is shorter than ever."""
        shakes = self.rng.random() < self.how.shake or not self.free
        found = self._shaken(deadline) if shakes else self._another_way(deadline)
        return found is not None and self._take(found)

    def _take(self, found: TimedWork) -> bool:
        score, before = self._score(found), self._score(self.now)
        warmth = self.how.warmth * self.best.makespan
        if score > before and self.rng.random() >= exp((before - score) / max(warmth, 1e-9)):
            return False
        self.now = found
        self.chained = self._chained()
        shorter = found.makespan < self.best.makespan
        if score < self._score(self.best):
            self.best = found
        return shorter

    def _score(self, timed: TimedWork) -> float:
        return timed.score(self.how.a_second)

    def _chained(self) -> list[int]:
        """Give the VMs on the chain that ends last that may step aside."""
        tasks = self.now.work.tasks
        vms = {tasks[number].vm for link in _chain(*self.now) for number in link}
        return sorted(vms & self._is_free)

    def _shaken(self, deadline: Deadline) -> TimedWork:
        work, starts = self.now
        width = self.rng.choice(self.how.widths) * self.now.makespan
        share = self.rng.choice(self.how.shaken)
        keys = shaken_starts(starts, width, share, self.rng)
        return self._scheduled(work, list_schedule(work, work.order(starts), keys), deadline)

    def _another_way(self, deadline: Deadline) -> TimedWork | None:
        """Change the way of one VM; None where that breaks a rule."""
        chained = self.chained if self.rng.random() < self.how.on_the_chain else []
        vm = self.rng.choice(chained or self.free)
        legs = [
            Leg(task.dst, float(start))
            for task, start in zip(self.now.work.tasks, self.now.starts, strict=True)
            if task.vm == vm
        ]
        changed = self._changed(vm, legs)
        return None if changed is None else self._with_way(vm, changed, deadline)

    def _changed(self, vm: int, legs: list[Leg]) -> list[Leg] | None:
        """Give another way: straight, by another shelter, or by one more; None where there is none."""
        if len(legs) > 1:
            if self.any_cost and self.rng.random() < 0.5:
                return legs[1:] if self.problem.src[vm] != self.problem.dst[vm] else []
            place = self.rng.randrange(len(legs) - 1)
            host = self._shelter(vm, legs[place].second)
            return (
                None if host is None else [*legs[:place], Leg(host, legs[place].second), *legs[place + 1 :]]
            )
        if not self.any_cost:
            return None
        until = legs[0].second if legs else float(self.now.makespan)
        second = self.rng.uniform(0, until)
        host = self._shelter(vm, second)
        if host is None:
            return None
        home = legs[0] if legs else Leg(self.problem.dst[vm], self.rng.uniform(second, until))
        return [Leg(host, second), home]

    def _shelter(self, vm: int, second: float) -> int | None:
        """Give a host with room for a VM at some second; None where there is none."""
        work, starts = self.now
        spare = Spare(self.problem, work.at_first)
        for start, task in zip(starts, work.tasks, strict=True):
            if start <= second:
                spare.put(task.vm, task.dst)
            if start + task.seconds <= second:
                spare.take(task.vm, task.src)
        ends = (self.problem.src[vm], self.problem.dst[vm])
        hosts = [host for host in range(self.problem.num_hosts) if host not in ends and spare.fits(vm, host)]
        return self.rng.choice(hosts) if hosts else None

    def _with_way(self, vm: int, legs: Sequence[Leg], deadline: Deadline) -> TimedWork | None:
        """Give a schedule in which one VM goes that way, the others as before; None if that is unsafe."""
        problem, clock = self.problem, self.clock
        keyed = [
            (float(start), task)
            for task, start in zip(self.now.work.tasks, self.now.starts, strict=True)
            if task.vm != vm
        ]
        at = problem.src[vm]
        for host, second in legs:
            if at == host or not problem.may_go(vm, at, host):
                return None
            keyed.append((second, Task(vm, at, host, clock.seconds(vm, at, host), clock.uses(at, host))))
            at = host
        keyed.sort(key=lambda item: item[0])
        work = Work(problem, clock, tuple(task for _, task in keyed))
        if not is_safe(work):
            return None
        keys = [key for key, _ in keyed]
        return self._scheduled(work, list_schedule(work, range(len(keys)), keys), deadline)

    def _scheduled(self, work: Work, starts: list[int], deadline: Deadline) -> TimedWork:
        """Push everything to the end and back to the beginning once; give the better schedule."""
        both = islice(justified(work, starts, deadline, self.lists), 2)
        return min((TimedWork(work, one) for one in both), key=self._score)

    def straighten(self, deadline: Deadline) -> None:
        """Spare the best schedule the detours that it does not need."""
        self.now = self.best
        vms = sorted({task.vm for task in self.best.work.tasks if OFF not in (task.src, task.dst)})
        for vm in vms:
            legs = [
                Leg(task.dst, float(start))
                for task, start in zip(self.best.work.tasks, self.best.starts, strict=True)
                if task.vm == vm
            ]
            if len(legs) < 2 or deadline.over:
                continue
            settled = self.problem.src[vm] == self.problem.dst[vm]
            found = self._with_way(vm, [] if settled else legs[-1:], deadline)
            if found is not None and found.makespan <= self.best.makespan:
                self.now = self.best = found


def is_safe(work: Work) -> bool:
    """Tell whether the tasks, one after another in their order, break no rule."""
    spare = Spare(work.problem, work.at_first)
    for task in work.tasks:
        if task.dst != OFF:
            if not spare.fits(task.vm, task.dst):
                return False
            spare.put(task.vm, task.dst)
        if task.src != OFF:
            spare.take(task.vm, task.src)
    return True
