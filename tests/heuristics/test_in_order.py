"""Tasks placed in a given order: within all limits, never later than the schedule whose order it is."""

from __future__ import annotations

from math import inf
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from heuristics.in_order import Reel, legs_of, pushed_early, work_of_legs
from heuristics.list_schedule import list_schedule
from heuristics.spare import Spare
from heuristics.tasks import TimedWork, everyone
from models.clock import Clock
from planner.scheduling.timetable import work_of_actions
from tests.builders import host, moves, pool, vm
from tests.in_time import broken, some_work, timed_pools
from tests.planner.solving import half
from tests.strategies import parsed


def placed(work, starts, **options):
    """Place the tasks of a schedule in the order of its starts."""
    return Reel(work.problem, work.clock).placed(legs_of(work, starts), **options)


def of_the_film(work, found):
    """Give what is placed as tasks and starts."""
    return work_of_legs(work.problem, work.clock, found.legs), found.starts


@half
@given(timed_pools())
def test_in_the_order_of_a_schedule_nothing_starts_later(data):
    if (work := some_work(parsed(data))) is None:
        return
    starts = list_schedule(work, range(len(work.tasks)), [float(task.seconds) for task in work.tasks])
    again, found = of_the_film(work, placed(work, starts))
    assert broken(again, found) == []
    before = {(task.vm, task.src, task.dst): start for task, start in zip(work.tasks, starts, strict=True)}
    for task, start in zip(again.tasks, found, strict=True):
        if sum((task.vm, task.src, task.dst) == (it.vm, it.src, it.dst) for it in again.tasks) == 1:
            assert start <= before[task.vm, task.src, task.dst]


def test_nobody_waits_for_nothing():
    """Nothing keeps b: other hosts, other wires than those of a. c comes where a was, and waits for a."""
    hosts = [host(f"h{number}", 4) for number in range(5)]
    of = pool(hosts, [vm(name, 4) for name in "abc"], "h0: a, h2: b, h4: c", "h1: a, h3: b, h0: c")
    problem = everyone(of)
    work = work_of_actions(problem, Clock(problem), moves("a: h0 -> h1", "b: h2 -> h3", "c: h4 -> h0"))
    again = pushed_early(TimedWork(work, work.one_by_one()))
    took = {task.vm: task.seconds for task in again.work.tasks}
    starts = {task.vm: start for task, start in zip(again.work.tasks, again.starts, strict=True)}
    assert starts == {0: 0, 1: 0, 2: took[0]}


@half
@given(timed_pools(), st.integers(0, 99))
def test_in_any_order_limits_are_kept_or_there_is_no_schedule(data, seed):
    if (work := some_work(parsed(data))) is None:
        return
    legs = legs_of(work, list_schedule(work, range(len(work.tasks)), [0.0] * len(work.tasks)))
    Random(seed).shuffle(legs)
    found = Reel(work.problem, work.clock).placed(legs)
    if found is not None:
        assert broken(*of_the_film(work, found)) == []
        assert found.makespan == work_of_legs(work.problem, work.clock, found.legs).makespan(found.starts)


@half
@given(timed_pools())
def test_the_film_run_backwards_ends_no_later_and_keeps_all_limits(data):
    if (work := some_work(parsed(data))) is None or not Spare(work.problem, work.problem.src).is_sane():
        return
    starts = list_schedule(work, range(len(work.tasks)), [0.0] * len(work.tasks))
    film, back = Reel(work.problem, work.clock), Reel(work.problem, work.clock, turned=True)
    legs, _ = film.mirrored(placed(work, starts))
    found = back.placed(legs)
    assert found.makespan <= work.makespan(starts)
    forwards, at = back.mirrored(found)
    assert broken(work_of_legs(work.problem, work.clock, forwards), at) == []


def test_cost_counts_who_is_home_late_and_every_migration_more():
    of = pool(
        [host("h1"), host("h2"), host("h3")],
        [vm("a", migration_s=10), vm("b", migration_s=10)],
        "h1: a b",
        "h2: a, h3: b",
    )
    problem = everyone(of)
    work = work_of_actions(problem, Clock(problem), moves("a: h1 -> h3", "a: h3 -> h2", "b: h1 -> h3"))
    starts = [0, 10, 10]  # a is home at 20, b too
    assert placed(work, starts, aim=20).cost == 0
    assert placed(work, starts, aim=15, price=3).cost == 5 + 5 + 3
    assert placed(work, starts, aim=15, price=3, most=13) is not None
    assert placed(work, starts, aim=15, price=3, most=12.5) is None
    assert placed(work, starts, most=inf).makespan == 20
