"""Plans to a placement over hosts that are being emptied: only where nothing else will do, but then."""

from __future__ import annotations

import msgspec
import pytest

from models import Pool, PoolState, Timing
from models.pool_file import PoolFile
from planner import Status
from planner.goals.drain import Drain
from planner.goals.planned import migrations_of
from planner.goals.repair import Repair
from tests.builders import host, vm, where
from tests.planner.goals.reaching import reached


@pytest.mark.parametrize("schedule", [False, True])
def test_the_only_way_may_lead_over_a_host_that_is_being_emptied(schedule):
    """Nobody goes from version 9 to 8, but over h2, which names none."""
    hosts = [host("h1", version=9), host("h2"), host("h3", version=8)]
    state = PoolState(hosts, [vm("a", 4), vm("b", 4)], where("h1: a, h2: b"))
    pool = msgspec.to_builtins(PoolFile.of(Pool(state, state)))
    del pool["target"]
    result = reached(pool, Drain("h1", "h2"), schedule=schedule)
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 3, 3)


def exchanged(**fields):
    """Exchange a large VM for two small ones by way of a host: four migrations, or five of no more RAM."""
    hosts = [host(name, 4000, max_in=4, max_out=4) for name in ("h1", "h2", "h3")]
    vms = [vm("large", 4000, **fields), vm("a", 2000), vm("b", 2000)]
    start, end = where("h1: large, h2: a b"), where("h1: a b, h2: large")
    state = PoolState(hosts, vms, start, timing=Timing(rate_mbps=1000, overhead_s=0))
    return msgspec.to_builtins(PoolFile.of(Pool(state, state.placed(end))))


@pytest.mark.parametrize(("most", "end_s"), [(4, 95), (5, 76)])
def test_of_plans_that_cost_the_same_one_takes_as_few_migrations_as_are_allowed(most, end_s):
    """By RAM both cost the same; the one with the five ends earlier."""
    for schedule in (False, True):
        result = reached(exchanged(), Repair(at_most=most), objective="ram", schedule=schedule)
        assert (result.status, result.cost, migrations_of(result.plan)) == (Status.OPTIMAL, 12_000, most)
    assert result.schedule.makespan_s == end_s


def test_a_stop_is_taken_where_migrations_are_too_many():
    """It costs as much as ten, and counts as one."""
    pool = exchanged(offline=True)
    assert reached(pool, Repair(at_most=4)).cost == 4
    assert reached(pool, Repair(at_most=3)).cost == 12
    assert reached(pool, Repair(at_most=2)).plan is None


def test_a_schedule_says_nothing_of_placements_that_were_not_chosen():
    """A drain as cheap ends sooner elsewhere: what is proven of this one is none of its business."""
    hosts = [host("a"), host("b", bandwidth_mbps=10), host("c", bandwidth_mbps=1000)]
    state = PoolState(hosts, [vm("x", 4)], where("a: x"))
    pool = msgspec.to_builtins(PoolFile.of(Pool(state, state)))
    del pool["target"]
    result = reached(pool, Drain("a"), schedule=True)
    assert result.schedule.makespan_bound_s is None
