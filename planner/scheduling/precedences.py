"""What each action has to wait for, so that a plan is safe however long its actions take.

A partial-order schedule (Policella, Cesta, Oddi, Smith 2004): host by host, arrivals wait for departures
that were over by their start; a VM's own actions form a chain; what others imply is left out. ALGORITHM.md,
"Precedences safe whatever the durations".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.scheduling.host_order import HostOrder, bits_of
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.stays import NO_TASK, limits_of, stays_of
from planner.scheduling.thin_out import ThinOut, pasts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.tasks import Work
    from planner.scheduling.parameters import Waiting
    from planner.scheduling.stays import TaskStay


def precedences(work: Work, starts: Sequence[int], parameters: Waiting = DEFAULT.waiting) -> list[list[int]]:
    """Give for each task those that must have ended before it starts.

    Parameters
    ----------
    work
        The tasks.
    starts
        A schedule of them that keeps every limit of every host.

    Returns
    -------
    list of list of int
        Every task in it ends by the start of the one that waits for it. None is implied by others, and
        without any of them some host could come to exceed a limit.
    """
    ends = [start + task.seconds for start, task in zip(starts, work.tasks, strict=True)]
    order = work.order(starts)
    rank = [0] * len(order)
    for place, task in enumerate(order):
        rank[task] = place
    previous = previous_of_each(work)
    after: list[set[int]] = [set() if before == NO_TASK else {before} for before in previous]
    hosts: dict[int, HostOrder] = {}
    for host, stays in stays_of(work).items():
        if limits := limits_of(work, host, stays):
            on_host = hosts[host] = HostOrder(stays, limits, starts, ends, rank, _own(stays), parameters)
            on_host.settle()
            for come, stay in enumerate(stays):
                after[stay.comes].update(stays[gone].goes for gone in bits_of(on_host.waits[come]))
    return ThinOut(work, reduced(after, order), order, hosts, previous, parameters.most_reached).run(ends)


def previous_of_each(work: Work) -> list[int]:
    """Give the task before each one of the same VM, ``NO_TASK`` for the first."""
    last = [NO_TASK] * work.problem.num_vms
    previous = []
    for number, task in enumerate(work.tasks):
        previous.append(last[task.vm])
        last[task.vm] = number
    return previous


def _own(stays: Sequence[TaskStay]) -> list[int]:
    """Give for every stay the earlier stays of the same VM on the same host, as bits."""
    earlier: dict[int, int] = {}
    known = [0] * len(stays)
    for it in sorted(range(len(stays)), key=lambda it: stays[it].comes):
        vm = stays[it].vm
        known[it] = earlier.get(vm, 0)
        earlier[vm] = known[it] | 1 << it
    return known


def reduced(after: Sequence[set[int]], order: Sequence[int]) -> list[list[int]]:
    """Leave out what is implied by others (transitive reduction).

    Parameters
    ----------
    after
        ``after[task]``: tasks that it waits for.
    order
        All tasks, each behind those that it waits for.
    """
    # Who waits for one task alone waits for it.
    implied: dict[int, set[int]] = {task: set() for task, tasks in enumerate(after) if len(tasks) > 1}
    for column, past in pasts(after, order):
        for task, known in implied.items():
            seen = 0
            for before in after[task]:
                seen |= past[before]
            known.update(it for it in after[task] if it in column and column[it] & seen)
    return [sorted(tasks - implied.get(task, set())) for task, tasks in enumerate(after)]
