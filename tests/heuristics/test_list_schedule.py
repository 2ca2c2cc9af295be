"""List schedules: within all limits at every second, never in a deadlock, never later than one by one."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.justify import justified, short_schedule
from heuristics.list_schedule import list_schedule
from heuristics.parameters import ListParameters
from heuristics.spare import Spare
from heuristics.tasks import everyone
from models.clock import Clock
from tests.builders import host, pool, vm
from tests.counting import steps_of
from tests.heuristics.finding import LONG_S
from tests.in_time import broken, some_work, timed_pools, work_of
from tests.planner.solving import half
from tests.strategies import parsed


def one_by_one(work):
    """Give the seconds of all tasks together."""
    return sum(task.seconds for task in work.tasks)


@half
@given(timed_pools(), st.integers(0, 99))
def test_every_pass_keeps_all_limits_at_every_second(data, seed):
    """Whatever the priorities: rooms, groups, channels, chains of detours, shutdowns and provisions."""
    if (work := some_work(parsed(data))) is None:
        return
    urgency = [Random(seed + number).random() for number in range(len(work.tasks))]
    starts = list_schedule(work, range(len(work.tasks)), urgency)
    assert broken(work, starts) == []
    assert work.makespan(starts) <= one_by_one(work)


@half
@given(timed_pools())
def test_justification_keeps_all_limits_and_never_gets_longer(data):
    """The film turned round twice is a schedule again."""
    if (work := some_work(parsed(data))) is None:
        return
    heard = []
    starts = short_schedule(work, Deadline(LONG_S), shakes=2, listen=heard.append)
    assert broken(work, starts) == []
    assert [work.makespan(it) for it in heard] == sorted({work.makespan(it) for it in heard}, reverse=True)
    assert all(broken(work, it) == [] for it in heard)
    assert starts == heard[-1]


@half
@given(timed_pools())
def test_without_time_it_is_pushed_there_and_back_once_if_it_is_small(data):
    if (work := some_work(parsed(data))) is None:
        return
    over = Deadline(LONG_S)
    over.stop()
    heard, one_pass = [], []
    short_schedule(work, over, listen=heard.append)
    short_schedule(work, over, listen=one_pass.append, parameters=ListParameters(always_back=0))
    assert len(one_pass) == 1
    assert heard[0] == one_pass[0]
    assert len(heard) <= 2
    back = list(islice(justified(work, heard[0], Deadline(LONG_S)), 2))
    assert heard[-1] == min(back, key=work.makespan)


class Ticking(Deadline):
    """A clock on which each look is a second later."""

    looks: ClassVar[int] = 0

    @property
    def elapsed_s(self):
        """So many looks."""
        Ticking.looks += 1
        return float(Ticking.looks)


@half
@given(timed_pools())
def test_where_time_is_up_on_the_way_what_came_out_there_is_a_schedule_too(data):
    """Time for one way and not for back: pushed to the end, it keeps all limits."""
    if (work := some_work(parsed(data))) is None or not Spare(work.problem, work.problem.src).is_sane():
        return
    first = short_schedule(work, Deadline(LONG_S))
    Ticking.looks = 0
    there = list(justified(work, first, Ticking(4.5), round_s=2.0))
    assert len(there) == 2
    assert broken(work, there[-1]) == []


@half
@given(timed_pools())
def test_a_schedule_to_begin_with_never_gets_longer(data):
    if (work := some_work(parsed(data))) is None:
        return
    begun = list_schedule(work, range(len(work.tasks)), [0.0] * len(work.tasks))
    heard = []
    found = short_schedule(work, Deadline(LONG_S), shakes=3, begun=begun, listen=heard.append)
    assert heard[0] == begun
    assert broken(work, found) == []
    assert work.makespan(found) <= work.makespan(begun)


def test_no_task_starts_that_would_lock_the_others():
    """The room on the first host is for the last VM of the ring; a stranger who came first would lock all.

    v3 must come to h0 first, then v2 to h3, and so on: each waits for the one before, 20 s in all. The
    stranger s (4, from h4 to h0) fits at once, and the most urgent of all, but then nobody could ever move.
    """
    hosts = [host("h0", 8), *(host(f"h{number}", 4) for number in (1, 2, 3)), host("h4", 4)]
    vms = [*(vm(f"v{number}", 4, migration_s=5) for number in range(4)), vm("s", 4, migration_s=1)]
    here = {"v0": "h0", "v1": "h1", "v2": "h2", "v3": "h3", "s": "h4"}
    there = {"v0": "h1", "v1": "h2", "v2": "h3", "v3": "h0", "s": "h0"}
    problem = everyone(pool(hosts, vms, here, there))
    work = work_of(problem, Clock(problem), [(3, 0), (2, 3), (1, 2), (0, 1), (4, 0)])
    starts = list_schedule(work, range(5), [4, 3, 2, 1, 0])
    assert broken(work, starts) == []
    assert starts == [0, 5, 10, 15, 20]


def test_roomy_pools_are_as_short_as_their_busiest_host():
    """Four VMs of 3 s leave h0, one at a time: 12 s, whatever the order."""
    hosts = [host("h0", 8), *(host(f"h{number}", 8) for number in (1, 2))]
    vms = [vm(f"v{number}", 1, migration_s=3) for number in range(6)]
    here = dict.fromkeys(("v0", "v1", "v2", "v3"), "h0") | dict.fromkeys(("v4", "v5"), "h1")
    there = {"v0": "h1", "v1": "h1", "v2": "h2", "v3": "h2", "v4": "h2", "v5": "h0"}
    problem = everyone(pool(hosts, vms, here, there))
    work = work_of(problem, Clock(problem), [(number, problem.dst[number]) for number in range(6)])
    starts = short_schedule(work, Deadline(LONG_S), bound=12)
    assert work.makespan(starts) == 12


def work_at_one_host(count, *, comes):
    """Give the work of as many VMs that all leave one host for two others, or come to it from these."""
    vms = [vm(f"v{number}", 1, migration_s=1 + number % 3) for number in range(count)]
    there = dict.fromkeys((it.name for it in vms), "big")
    elsewhere = {it.name: ("h1", "h2")[number % 2] for number, it in enumerate(vms)}
    placements = (elsewhere, there) if comes else (there, elsewhere)
    problem = everyone(pool([host("big", count), host("h1", count), host("h2", count)], vms, *placements))
    return work_of(problem, Clock(problem), [(number, problem.dst[number]) for number in range(count)])


@pytest.mark.parametrize("comes", [False, True])
def test_nobody_looks_at_all_who_wait_each_time_that_one_has_left_or_come(comes):
    """Of four times as many at one host a pass takes about four times as long, and not sixteen times."""

    def steps(count):
        work = work_at_one_host(count, comes=comes)
        urgency = [float(task.seconds) for task in work.tasks]
        return steps_of(lambda: list_schedule(work, range(count), urgency))

    assert steps(400) < 6 * steps(100)
