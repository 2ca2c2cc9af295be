"""Of schedules that are as short, one that ends earlier on average when durations are drawn at random."""

from __future__ import annotations

from random import Random
from statistics import fmean

import numpy as np
import pytest

from heuristics import Deadline
from heuristics.compiled.at_hand import CompiledPart, compile_part, is_kept
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
from planner.scheduling.parameters import DEFAULT, ScheduleParameters
from planner.scheduling.precedences import precedences
from planner.scheduling.rehearsal import rehearse
from planner.scheduling.timetable import Timetable, work_of_actions, written_out
from planner.soak.pools.shuffles import shuffled
from tests.planner.ctrl_c import pressing

MUCH_S = 600.0
"""Much more than it takes."""


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


def steps_are_at_hand() -> None:
    if not is_kept(CompiledPart.ORDERS):
        compile_part(CompiledPart.ORDERS)


def test_it_ends_no_later_as_planned_and_earlier_on_average(pool, timetable):
    """It ends by its steps, though time is left, so that it comes to the same each time."""
    steps_are_at_hand()
    deadline = Deadline(MUCH_S)
    found = loosened(timetable, deadline, Effort(2))
    assert not deadline.over
    assert found.makespan_s <= timetable.makespan_s
    assert late(found) < late(timetable)
    again, times = written_out(found, DEFAULT)
    assert judge_schedule(pool, again, times) == []


def test_an_interrupt_is_heard_at_once(timetable):
    steps_are_at_hand()
    endless = ScheduleParameters.of("loosening.steps=1000000000")
    deadline = Deadline(MUCH_S)
    with pressing(after_s=1.0) as presser:
        presser.press()
        with pytest.raises(KeyboardInterrupt):
            loosened(timetable, deadline, Effort(2), endless)
    assert not deadline.over


def test_with_one_worker_it_stays_the_same_whatever_is_compiled(timetable, monkeypatch):
    monkeypatch.setattr(loosen, "is_kept", lambda _: True)
    assert loosened(timetable, Deadline(MUCH_S), Effort(1)) is timetable


def test_without_compiled_steps_it_stays_the_same_and_they_are_begun(timetable, monkeypatch):
    begun: list[CompiledPart] = []
    monkeypatch.setattr(loosen, "is_kept", lambda _: False)
    monkeypatch.setattr(loosen, "begin_to_compile", begun.append)
    assert loosened(timetable, Deadline(MUCH_S), Effort(2)) is timetable
    assert begun == [CompiledPart.ORDERS]


def test_where_the_time_is_up_it_stays_the_same(timetable, monkeypatch):
    monkeypatch.setattr(loosen, "is_kept", lambda _: True)
    assert loosened(timetable, Deadline(0.0), Effort(2)) is timetable


def test_few_tasks_stay_the_same(timetable):
    steps_are_at_hand()
    many = ScheduleParameters.of(f"loosening.fewest_tasks={len(timetable.work.tasks) + 1}")
    assert loosened(timetable, Deadline(MUCH_S), Effort(2), many) is timetable
