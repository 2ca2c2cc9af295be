"""List schedules in the quickest way at hand: compiled, or here. ALGORITHM.md, "List scheduling".

Either way the same tasks start at the same seconds.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.at_hand import CompiledPart, is_kept
from heuristics.list_schedule import list_schedule, shared_channels
from heuristics.parameters import LISTS, ListParameters
from heuristics.spare import Spare
from heuristics.words import few_words
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heuristics.compiled.lists.one_pass import ListTable
    from heuristics.deadline import Deadline
    from heuristics.tasks import Work
    from heuristics.words import Ints

    ListPass = Callable[[Work, Sequence[int], Sequence[float]], list[int]]
    """What makes a list schedule, as :func:`heuristics.list_schedule.list_schedule`."""


def quick_pass(work: Work, deadline: Deadline, parameters: ListParameters = LISTS) -> ListPass:
    """Give what makes list schedules of these tasks, in either film, in the quickest way at hand."""
    if len(work.tasks) <= parameters.few_tasks or deadline.left_s < parameters.load_s:
        return list_schedule
    if not is_kept(CompiledPart.ORDERS):
        return list_schedule
    tables = [table_of(film) for film in (work, work.backwards)]
    if None in tables:
        return list_schedule
    from heuristics.compiled.lists.one_pass import list_pass

    def compiled(film: Work, order: Sequence[int], urgency: Sequence[float]) -> list[int]:
        table = tables[film.turned != work.turned]
        assert table is not None
        numbers = np.array(order, dtype=np.int64)
        starts: list[int] = list_pass(table, numbers, np.array(urgency, dtype=np.float64)).tolist()
        return starts

    return compiled


def table_of(work: Work) -> ListTable | None:
    """Give some tasks to compiled passes.

    Returns
    -------
    ListTable or None
        None where migrations between other hosts share a channel, where hosts are over a limit at first, or
        where amounts are more than a few words hold.
    """
    problem, tasks = work.problem, work.tasks
    if any(shared_channels(work)) or not Spare(problem, work.at_first).is_sane():
        return None
    words = few_words(problem, work.at_first, 1)
    if words is None:
        return None
    from heuristics.compiled.lists.one_pass import ListTable

    rows = [(task.vm, task.src, task.dst, task.seconds) for task in tasks]
    vm, src, dst, seconds = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    uses = np.array([use for task in tasks for use in task.uses], dtype=np.int64).reshape(-1, 2)
    lacks, use_queue = _numbered(uses)
    comes = dst != OFF
    kinds, kind = _numbered(np.column_stack([dst, words.need[vm]])[comes])
    room_queue = np.full(len(tasks), -1, dtype=np.int64)
    room_queue[comes] = len(lacks) + kind
    channels = len(work.clock.limits)
    place = np.concatenate([lacks[:, 0], channels + kinds[:, 0]])
    waiting = np.bincount(np.concatenate([use_queue, room_queue[comes]]), minlength=len(place))
    visits = np.zeros(problem.num_hosts + 1, dtype=np.int64)
    for hosts in (src, dst):
        np.add.at(visits, hosts[hosts != OFF] + 1, 1)
    return ListTable(
        vm=np.ascontiguousarray(vm),
        src=np.ascontiguousarray(src),
        dst=np.ascontiguousarray(dst),
        seconds=np.ascontiguousarray(seconds),
        first_use=np.array([*accumulate((len(task.uses) for task in tasks), initial=0)], dtype=np.int64),
        channel=np.ascontiguousarray(uses[:, 0]),
        amount=np.ascontiguousarray(uses[:, 1]),
        use_queue=use_queue,
        room_queue=room_queue,
        first_queue=np.searchsorted(place, np.arange(channels + problem.num_hosts + 1)),
        place=place,
        lack=np.concatenate([lacks[:, 1], np.zeros(len(kinds), dtype=np.int64)]),
        first_waiting=np.concatenate([[0], np.cumsum(waiting)]),
        limits=np.array(work.clock.limits, dtype=np.int64),
        first_visit=np.cumsum(visits),
        need=words.need,
        room=words.room,
        over=words.over,
    )


def _numbered(rows: Ints) -> tuple[Ints, Ints]:
    """Give the rows that differ, in order, and for each row which of these it is."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    number = np.empty(len(rows), dtype=np.int64)
    number[order] = np.cumsum(is_new) - 1
    return ordered[is_new], number
