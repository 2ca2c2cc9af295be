"""When orders of many tasks come first, and models of all of them are left out."""

from __future__ import annotations

import pytest

from heuristics import Deadline
from heuristics.justify import short_schedule
from heuristics.tasks import TimedWork, everyone
from models.clock import Clock
from planner.cp.solve import Effort
from planner.scheduling.bounds import Bound
from planner.scheduling.freedom import any_way, at_no_more_than, cost_of
from planner.scheduling.standing import ScheduleAsked, SoFar
from planner.scheduling.worthwhile import room_decides_for_many
from tests.builders import host, pool, vm
from tests.heuristics.finding import LONG_S
from tests.in_time import work_of

FAR, NEAR = 19, 20
"""Bounds below and above which a schedule of 30 s is half above them."""


def three_in_a_row():
    """h4 has room for c, whose room b waits for, whose room a waits for: 30 s."""
    vms = [vm(name, 6, migration_s=10) for name in "abc"]
    of = pool(
        [host(f"h{number}") for number in (1, 2, 3, 4)], vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h4: c"
    )
    return of, [(2, 3), (1, 2), (0, 1)]


def three_by_one_wire():
    """All leave h1, which sends one at a time: 30 s."""
    vms = [vm(name, migration_s=10) for name in "abc"]
    return pool([host("h1"), host("h2")], vms, "h1: a b c", "h2: a b c"), [(0, 1), (1, 1), (2, 1)]


def standing(tasks, bound, *, cost_is_free=False):
    of, moves = tasks
    problem = everyone(of)
    work = work_of(problem, Clock(problem), moves)
    freedom = any_way(problem) if cost_is_free else at_no_more_than(work)
    asked = ScheduleAsked(freedom, None if cost_is_free else cost_of(work), Effort(1))
    timed = TimedWork(work, short_schedule(work, Deadline(LONG_S)))
    assert timed.makespan == 30
    return SoFar(asked, timed, Bound(bound, "a guess"), Deadline(LONG_S))


def test_orders_come_first_where_the_end_waits_for_room_far_above_the_bound():
    assert room_decides_for_many(standing(three_in_a_row(), FAR))


@pytest.mark.parametrize(
    "other",
    [
        standing(three_in_a_row(), NEAR),
        standing(three_in_a_row(), FAR, cost_is_free=True),
        standing(three_by_one_wire(), FAR),
    ],
    ids=["near the bound", "any cost", "no room is waited for"],
)
def test_they_do_not_where(other):
    assert not room_decides_for_many(other)
