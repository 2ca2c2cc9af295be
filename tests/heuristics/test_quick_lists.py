"""Compiled list schedules are those of Python, and are made where they are at hand and of use."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline, quick_lists
from heuristics.compiled.lists.one_pass import list_pass
from heuristics.justify import short_schedule
from heuristics.list_schedule import list_schedule
from heuristics.parameters import ListParameters
from heuristics.quick_lists import quick_pass, table_of
from heuristics.tasks import everyone
from models.clock import Clock
from models.timing import Link, Timing
from tests.builders import host, pool, vm
from tests.heuristics.finding import LONG_S
from tests.in_time import broken, of_hosts_alone, some_work, timed_pools, work_of
from tests.planner.solving import half
from tests.strategies import parsed

FOR_ALL = ListParameters(few_tasks=0)


def two_moves(**changes):
    """Give the work of two migrations that have no host in common; ``changes``: what the pool has else."""
    hosts = changes.pop("hosts", [host("h1"), host("h2"), host("h3"), host("h4")])
    problem = everyone(pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h3: a, h4: b", **changes))
    return work_of(problem, Clock(problem), [(0, 2), (1, 3)])


@half
@given(timed_pools().map(of_hosts_alone), st.integers(0, 99))
def test_every_pass_starts_all_tasks_when_python_does(data, seed):
    """Whatever the priorities, in either film: rooms, groups, channels, detours, shutdowns and provisions."""
    work = some_work(parsed(data))
    table = None if work is None else table_of(work)
    if work is None or table is None:
        event("not for compiled passes")
        return
    rng, order = Random(seed), range(len(work.tasks))
    for film in (work, work.backwards):
        table = table_of(film)
        if table is None:
            event("nobody can arrive at the target")
            return
        urgency = [rng.random() for _ in order]
        expected = list_schedule(film, order, urgency)
        numbers = np.array(order, dtype=np.int64)
        assert list_pass(table, numbers, np.array(urgency, dtype=np.float64)).tolist() == expected
        order = work.backwards.order(film.mirrored(expected))


@half
@given(timed_pools().map(of_hosts_alone))
def test_what_is_pushed_there_and_back_by_compiled_passes_keeps_all_limits(data):
    if (work := some_work(parsed(data))) is None:
        return
    starts = short_schedule(work, Deadline(LONG_S), shakes=2, parameters=FOR_ALL)
    assert broken(work, starts) == []
    assert starts == short_schedule(work, Deadline(LONG_S), shakes=2)


def test_where_hosts_share_a_link_or_are_over_a_limit_python_makes_the_passes():
    assert table_of(two_moves()) is not None
    link = Link("up", ("h1", "h2"), 100)
    assert table_of(two_moves(timing=Timing(links=(link,)))) is None
    assert table_of(two_moves(timing=Timing(max_parallel=1))) is None
    assert table_of(two_moves(hosts=[host("h1", 0), host("h2"), host("h3"), host("h4")])) is None


def test_few_tasks_little_time_and_what_is_not_compiled_are_left_to_python(monkeypatch):
    monkeypatch.setattr(quick_lists, "is_kept", lambda _: True)
    work = two_moves()
    assert quick_pass(work, Deadline(LONG_S), FOR_ALL) is not list_schedule
    assert quick_pass(work, Deadline(LONG_S)) is list_schedule
    assert quick_pass(work, Deadline(FOR_ALL.load_s / 2), FOR_ALL) is list_schedule
    monkeypatch.setattr(quick_lists, "is_kept", lambda _: False)
    assert quick_pass(work, Deadline(LONG_S), FOR_ALL) is list_schedule
