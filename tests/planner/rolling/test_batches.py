"""A rolling plan cut into ordinary ones: each holds by itself, and they follow on each other."""

from __future__ import annotations

from itertools import pairwise

import pytest

from models import PlannerError, PoolState, replay
from models.actions import Migration, Start, Stop, Update
from models.rolling_plan import RollingPlan
from planner.rolling import batches, roll
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


@pytest.mark.parametrize(("way", "status", "gap"), [("h1 h2", "optimal", 0), ("h1 h3 h2", "feasible", 0.5)])
def test_a_batch_is_optimal_where_each_of_its_vms_goes_straight(way, status, gap):
    """VM d of 2 leaves h1 for h2: one migration is the least, by way of h3 there are two."""
    hosts = [host("h1"), host("h2"), host("h3")]
    state = PoolState(hosts, [vm("d", 2)], where("h1: d"))
    moves = [Migration("d", here, there) for here, there in pairwise(way.split())]
    batch = next(batches(state, RollingPlan.of(state, [*moves, Update("h1")]))).plan
    assert (batch.status, batch.cost, batch.bound, batch.gap) == (status, len(moves), 1, gap)


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
