"""A rolling plan cut into ordinary ones: each holds by itself, and they follow on each other."""

from __future__ import annotations

from itertools import pairwise

import pytest

from models import PlannerError, PoolState, replay
from models.actions import Migration, Start, Stop, Update
from models.rolling_plan import RollingPlan
from planner.rolling import batches, roll
from planner.rolling.parameters import RollingParameters
from tests.builders import host, vm, where


def three() -> PoolState:
    """Three hosts of 10 with 6, 5 and 4 on them."""
    vms = [vm("a", 3), vm("b", 3), vm("c", 3), vm("d", 2), vm("e", 4)]
    return PoolState([host("h1"), host("h2"), host("h3")], vms, where("h1: a b, h2: c d, h3: e"))


@pytest.mark.parametrize("home", [False, True])
def test_each_batch_is_a_plan_of_its_own_that_begins_where_the_one_before_ended(home):
    state = three()
    result = roll(state, home=home, seed=0, workers=1)
    assert result.plan is not None
    found = list(batches(state, result.plan))
    assert dict(found[0].pool.current.placement) == dict(state.placement)
    assert dict(found[-1].pool.target.placement) == dict(result.target.placement)
    for one, other in pairwise(found):
        assert one.pool.target.placement == other.pool.current.placement
    for batch in found:
        batch.pool.check()
        assert not replay(batch.pool, batch.plan.steps())
        assert not set(batch.updates) & set(batch.pool.target.placement.values())
    assert sum(batch.plan.cost for batch in found) == result.cost


def test_a_batch_in_which_each_vm_goes_straight_is_optimal():
    state = PoolState([host("h1"), host("h2")], [vm("d", 2)], where("h1: d"))
    plan = RollingPlan.of(state, [Migration("d", "h1", "h2"), Update("h1")])
    batch = next(batches(state, plan)).plan
    assert (batch.status, batch.cost, batch.bound, batch.gap) == ("optimal", 1, 1, 0)


def test_a_batch_in_which_one_steps_aside_is_not_proven():
    """Two of three in four swap, by way of the host that is updated then, which a third has left."""
    hosts = [host(f"h{number}", 4) for number in range(1, 5)]
    vms = [vm("d", 2), vm("e", 3), vm("f", 3)]
    state = PoolState(hosts, vms, where("h1: d, h2: e, h3: f"))
    ways = [("d", "h1", "h4"), ("e", "h2", "h1"), ("f", "h3", "h2"), ("e", "h1", "h3")]
    plan = RollingPlan.of(state, [*(Migration(*way) for way in ways), Update("h1")])
    batch = next(batches(state, plan)).plan
    assert (batch.status, batch.cost, batch.bound, batch.gap) == ("feasible", 4, 3, 0.25)


def test_a_batch_is_not_proven_where_a_stop_would_cost_less():
    """Stops for nothing: the migration may be worth it, but it is not the least that the batch could cost."""
    hosts, vms = [host("h1"), host("h2")], [vm("d", 2, offline=True), vm("e", 2)]
    state = PoolState(hosts, vms, where("h1: d e"), offline_cost_factor=0)
    plan = RollingPlan.of(state, [Migration("d", "h1", "h2"), Migration("e", "h1", "h2"), Update("h1")])
    batch = next(batches(state, plan)).plan
    assert (batch.status, batch.cost, batch.bound, batch.gap) == ("feasible", 2, 1, 0.5)


def test_batches_cost_by_a_callable_what_the_whole_plan_does():
    result = roll(three(), objective=lambda vm: vm.demand["ram_mib"], seed=0, workers=1)
    found = [batch.plan for batch in batches(three(), result.plan)]
    assert sum(batch.cost for batch in found) == result.cost
    assert {batch.objective for batch in found} == {"callable"}


def test_a_batch_leaves_out_a_migration_that_serves_nobody():
    state = PoolState([host("h1"), host("h2"), host("h3")], [vm("d", 2)], where("h1: d"))
    way = [Migration("d", "h1", "h3"), Migration("d", "h3", "h2"), Update("h1")]
    patient = RollingParameters.of("order_s=60")
    batch = next(batches(state, RollingPlan.of(state, way), parameters=patient)).plan
    assert (batch.status, batch.cost, batch.bound) == ("optimal", 1, 1)


def test_hosts_are_newer_from_the_batch_after_their_update_on():
    state = three()
    result = roll(state, seed=0, workers=1)
    assert result.plan is not None
    done: list[str] = []
    for batch in batches(state, result.plan):
        versions = {it.name: it.version for it in batch.pool.hosts}
        assert versions == {name: int(name in done) for name in versions}
        done += batch.updates
    assert sorted(done) == ["h1", "h2", "h3"]


def test_a_vm_that_is_stopped_meanwhile_is_no_part_of_an_ordinary_plan():
    state = PoolState([host("h1")], [vm("a", 3, offline=True)], where("h1: a"))
    plan = RollingPlan.of(state, [Stop("a", "h1"), Update("h1"), Start("a", "h1")])
    with pytest.raises(PlannerError, match="a on h1 is stopped meanwhile"):
        list(batches(state, plan))


def test_what_stays_broken_where_nothing_is_updated_is_refused():
    """Two pinned VMs of 3 on h1, of 4: no ordinary plan may leave them there."""
    pinned = [vm("a", 3, movable=False), vm("b", 3, movable=False)]
    hosts = [host("h1", 4), host("h2"), host("h3")]
    state = PoolState(hosts, [*pinned, vm("c", 3)], where("h1: a b, h2: c"))
    result = roll(state, "h2", seed=0, workers=1)
    assert result.plan is not None
    with pytest.raises(PlannerError, match=r"batches: target: h1 holds 6 of 4 .*; export writes"):
        list(batches(state, result.plan))
