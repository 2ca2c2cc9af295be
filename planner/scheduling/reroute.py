"""Shorter schedules by other ways: VMs step aside, shelter elsewhere, or go straight.

A local search for pools of any size; what it finds is pushed together by list schedules, and spared the
detours that it does not need. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from heuristics.compiled.at_hand import CompiledPart, begin_to_compile, is_kept
from heuristics.in_order import Reel, legs_of
from heuristics.justify import justified
from heuristics.list_schedule import list_schedule
from heuristics.spare import Spare
from heuristics.tasks import Task, TimedWork, Work
from models.moves import OFF
from planner.scheduling.order_changes import Brief, ending, shares_channel, waited_for
from planner.scheduling.order_search import OrderSearch
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.parameters import OtherWays, ScheduleParameters


class NextHost(NamedTuple):
    """A migration on the way of a VM: where to, and when about."""

    host: int
    second: float


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
    listen: Callable[[TimedWork], None] | None = None,
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
        Told of every shorter schedule, and of one as short that is spared a detour.
    """
    brief = Brief(freedom, any_cost, bound)
    how = parameters.other_ways.suited_to(len(work.tasks))
    some = deadline.within(how.searching * deadline.left_s) if rounds is None else deadline
    found = _searched(TimedWork(work, starts), brief, some, effort, rounds, listen, how)
    finish = _Finish(found, parameters, listen)
    finish.push(deadline)
    if any_cost:
        finish.straighten(deadline)
    return finish.best


def _searched(
    timed: TimedWork,
    brief: Brief,
    deadline: Deadline,
    effort: Effort,
    rounds: int | None,
    listen: Callable[[TimedWork], None] | None,
    how: OtherWays,
) -> TimedWork:
    """Search by compiled steps where they are at hand; until they are, step by step here.

    With one worker, or by counted steps, the same shall come out whatever is compiled.
    """
    by_clock = rounds is None and effort.workers > 1
    if by_clock and deadline.left_s >= how.compile_s and not is_kept(CompiledPart.ORDERS):
        begin_to_compile(CompiledPart.ORDERS)
    search: OrderSearch | None = None
    while True:
        if by_clock and deadline.left_s >= how.load_s and is_kept(CompiledPart.ORDERS):
            from planner.scheduling.order_islands import searched_on_islands

            begun = timed if search is None else search.best
            found = searched_on_islands(begun, brief, deadline, effort, how, listen)
            if found is not None:
                return found
            by_clock = False
        search = search or OrderSearch(timed, brief, Random(effort.seed), how)
        some = deadline.within(how.meanwhile_s) if by_clock else deadline
        if not search.run(some, deadline, rounds, listen):
            return search.best


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

    def __init__(
        self,
        timed: TimedWork,
        parameters: ScheduleParameters,
        listen: Callable[[TimedWork], None] | None,
    ) -> None:
        self.best, self._listen = timed, listen
        self.lists = parameters.lists
        self.problem, self.clock = timed.work.problem, timed.work.clock

    def push(self, deadline: Deadline) -> None:
        """Let everything start as early as it may, or end as late, in turn."""
        self._take(min(self.best, self._scheduled(*self.best, deadline), key=TimedWork.score))

    def _take(self, timed: TimedWork) -> None:
        self.best = timed
        if self._listen is not None:
            self._listen(timed)

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
            if at == host or (host != OFF and not problem.may_go(vm, at, host)):
                return None
            keyed.append((second, Task(vm, at, host, clock.seconds(vm, at, host), clock.uses(at, host))))
            at = host
        keyed.sort(key=lambda item: item[0])
        work = Work(problem, clock, tuple(task for _, task in keyed))
        if not keeps_all_rules(work):
            return None
        keys = [key for key, _ in keyed]
        return self._scheduled(work, list_schedule(work, range(len(keys)), keys), deadline)

    def _scheduled(self, work: Work, starts: list[int], deadline: Deadline) -> TimedWork:
        """Push everything to the end and back to the beginning once; give the better schedule."""
        both = islice(justified(work, starts, deadline, self.lists), 2)
        return min((TimedWork(work, one) for one in both), key=TimedWork.score)

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
                self._take(found)


def keeps_all_rules(work: Work) -> bool:
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
