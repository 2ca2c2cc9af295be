"""Random pools: good input that follows from its seed; a planted one comes with a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.measuring.plans import load_of
from heuristics import Deadline, SqueakyWheel
from models import Pool, replay
from models.plan_of_moves import plan_of
from models.pool_file import PoolFile
from models.problem import Problem
from planner.soak.pools.brimful import brimful
from planner.soak.pools.knots import knots
from planner.soak.pools.origin import origin
from planner.soak.pools.resources import resources
from planner.soak.pools.rival import rival
from planner.soak.pools.ruled import ruled
from planner.soak.pools.shuffles import five_a_host, shuffled
from planner.soak.pools.slack import with_slack_rules
from planner.soak.pools.tight import tight

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from planner.soak.pools.walk import Walk

POOLS = {
    "origin": lambda rng: origin(rng, 20).pool,
    "rival": lambda rng: rival(rng, 0.9, 1.0).pool,
    "knots": lambda rng: knots(rng, 3, 0.9),
    "ruled": lambda rng: ruled(rng).pool,
    "shuffled": lambda rng: shuffled(rng, 20, 0.9),
    "five_a_host": lambda rng: five_a_host(rng, 20),
    "slack": lambda rng: with_slack_rules(shuffled(rng, 20, 0.8)),
}
WALKS = {
    "origin": lambda rng: origin(rng, 12),
    "rival_tight": lambda rng: rival(rng, 0.95, 1.0),
    "rival_few": lambda rng: rival(rng, 0.6, 0.25),
    "ruled": ruled,
    "tight": lambda rng: tight(rng, 6),
    "brimful": lambda rng: brimful(rng, 10, 0.97),
    "resources": lambda rng: resources(rng, 12),
}


@pytest.mark.parametrize("make", POOLS.values(), ids=POOLS)
def test_pool_is_good_input_and_follows_from_its_seed(make: Callable[[Generator], Pool]) -> None:
    pools = [make(np.random.default_rng(seed)) for seed in (3, 3, 4)]
    pools[0].check()
    files = [PoolFile.of(pool) for pool in pools]
    assert files[0] == files[1] != files[2]
    assert pools[0].current.violations() == []
    assert pools[0].displaced


@pytest.mark.parametrize("make", WALKS.values(), ids=WALKS)
@pytest.mark.parametrize("seed", range(5))
def test_walk_is_a_plan_of_the_pool_it_planted(make: Callable[[Generator], Walk], seed: int) -> None:
    walk = make(np.random.default_rng(seed))
    walk.pool.check()
    assert walk.steps
    assert replay(walk.pool, walk.steps) == []


def test_rival_moves_no_more_than_its_share() -> None:
    pool = rival(np.random.default_rng(1), 0.7, 0.25).pool
    assert len(pool.hosts) == 6
    assert 0 < len(pool.displaced) <= 0.25 * len(pool.vms)
    assert load_of(pool) == pytest.approx(0.7, abs=0.03)


def test_ruled_pools_use_every_rule() -> None:
    pools = [ruled(np.random.default_rng(seed)).pool for seed in range(10)]
    vms = [vm for pool in pools for vm in pool.vms]
    hosts = [host for pool in pools for host in pool.hosts]
    for flag in ("movable", "detours", "offline"):
        assert {getattr(vm, flag) for vm in vms} == {True, False}
    assert {vm.arch for vm in vms} == {host.arch for host in hosts} == {"x86_64", "i386"}
    assert {host.accepts for host in hosts} == {True, False}
    assert {host.version for host in hosts} == {7, 8}
    assert all(host.reserved and host.overcommit and host.traits for host in hosts)
    assert any(vm.requires for vm in vms)
    assert all(set(vm.demand) == {"ram_mib", "vcpus", "disk_gib"} for vm in vms)
    assert any(pool.current.anti_affinity for pool in pools)
    assert 30 <= len(vms) / len(pools) <= 50


@pytest.mark.parametrize("load", [80, 95])
def test_shuffle_has_its_load_and_moves_nearly_all(load: int) -> None:
    pool = shuffled(np.random.default_rng(1), 50, load / 100)
    assert load_of(pool) == pytest.approx(load / 100, abs=0.02)
    assert len(pool.displaced) > 0.9 * len(pool.vms)
    assert {vm.ram_mib for vm in pool.vms} <= set(range(50, 501))


def test_brimful_pools_have_hardly_any_room_and_yet_many_move() -> None:
    pools = [brimful(np.random.default_rng(seed), 10, 0.97).pool for seed in range(5)]
    assert all(0.97 <= load_of(pool) <= 1 for pool in pools)
    assert all(len(pool.displaced) >= 0.25 * len(pool.vms) for pool in pools)


def test_five_a_host_has_five_vms_a_host() -> None:
    assert len(five_a_host(np.random.default_rng(1), 30).vms) == 150


def test_slack_rules_change_no_plan_without_detours() -> None:
    pool = shuffled(np.random.default_rng(1), 30, 0.7)
    moves = SqueakyWheel().find(Problem(pool), Deadline(60.0)).moves
    assert moves is not None
    plan = plan_of(Problem(pool), moves)
    assert not plan.detours
    slack = with_slack_rules(pool)
    assert slack.current.anti_affinity
    assert replay(slack, plan) == []
    assert [slack.current.free(h.name)["ram_mib"] for h in slack.hosts] == [
        pool.current.free(h.name)["ram_mib"] for h in pool.hosts
    ]
