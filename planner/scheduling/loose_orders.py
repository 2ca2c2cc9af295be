"""The search over orders for one that bears bad luck, by compiled steps, by several threads at once.

Each has durations of its own, drawn at random, so that they do not all fall for the same ones. Loaded, and
with it the compiler, only where there is time enough. ALGORITHM.md, "Bad luck in the durations".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.orders.records import AIM
from heuristics.compiled.orders.steps import begin, steps
from heuristics.compiled.orders.tables import best_of, copied, order_table, with_luck
from planner.scheduling.freedom import at_no_more_than
from planner.scheduling.order_changes import Brief
from planner.scheduling.order_islands import set_parameters

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.compiled.orders.records import OrderTable
    from heuristics.tasks import TimedWork
    from planner.cp.solve import Effort
    from planner.scheduling.parameters import Loosening, ScheduleParameters


def loose_orders(
    timed: TimedWork, deadline: Deadline, effort: Effort, parameters: ScheduleParameters
) -> list[TimedWork]:
    """Give schedules of as many migrations of each VM that end no later, the best of each thread.

    By the durations that were drawn for it each ends earlier on average, or is the one it began with. There
    are none where compiled steps are not for this pool.
    """
    brief = Brief(at_no_more_than(timed.work), any_cost=False)
    table = order_table(timed, brief.free(timed.work), brief.settled(timed.work))
    if table is None:
        return []
    set_parameters(table.search, parameters.other_ways, brief, 0)
    rng = np.random.default_rng(effort.seed)
    orders = [_OneOrder(table, timed, parameters.loosening, rng) for _ in range(effort.workers)]
    until = deadline.within(deadline.left_s)
    with ThreadPoolExecutor(len(orders)) as threads:
        try:
            for ended in [threads.submit(one.run, until) for one in orders]:
                ended.result()
        finally:
            until.stop()
    return [best_of(one.table, timed.work) for one in orders]


class _OneOrder:
    """An order of its own, durations of its own, and the steps that change the order."""

    def __init__(self, table: OrderTable, timed: TimedWork, how: Loosening, rng: np.random.Generator) -> None:
        factors = how.spread ** rng.uniform(-1, 1, (table.vms.size, how.drawn))
        self.table, self.how = with_luck(copied(table), factors), how
        tasks = len(timed.work.tasks)
        self._steps = how.steps + how.steps_a_task * tasks
        # What is drawn of VMs, hosts and channels is cleared at each step, eight rows in the time of a task.
        cleared = 2 * table.vms.size + table.hosts.size + table.channels.size
        self._steps_a_turn = 1 + how.tasks_a_turn // (tasks + cleared // 8)
        search = self.table.search
        search["random"] = rng.integers(1 << 63)
        search["best_makespan"] = search["most_end"] = timed.makespan
        search["best_end_drawn"] = inf
        # However short it is by the estimates, it may be better.
        search["bound"] = -1
        search["aim"] = self.table.luck[AIM] = how.first_aim * timed.makespan
        if not begin(self.table):
            raise RuntimeError("in the order of its starts, a schedule is safe")

    def run(self, deadline: Deadline) -> None:
        """Aim higher and cool down, until the time is up, or enough steps have been made."""
        how, search, whole_s = self.how, self.table.search, max(deadline.left_s, 1e-9)
        while not deadline.over and search["steps"] < self._steps:
            left = min(deadline.left_s / whole_s, 1 - search["steps"][0] / self._steps)
            search["warmth"] = how.warmth * left
            search["aim_part"] = how.last_aim + (how.first_aim - how.last_aim) * left
            self.table.luck[AIM] = search["aim_part"] * search["best_end_drawn"]
            steps(self.table, self._steps_a_turn)
