"""Shorter schedules by large neighbourhoods: most tasks keep their order, a few are free.

After Godard, Laborie and Nuijten (2005): what is kept is not the times but the order on every channel and
the waits for room, so that all that follows moves up. ALGORITHM.md, "Short schedules".
"""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, cycle, islice
from math import inf
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from heuristics.justify import justified
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.route_model import RouteModel, Times, host_limits
from planner.scheduling.stays import NO_TASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Effort
    from planner.scheduling.parameters import ScheduleParameters
    from planner.scheduling.route_model import Limits

PAIRS_A_LOOK = 1_000
"""Tasks that keep their order between two looks at the clock: on a host of thousands they are millions."""


class Reordered(NamedTuple):
    """A schedule, and whether it is proven that none of the same tasks is shorter."""

    starts: list[int]
    proven: bool


def reorder(
    work: Work,
    starts: list[int],
    deadline: Deadline,
    effort: Effort,
    *,
    bound: int = 0,
    rounds: int | None = None,
    listen: Callable[[list[int]], None] | None = None,
    parameters: ScheduleParameters = DEFAULT,
) -> list[int]:
    """Give a shorter schedule of the same tasks, if neighbourhoods find one.

    Parameters
    ----------
    starts
        A schedule.
    bound
        No schedule is shorter, so one as short ends the search.
    rounds
        How often to draw a neighbourhood for each worker; None: as long as there is time.
    listen
        Told of every better schedule.
    """
    search = _Neighbourhoods(work, starts, effort, bound, parameters, listen)
    with search.threads(deadline) as (threads, until):
        for _ in islice(count(), rounds):
            if search.is_settled or until.left_s <= search.build_s:
                break
            search.turn(threads, until)
    return search.starts


def reorder_by_work(
    work: Work,
    starts: list[int],
    deadline: Deadline,
    effort: Effort,
    work_s: float,
    *,
    bound: int,
    enough: int,
    listen: Callable[[list[int]], None] | None,
    parameters: ScheduleParameters,
) -> Reordered:
    """Do the same for so much work, whatever the clock says, unless the deadline ends it.

    Where the deadline does, what comes back is what it had come to on the way: later is never worse.

    Parameters
    ----------
    work_s
        Seconds of each worker, on a machine like any other.
    bound
        Proven of schedules of these tasks. The neighbourhoods depend on it: from the same comes the same.
    enough
        A schedule as short ends the search; nothing else depends on it.
    """
    search = _Neighbourhoods(work, starts, effort, bound, parameters, listen, work_s)
    with search.threads(deadline) as (threads, until):
        while not (search.is_settled or search.length <= enough or search.work_s <= 0):
            if until.left_s <= search.build_s:
                break
            search.turn(threads, until)
    return Reordered(search.starts, search.is_settled)


class _Neighbourhoods:
    """The best schedule, and how large neighbourhoods may be."""

    def __init__(
        self,
        work: Work,
        starts: list[int],
        effort: Effort,
        bound: int,
        parameters: ScheduleParameters,
        listen: Callable[[list[int]], None] | None,
        work_s: float = inf,
    ) -> None:
        self.work, self.bound = work, bound
        self.how, self.lists = parameters.reordering, parameters.lists
        self.most_pairs = parameters.sizes.most_pairs
        self.puts_in_order = cycle((False, True))
        """Whether a model asks which comes first: so it refutes sooner, and without it finds sooner."""
        self.starts, self.length = starts, work.makespan(starts)
        self.listen = listen
        self.limits = host_limits(work)
        self.rng = Random(effort.seed)
        self.effort = replace(effort, workers=1, linear=False)
        self.workers = effort.workers
        self.size = float(self.how.first_size)
        self.one_s = self.how.patience_s + self.how.patience_a_task_s * len(work.tasks)
        self.work_s, self.by_work = work_s, work_s < inf
        self.solving: list[Future[Times]] = []
        self.build_s = 0.0
        """Seconds to build a model: none is begun that would be ready too late to be solved."""
        self.exhausted = False
        self.least = max((task.seconds for task in work.tasks), default=0)

    @property
    def is_settled(self) -> bool:
        """Tell whether no schedule of these tasks is shorter."""
        return self.length <= max(self.bound, self.least) or self.exhausted

    def _patience(self, deadline: Deadline) -> tuple[Deadline, Effort]:
        """Give what one neighbourhood gets: by the clock, or the same at every run."""
        if not self.by_work:
            return deadline.within(self.one_s), self.effort
        one_s = min(self.how.work_s, self.work_s)
        return deadline, replace(self.effort, deterministic_s=one_s * self.effort.work_a_second)

    @contextmanager
    def threads(self, deadline: Deadline) -> Iterator[tuple[ThreadPoolExecutor, Deadline]]:
        """Give a thread for each worker, and their deadline: whoever leaves waits for none that solves."""
        until = deadline.keeping(deadline.reserve_s)
        with ThreadPoolExecutor(self.workers) as threads:
            try:
                yield threads, until
            finally:
                until.stop()
                wait(self.solving)

    def turn(self, threads: ThreadPoolExecutor, deadline: Deadline) -> None:
        """Look into one neighbourhood a worker."""
        some, effort = self._patience(deadline)
        drawn = [self._draw() for _ in range(self.workers)]
        seeds = [replace(effort, seed=self.rng.randrange(1 << 30)) for _ in drawn]
        self.solving = [
            threads.submit(self._solve, free, some, one, in_order=next(self.puts_in_order))
            for free, one in zip(drawn, seeds, strict=True)
        ]
        answers = [it.result() for it in self.solving]
        # What is solved in no time has cost a model all the same.
        self.work_s -= max(self.how.least_work_s, *(answer.nominal_s for answer in answers))
        for free, answer in zip(drawn, answers, strict=True):
            # All were free, and nothing is shorter.
            self.exhausted |= answer.proven and len(free) == len(self.work.tasks)
            if answer.starts is not None:
                self._take(answer.starts, deadline)
            # A question that is settled at once was too small, one without an answer too large.
            factor = self.how.growth if answer.proven else self.how.shrinkage
            self.size *= factor ** (1 / self.workers)
        self.size = min(max(self.size, self.how.smallest), float(len(self.work.tasks)))

    def _draw(self) -> set[int]:
        """Draw the free tasks: near each other in time, or on hosts that exchange VMs."""
        return self._around_a_second() if self.rng.random() < 0.5 else self._around_hosts()

    def _around_a_second(self) -> set[int]:
        tasks, second = self.work.tasks, self.rng.randrange(max(self.length, 1))
        middles = [2 * start + task.seconds for start, task in zip(self.starts, tasks, strict=True)]
        nearest = sorted(range(len(tasks)), key=lambda task: abs(middles[task] - 2 * second))
        return set(nearest[: int(self.size)])

    def _around_hosts(self) -> set[int]:
        tasks = self.work.tasks
        at: dict[int, set[int]] = {}
        for number, task in enumerate(tasks):
            at.setdefault(task.src, set()).add(number)
            at.setdefault(task.dst, set()).add(number)
        free = {self.rng.randrange(len(tasks))}
        seen: set[int] = set()
        while len(free) < int(self.size):
            around = sorted({host for task in free for host in (tasks[task].src, tasks[task].dst)} - seen)
            if not around:
                break
            host = self.rng.choice(around)
            seen.add(host)
            free |= at[host]
        return free

    def _solve(self, free: set[int], deadline: Deadline, effort: Effort, *, in_order: bool) -> Times:
        began = deadline.elapsed_s
        most_pairs = self.most_pairs if in_order or len(free) == len(self.work.tasks) else 0
        model = RouteModel(self.work, self.limits, self.bound, self.length - 1, most_pairs=most_pairs)
        pairs = kept_order(self.work, self.limits, self.starts, free)
        while some := list(islice(pairs, PAIRS_A_LOOK)):
            if deadline.over:
                return Times(None, None, proven=False)
            model.keep(some)
        model.hint(self.starts)
        self.build_s = max(self.build_s, deadline.elapsed_s - began)
        if deadline.stopped:
            return Times(None, None, proven=False)
        return model.solve(deadline, effort)

    def _take(self, starts: list[int], deadline: Deadline) -> None:
        """Push everything up once more, and take it if it is shorter than the best."""
        shortest = min(justified(self.work, starts, deadline, self.lists), key=self.work.makespan)
        if self.work.makespan(shortest) < self.length:
            self.starts, self.length = shortest, self.work.makespan(shortest)
            if self.listen is not None:
                self.listen(shortest)


def kept_order(
    work: Work, limits: Limits, starts: Sequence[int], free: set[int]
) -> Iterator[tuple[int, int]]:
    """Yield (before, after) for the tasks that keep their order, on channels and where room is short."""
    ends = [start + task.seconds for start, task in zip(starts, work.tasks, strict=True)]
    on: dict[int, list[int]] = {}
    for number, task in enumerate(work.tasks):
        if number not in free:
            for channel, _ in task.uses:
                on.setdefault(channel, []).append(number)
    for tasks in on.values():
        yield from _last_before(tasks, tasks, starts, ends)
    for stays, _ in limits:
        goes = [stay.goes for stay in stays if stay.goes != NO_TASK and stay.goes not in free]
        comes = [stay.comes for stay in stays if stay.comes != NO_TASK and stay.comes not in free]
        for come in comes:
            yield from ((gone, come) for gone in goes if ends[gone] <= starts[come] and gone != come)


def _last_before(
    before: Sequence[int], after: Sequence[int], starts: Sequence[int], ends: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield for each task the last one that had ended when it started."""
    by_end = sorted(before, key=ends.__getitem__)
    times = [ends[task] for task in by_end]
    for task in after:
        place = bisect_right(times, starts[task]) - 1
        while place >= 0 and by_end[place] == task:
            place -= 1
        if place >= 0:
            yield by_end[place], task
