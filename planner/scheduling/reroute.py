"""Shorter schedules by other ways: VMs step aside, shelter elsewhere, or go straight.

A local search for pools of any size; what it finds is pushed together by list schedules, and spared the
detours that it does not need. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from heuristics.in_order import Reel, legs_of
from heuristics.justify import justified
from heuristics.list_schedule import list_schedule
from heuristics.spare import Spare
from heuristics.tasks import Task, Work
from models.moves import OFF
from planner.scheduling.order_search import OrderSearch, ending, shares_channel, waited_for
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.parameters import ScheduleParameters


class NextHost(NamedTuple):
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
        Steps at most, by which the search cools too, and not by the clock; None: as long as there is time.
    listen
        Told of every shorter makespan.
    """
    how, rng = parameters.other_ways, Random(effort.seed)
    search = OrderSearch(work, starts, freedom, rng, how, any_cost=any_cost, bound=bound)
    since, patience, whole = 0, how.patience + how.patience_a_task * len(work.tasks), deadline.left_s
    for step in islice(count(), rounds):
        if search.makespan <= bound or deadline.over or since > patience:
            break
        better = search.step(deadline.left_s / whole if rounds is None else 1 - step / rounds)
        since = 0 if better else since + 1
        if better and listen is not None:
            listen(search.makespan)
    finish = _Finish(TimedWork(search.work, search.starts), parameters)
    finish.push(deadline)
    if any_cost:
        finish.straighten(deadline)
    return finish.best


def waits_for_room(work: Work, starts: Sequence[int]) -> bool:
    """Tell whether, on the chain that ends last, anybody waits for room and not for a wire or a slot."""
    # A model's starts need not be early: pushed together, whoever starts late waits for somebody.
    early = Reel(work.problem, work.clock).placed(legs_of(work, starts))
    assert early is not None, "in the order of its starts, a schedule is safe"
    legs, over = early.legs, ending(early)
    place = over[early.makespan][0] if legs else None
    while place is not None and early.starts[place] > 0:
        waited = waited_for(legs, early.starts, place, over.get(early.starts[place], ()))
        waiter = min(waited, key=lambda one: one.why == "channel", default=None)
        if waiter is None:
            return False
        if waiter.why == "room" and not shares_channel(legs[place], legs[waiter.before]):
            return True
        place = waiter.before
    return False


class _Finish:
    """The best schedule, pushed together and spared what it does not need."""

    def __init__(self, timed: TimedWork, parameters: ScheduleParameters) -> None:
        self.best = timed
        self.how, self.lists = parameters.other_ways, parameters.lists
        self.problem, self.clock = timed.work.problem, timed.work.clock

    def _score(self, timed: TimedWork) -> float:
        return timed.score(self.how.a_second)

    def push(self, deadline: Deadline) -> None:
        """Let everything start as early as it may, or end as late, in turn."""
        self.best = self._scheduled(*self.best, deadline)

    def _with_way(self, vm: int, legs: Sequence[NextHost], deadline: Deadline) -> TimedWork | None:
        """Give a schedule in which one VM goes that way, the others as before; None if that is unsafe."""
        problem, clock = self.problem, self.clock
        keyed = [
            (float(start), task)
            for task, start in zip(self.best.work.tasks, self.best.starts, strict=True)
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
        vms = sorted({task.vm for task in self.best.work.tasks if OFF not in (task.src, task.dst)})
        for vm in vms:
            legs = [
                NextHost(task.dst, float(start))
                for task, start in zip(self.best.work.tasks, self.best.starts, strict=True)
                if task.vm == vm
            ]
            if len(legs) < 2 or deadline.over:
                continue
            settled = self.problem.src[vm] == self.problem.dst[vm]
            found = self._with_way(vm, [] if settled else legs[-1:], deadline)
            if found is not None and found.makespan <= self.best.makespan:
                self.best = found


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
