"""Precedences left out as other hosts keep apart what they would; each VM waits for itself all the same."""

from __future__ import annotations

import pytest
from hypothesis import given

from models import Plan
from planner.scheduling import thin_out
from planner.scheduling.host_order import HostOrder
from planner.scheduling.precedences import precedences, previous_of_each
from planner.scheduling.stays import NO_TASK, stays_of
from planner.scheduling.thin_out import ThinOut
from planner.scheduling.timetable import work_of_plan
from tests.builders import host, moves, pool, vm
from tests.in_time import listed, some_work, timed_pools
from tests.strategies import parsed


def there_and_on():
    """V leaves h1 for h2, x comes from h3 to h1, then v goes on to h3; there is room for all of it."""
    hosts = [host(name, 9) for name in ("h1", "h2", "h3")]
    of = pool(hosts, [vm("v"), vm("x")], "h1: v, h3: x", "h3: v, h1: x")
    walk = Plan.of(of, moves("v: h1 -> h2", "x: h3 -> h1", "v: h2 -> h3"))
    return work_of_plan(of, walk)


def thinned(work, after, previous, most_reached=100):
    """Thin out precedences of hosts of which none is short of anything."""
    order = list(range(len(work.tasks)))
    starts, ends = order, [it + 1 for it in order]
    hosts = {
        number: HostOrder(stays, [], starts, ends, order, [0] * len(stays))
        for number, stays in stays_of(work).items()
    }
    return ThinOut(work, after, order, hosts, previous, most_reached).run(ends)


def test_what_no_host_needs_is_left_out():
    assert thinned(there_and_on(), [[], [0], [1]], [NO_TASK] * 3) == [[], [], []]


def test_what_makes_a_vm_wait_for_itself_is_kept():
    work = there_and_on()
    assert thinned(work, [[], [0], [1]], previous_of_each(work)) == [[], [0], [1]]


def test_where_too_many_would_have_to_be_looked_at_all_is_kept():
    assert thinned(there_and_on(), [[], [0], [1]], [NO_TASK] * 3, most_reached=2) == [[], [0], [1]]


@given(timed_pools())
def test_the_same_comes_out_however_many_tasks_are_looked_up_at_once(file):
    if (work := some_work(parsed(file))) is None:
        return
    starts, after = listed(work)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thin_out, "COLUMNS", 3)
        assert precedences(work, starts) == after
