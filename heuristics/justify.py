"""Forward-backward improvement: push all tasks to the end, then to the beginning, and so on.

Justification (Valls, Ballestín, Quintanilla 2005): each pass is a list schedule in which a task is the more
urgent, the closer it was to the other end of time before. ALGORITHM.md, "List scheduling".
"""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice
from math import inf
from random import Random
from typing import TYPE_CHECKING

from heuristics.list_schedule import list_schedule
from heuristics.parameters import LISTS
from heuristics.quick_lists import quick_pass
from heuristics.spare import Spare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from heuristics.deadline import Deadline
    from heuristics.parameters import ListParameters
    from heuristics.quick_lists import ListPass
    from heuristics.tasks import Work


def short_schedule(
    work: Work,
    deadline: Deadline,
    *,
    bound: int = 0,
    seed: int = 0,
    shakes: int = 0,
    begun: list[int] | None = None,
    listen: Callable[[list[int]], None] | None = None,
    parameters: ListParameters = LISTS,
) -> list[int]:
    """Give the starts of the shortest schedule that list scheduling finds.

    Parameters
    ----------
    begun
        A schedule to be shaken at once; None: several priorities come first.
    deadline
        One pass is made whatever it says and, of few enough tasks, one there and back: that alone may end in
        half the time or less.
    bound
        No schedule is shorter, so one as short ends the search.
    shakes
        How often to begin anew from the best, shaken.
    listen
        Told of every better schedule.
    """
    best = _Best(work, listen)
    if begun is not None:
        best.offer(begun)
    rounds = 1 if begun is None and len(work.tasks) <= parameters.always_back else 0
    one_pass = quick_pass(work, deadline, parameters)
    for pass_of in _beginnings(work, best, seed, shakes, parameters, one_pass):
        began = deadline.elapsed_s
        first = pass_of()
        pass_s = deadline.elapsed_s - began
        there_and_back = justified(
            work, first, deadline, parameters, rounds=rounds, round_s=2 * pass_s, one_pass=one_pass
        )
        for starts in there_and_back:
            best.offer(starts)
            if best.length <= bound or (deadline.over and not rounds):
                return best.starts
        rounds = 0
        if deadline.left_s <= pass_s:
            break
    return best.starts


class _Best:
    """The shortest schedule so far."""

    def __init__(self, work: Work, listen: Callable[[list[int]], None] | None) -> None:
        self.work, self.listen = work, listen
        self.starts: list[int] = []
        self.length = inf

    def offer(self, starts: list[int]) -> None:
        """Take a schedule if it is shorter."""
        length = self.work.makespan(starts)
        if length < self.length:
            self.starts, self.length = starts, length
            if self.listen is not None:
                self.listen(starts)


def _beginnings(
    work: Work, best: _Best, seed: int, shakes: int, parameters: ListParameters, one_pass: ListPass
) -> Iterator[Callable[[], list[int]]]:
    """Yield what makes first schedules: by several priorities, then by the best one, shaken."""
    serial = range(len(work.tasks))
    for urgency in () if best.starts else _urgencies(work):
        yield partial(one_pass, work, serial, urgency)
    rng = Random(seed)
    for width in islice(cycle(parameters.widths), shakes):
        shaken = _shaken_starts(best.starts, width * best.length, parameters.shaken, rng)
        yield partial(one_pass, work, work.order(best.starts), shaken)


def _shaken_starts(starts: Sequence[int], width: float, share: float, rng: Random) -> list[float]:
    """Move about a share of the starts, by so many seconds or thereabouts."""
    return [start + rng.gauss(0, width) * (rng.random() < share) for start in starts]


def _urgencies(work: Work) -> Iterator[list[float]]:
    """Yield first priorities: as planned, short tasks first, the busiest channel first, long ones first."""
    yield [float(number) for number in range(len(work.tasks))]
    seconds = [float(task.seconds) for task in work.tasks]
    yield seconds
    busy = [0.0] * len(work.clock.limits)
    for task in work.tasks:
        for channel, amount in task.uses:
            busy[channel] += amount * task.seconds / work.clock.limits[channel]
    longest = max(seconds, default=0.0) + 1
    yield [
        -longest * max((busy[channel] for channel, _ in task.uses), default=0.0) - task.seconds
        for task in work.tasks
    ]
    yield [-one for one in seconds]


def justified(
    work: Work,
    starts: list[int],
    deadline: Deadline,
    parameters: ListParameters = LISTS,
    *,
    rounds: int = 0,
    round_s: float = 0.0,
    one_pass: ListPass = list_schedule,
) -> Iterator[list[int]]:
    """Yield a schedule, and shorter ones as justification finds them, there and back.

    Where time is too short for there and back, what comes out there is the last.

    Parameters
    ----------
    rounds
        There and back so often whatever the deadline says.
    round_s
        Seconds that there and back takes about: not even there is begun where less than half is left.
    one_pass
        Makes each list schedule.
    """
    yield starts
    if not Spare(work.problem, work.problem.src).is_sane():
        return  # Backwards, such a placement can not be arrived at.
    idle, shortest = 0, work.makespan(starts)
    while idle < parameters.idle and (rounds > 0 or deadline.left_s > round_s / 2):
        rounds -= 1
        began = deadline.elapsed_s
        late = _packed(work.backwards, work.mirrored(starts), one_pass)
        there = work.backwards.mirrored(late)
        if rounds < 0 and deadline.left_s <= deadline.elapsed_s - began:
            yield there
            return
        starts = _packed(work, there, one_pass)
        length = work.makespan(starts)
        round_s = deadline.elapsed_s - began
        idle = 0 if length < shortest else idle + 1
        shortest = min(shortest, length)
        yield starts


def _packed(work: Work, starts: Sequence[int], one_pass: ListPass) -> list[int]:
    """Start everything again as early as may be, in the order of a schedule."""
    return one_pass(work, work.order(starts), starts)
