"""The search over orders and ways by compiled steps, by several threads at once.

Each has the whole schedule, and half of them begin warmer; whenever they have cooled down, all go on from the
shortest, as warm as it took. Loaded, and with it the compiler, only where there is time enough.
ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from random import Random
from typing import TYPE_CHECKING, Any

from heuristics.compiled.orders.records import BEST, CHANGED
from heuristics.compiled.orders.steps import begin, steps
from heuristics.compiled.orders.tables import best_of, copied, order_table
from planner.scheduling.warmths import Warmths

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics import Deadline
    from heuristics.compiled.orders.records import OrderTable
    from heuristics.tasks import TimedWork
    from planner.cp.solve import Effort
    from planner.scheduling.order_changes import Brief
    from planner.scheduling.parameters import OtherWays

ALIKE = (
    *("shift", "width", "swap", "first_in", "resident", "just_before", "straight", "once_free"),
    *("any_shelter", "others_wait", "scatter_s", "most_shelters", "steps_a_film"),
)
"""Parameters that steps know by the same name."""


def searched_on_islands(
    timed: TimedWork,
    brief: Brief,
    deadline: Deadline,
    effort: Effort,
    how: OtherWays,
    listen: Callable[[TimedWork], None] | None = None,
) -> TimedWork | None:
    """Give a shorter schedule, if one is found.

    Parameters
    ----------
    timed
        A schedule.
    brief
        What others have to keep to.
    listen
        Told of a shorter schedule when the threads have cooled down, and after Ctrl-C when they have ended.

    Returns
    -------
    TimedWork or None
        None where compiled steps are not for this pool.
    """
    table = order_table(timed, brief.free(timed.work), brief.settled(timed.work))
    if table is None:
        return None
    rng = Random(effort.seed)
    islands = [_Island(copied(table), timed, brief, rng.getrandbits(63), how) for _ in range(effort.workers)]
    whole_s, best, warmths = deadline.left_s, timed, Warmths(len(islands), how)
    until, begun = deadline.within(0.0), list[Future[None]]()

    def look() -> _Island:
        """Give the island with the best schedule; take that if it is better than all before."""
        nonlocal best
        first = min(islands, key=lambda one: one.score)
        shortest, fewest = first.score
        if shortest < timed.makespan and (shortest, fewest) < (best.makespan, len(best.work.tasks)):
            best = best_of(first.table, timed.work)
            if listen is not None:
                listen(best)
        return first

    with ThreadPoolExecutor(max(1, len(islands) - 1)) as threads:
        try:
            for cycle in range(how.cycles):
                is_last = cycle + 1 == how.cycles
                for one, warmth in zip(islands, warmths.by_thread, strict=True):
                    one.warmth = warmth
                until = deadline.within(deadline.left_s if is_last else whole_s / how.cycles)
                begun = [threads.submit(one.search, until, deadline, whole_s) for one in islands[1:]]
                islands[0].search(until, deadline, whole_s)
                for it in begun:
                    it.result()
                first = look()
                if best.makespan <= brief.bound or deadline.over or all(one.is_idle for one in islands):
                    break
                warmths.move([one.score for one in islands])
                for one in islands:
                    one.go_on_from(first)
        except KeyboardInterrupt:
            until.stop()
            wait(begun)
            threads.shutdown()  # Nobody changes a schedule any more that is looked at.
            look()
            raise
        finally:
            until.stop()
    return best


class _Island:
    """A schedule of its own, and the steps that change it."""

    def __init__(self, table: OrderTable, timed: TimedWork, brief: Brief, seed: int, how: OtherWays) -> None:
        self.table, self.how, self.warmth = table, how, how.warmth
        self._tasks = len(timed.work.tasks)
        self._search = search = table.search
        set_parameters(search, how, brief, seed)
        # One more, so that what it begins with is taken for the best.
        search["best_makespan"] = timed.makespan + 1
        search["aim"] = max(brief.bound, int(how.first_aim * timed.makespan))
        search["price"] = how.price * timed.makespan
        self._begin()

    def _begin(self) -> None:
        if not begin(self.table):
            raise RuntimeError("in the order of its starts, a schedule is safe")

    @property
    def score(self) -> tuple[int, int]:
        """The makespan of its shortest schedule, and the number of tasks."""
        return int(self._search["best_makespan"][0]), int(self._search["best"][0])

    @property
    def is_idle(self) -> bool:
        """Tell whether it has looked about for long without a shorter one."""
        return bool(self._search["idle"][0] > self.how.patience_compiled * max(1, self._tasks) ** 2)

    def search(self, until: Deadline, deadline: Deadline, whole_s: float) -> None:
        """Go on for a cycle: to aim higher, and to cool down."""
        how, search = self.how, self._search
        while not until.over and search["best_makespan"][0] > search["bound"][0]:
            left = deadline.left_s / whole_s * how.cycles % 1
            search["warmth"] = self.warmth * left
            search["aim_part"] = how.last_aim + (how.first_aim - how.last_aim) * left
            steps(self.table, 1 + how.tasks_a_turn // max(1, self._tasks))

    def go_on_from(self, other: _Island) -> None:
        """Take the shortest schedule of another, or its own, for the one at hand."""
        count = other.score[1]
        self.table.tasks[CHANGED, :count] = other.table.tasks[BEST, :count]
        self._search["changed"], self._search["turned"] = count, other._search["best_turned"]
        self._begin()


def set_parameters(search: Any, how: OtherWays, brief: Brief, seed: int) -> None:
    """Tell steps how to search, and what others have to keep to."""
    for name in ALIKE:
        search[name] = getattr(how, name)
    search["late_part"], search["price_part"], search["aim_part"] = how.late, how.price, how.first_aim
    search["any_cost"], search["bound"], search["random"] = brief.any_cost, brief.bound, seed
