"""Of schedules that are as short, one that ends earlier on average when durations are drawn at random."""

from __future__ import annotations

from random import Random
from statistics import fmean

import numpy as np
import pytest

from heuristics import Deadline
from heuristics.compiled.at_hand import compile_all, is_kept
from heuristics.justify import short_schedule
from heuristics.tasks import everyone
from models import PoolState, Timing
from models.clock import Clock
from models.pool import Pool
from planner import plan
from planner.cp.solve import Effort
from planner.scheduling import loosen
from planner.scheduling.judging import judge_schedule
from planner.scheduling.loosen import loosened
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.precedences import precedences
from planner.scheduling.rehearsal import rehearse
from planner.scheduling.timetable import Timetable, work_of_actions, written_out
from planner.soak.pools.shuffles import shuffled

SOME_S = 20.0
"""More than it takes: steps are few."""


@pytest.fixture(scope="module")
def pool() -> Pool:
    """Give a shuffle of 20 hosts at 80%, a migration in and one out of each at a time."""
    of = shuffled(np.random.default_rng([20, 1]), 20, 0.8)
    here = of.current
    state = PoolState(here.hosts, here.vms, here.placement, timing=Timing(rate_mbps=93, overhead_s=0))
    return Pool(state, state.placed(of.target.placement))


@pytest.fixture(scope="module")
def timetable(pool) -> Timetable:
    """Give a schedule of its shortest plan, found by lists."""
    found = plan(pool.current, pool.target, workers=1, time_limit_s=20).plan
    assert found is not None
    problem = everyone(pool)
    work = work_of_actions(problem, Clock(problem), found.actions)
    return Timetable(work, short_schedule(work, Deadline(2.0), shakes=20), 0)


def late(timetable: Timetable) -> float:
    """Give when it ends on average, by durations that nothing was tuned to."""
    work, rng, ends = timetable.work, Random(99), []
    waits = precedences(work, timetable.starts)
    for _ in range(200):
        times = [2 ** rng.uniform(-1, 1) for _ in work.problem.vms]
        seconds = [times[task.vm] * task.seconds for task in work.tasks]
        ends.append(rehearse(work, waits, seconds, timetable.starts).makespan_s)
    return fmean(ends)


def test_it_ends_no_later_neither_as_planned_nor_on_average(pool, timetable):
    if not is_kept():
        compile_all()
    found = loosened(timetable, Deadline(6.0), Effort(2))
    assert found.makespan_s <= timetable.makespan_s
    # What was better by some draws may be a little worse by others.
    assert late(found) <= 1.02 * late(timetable)
    again, times = written_out(found, DEFAULT.waiting)
    assert judge_schedule(pool, again, times) == []


def test_with_one_worker_it_stays_the_same_whatever_is_compiled(timetable):
    assert loosened(timetable, Deadline(SOME_S), Effort(1)) is timetable


def test_without_compiled_steps_it_stays_the_same(timetable, monkeypatch):
    monkeypatch.setattr(loosen, "is_kept", lambda: False)
    assert loosened(timetable, Deadline(SOME_S), Effort(2)) is timetable


def test_where_the_time_is_up_it_stays_the_same(timetable):
    assert loosened(timetable, Deadline(0.0), Effort(2)) is timetable
