"""Convergence: no VM migrates on a way that carries less than it writes, or that takes it years."""

from __future__ import annotations

import pytest

from models import Link, Plan, PlannerError, PoolError, Timing
from models.problem import Problem
from planner import find, plan, reach, schedule
from planner.goals.drain import Drain
from planner.rolling import roll
from tests.builders import broken_by, host, moves, pool, vm


def test_a_migration_that_never_converges_is_refused_with_the_figures():
    """93 Mb/s at 0.9 carry 9.98 MiB/s."""
    busy = pool([host("h1"), host("h2")], [vm("a", dirty_mib_s=10)], "h1: a", "h2: a", timing=Timing(93))
    with pytest.raises(
        PoolError, match=r"target\.a: .*dirty_mib_s=10 .* 9\.978 MiB/s that 93 Mb/s at .* 0\.9"
    ):
        busy.check()


def test_just_below_what_the_way_carries_it_converges():
    pool([host("h1"), host("h2")], [vm("a", dirty_mib_s=9.97)], "h1: a", "h2: a", timing=Timing(93)).check()


def test_a_measured_time_says_that_it_ends():
    guest = vm("a", dirty_mib_s=10, migration_s=60)
    pool([host("h1"), host("h2")], [guest], "h1: a", "h2: a", timing=Timing(93)).check()


def test_a_vm_that_stays_may_write_what_it_likes():
    pool([host("h1"), host("h2")], [vm("a", dirty_mib_s=1e6)], "h1: a", "h1: a").check()


def test_one_that_may_be_stopped_is_stopped():
    guest = vm("a", dirty_mib_s=1e6, offline=True)
    busy = pool([host("h1"), host("h2")], [guest], "h1: a", "h2: a")
    result = plan(busy.current, busy.target, workers=1)
    assert str(result.plan) == "1. stop a on h1\n2. start a on h2"


def test_no_detour_leads_over_a_wire_that_is_too_slow():
    """B steps aside for a; on h3, which has most room, its migration would never end, so it is h4."""
    hosts = [host("h1"), host("h2"), host("h3", bandwidth_mbps=10), host("h4", bandwidth_mbps=1000)]
    swap = pool(hosts, [vm("a", 6), vm("b", 6, dirty_mib_s=5)], "h1: a, h2: b", "h1: b, h2: a")
    result = plan(swap.current, swap.target, workers=1)
    assert result.cost == 3
    assert all(one.destination != "h3" for one in result.plan.migrations)
    slow = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    assert broken_by(swap, slow) == [(1, "convergence"), (3, "convergence")]


def test_a_link_on_the_way_counts():
    rack = Timing(links=(Link("rack", ("h1",), 10),))
    hosts = [host("h1"), host("h2"), host("h3")]
    here = pool(hosts, [vm("a", dirty_mib_s=5), vm("b", dirty_mib_s=5)], "h1: a, h2: b", "h2: a, h3: b")
    over = pool(
        hosts, [vm("a", dirty_mib_s=5), vm("b", dirty_mib_s=5)], "h1: a, h2: b", "h2: a, h3: b", timing=rack
    )
    here.check()
    with pytest.raises(PoolError) as caught:
        over.check()
    assert [error.split(":")[0] for error in caught.value.errors] == ["target.a"]


def with_one_too_slow(target, **fields):
    """Over the NIC of h4, 3 MiB take 80 years."""
    hosts = [host("h1"), host("h2"), host("h3"), host("h4", bandwidth_mbps=1e-8)]
    return pool(hosts, [vm("a", 6), vm("b", 6, **fields)], "h1: a, h2: b", target)


@pytest.mark.parametrize("objective", ["moves", "time"])
def test_a_host_that_is_too_slow_for_anyone_is_of_no_use_and_does_no_harm(objective):
    swap = with_one_too_slow("h1: b, h2: a")
    result = plan(swap.current, swap.target, objective=objective, schedule=True, workers=1)
    assert result.cost == 3
    assert all(one.destination != "h4" for one in result.plan.migrations)


def test_who_has_to_go_where_it_takes_years_is_named():
    with pytest.raises(PoolError, match=r"target\.b: .*at 1e-08 Mb/s its migration takes .* at most 10\^9"):
        with_one_too_slow("h1: a, h4: b").check()
    with_one_too_slow("h1: a, h4: b", migration_s=60).check()


PETABYTES = 2**37
"""Over 30 years at 1000 Mb/s, in MiB; 128 GiB in bytes."""


def huge(**fields):
    """Give a pool of one VM, as large as its hosts, that has to migrate."""
    hosts = [host("h1", PETABYTES), host("h2", PETABYTES)]
    timing = fields.pop("timing", Timing())
    return pool(hosts, [vm("a", PETABYTES, **fields)], "h1: a", "h2: a", timing=timing)


def test_a_pool_that_says_nothing_of_time_may_be_as_large_as_it_likes():
    large = huge()
    large.check()
    assert plan(large.current, large.target, workers=1).cost == 1
    assert find(large.current, large.target, method="aspiers").cost == 1
    assert reach(large.current, Drain("h1"), workers=1).cost == 1
    assert roll(large.current, "h1", workers=1).cost == 1


@pytest.mark.parametrize("asked", [{"schedule": True}, {"objective": "time"}], ids=str)
def test_who_asks_for_time_is_told_of_the_unit(asked):
    large = huge()
    with pytest.raises(
        PoolError, match=r"target\.a: .* at most 10\^9; it copies .* MiB, is it given in bytes\?"
    ):
        plan(large.current, large.target, workers=1, **asked)
    assert reach(large.current, Drain("h1"), workers=1, **asked).status == "infeasible"
    assert roll(large.current, "h1", workers=1, schedule=True).status == "infeasible"


def two_swaps_beside(room):
    """Give a pool that says nothing of time, where c, which stays, may step aside, and a plan of it."""
    hosts = [host("h1", 2 * room), host("h2", 2 * room), host("h3", room)]
    vms = [*(vm(name, room // 3) for name in ("a1", "a2", "b1", "b2")), vm("c", room)]
    swaps = pool(hosts, vms, "h1: a1 a2 c, h2: b1 b2", "h1: b1 b2 c, h2: a1 a2")
    aside = "a1: h1 -> h3", "b1: h2 -> h1", "a1: h3 -> h2", "a2: h1 -> h3", "b2: h2 -> h1", "a2: h3 -> h2"
    return swaps, Plan.of(swaps, moves(*aside))


def test_who_stays_may_be_as_large_as_it_likes_where_a_plan_is_scheduled():
    """To send c aside would cost no more than the plan, and take 40 years."""
    swaps, walk = two_swaps_beside(PETABYTES)
    found = schedule(swaps, walk, workers=1, time_limit_s=2.0)
    assert {one.vm for one in found.plan.migrations} == {"a1", "a2", "b1", "b2"}


def test_a_plan_with_a_migration_of_years_is_not_scheduled():
    large = huge()
    with pytest.raises(PlannerError, match=r"cannot be scheduled: action 1: .* at most 10\^9; it copies"):
        schedule(large, Plan.of(large, moves("a: h1 -> h2")), workers=1)


@pytest.mark.parametrize(
    "fields",
    [{"timing": Timing(rate_mbps=1000)}, {"dirty_mib_s": 1}, {"hot_mib": 1}, {"copied_mib": PETABYTES}],
    ids=str,
)
def test_a_pool_that_speaks_of_time_is_held_to_it(fields):
    with pytest.raises(PoolError, match=r"target\.a: .* must be at most 10\^9"):
        huge(**fields).check()


def test_a_measured_time_is_enough_for_who_asks():
    large = huge(migration_s=60)
    assert plan(large.current, large.target, workers=1, schedule=True).schedule.makespan_s == 60


def test_a_state_that_is_asked_for_time_stays_the_same_where_nothing_changes():
    small = pool([host("h1"), host("h2")], [vm("a")], "h1: a", "h2: a").current
    assert small.timed() is small
    asked = huge().current.timed()
    assert asked.timed() is asked
    assert asked.changed(vms=asked.vms).rules[-1].name == "convergence"
    assert asked == huge().current


def test_vms_that_end_at_the_same_rates_are_asked_about_once():
    """Hardly two VMs write as much and have as much to copy; 100 Mb/s at 0.9 carry 10.7 MiB/s."""
    vms = [vm(f"v{n}", n + 1, dirty_mib_s=n / 2) for n in range(40)]
    hosts = [host("h1", 1000), host("h2", 1000, bandwidth_mbps=100), host("h3", 1000)]
    here = {guest.name: "h1" for guest in vms}
    filters = Problem(pool(hosts, vms, here, here)).filters
    assert len(set(filters.vm_class)) == 2
    assert [filters.goes(n, 0, 1, 1) for n in range(40)] == [n / 2 < 10.7 for n in range(40)]
    assert all(filters.goes(n, 0, 2, 2) for n in range(40))
