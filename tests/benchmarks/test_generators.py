from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.families import (
    FAMILIES,
    knots_pool,
    named,
    origin_pool,
    rival_pool,
    ruled_pool,
    shuffled_pool,
)
from benchmarks.generators.origin import origin
from benchmarks.generators.rival import rival
from benchmarks.generators.ruled import ruled
from benchmarks.generators.shuffles import five_a_host, shuffled
from benchmarks.generators.slack import with_slack_rules
from benchmarks.jobs import PlanJob
from benchmarks.measuring.plans import load_of
from benchmarks.options import Options
from heuristics import Deadline, SqueakyWheel
from models import Pool, replay
from models.errors import PlannerError
from models.moves import plan_of
from models.pool_file import PoolFile
from models.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from benchmarks.generators.walk import Walk

POOLS = {
    "origin": lambda seed: origin_pool(20, seed),
    "rival": lambda seed: rival_pool(90, 100, seed),
    "knots": lambda seed: knots_pool(3, seed),
    "ruled": ruled_pool,
    "shuffled": lambda seed: shuffled_pool(20, 90, seed),
    "five_a_host": lambda seed: five_a_host(np.random.default_rng(seed), 20),
    "slack": lambda seed: with_slack_rules(shuffled_pool(20, 80, seed)),
}
WALKS = {
    "origin": lambda rng: origin(rng, 12),
    "rival_tight": lambda rng: rival(rng, 0.95, 1.0),
    "rival_few": lambda rng: rival(rng, 0.6, 0.25),
    "ruled": ruled,
}


@pytest.mark.parametrize("make", POOLS.values(), ids=POOLS)
def test_pool_is_good_input_and_follows_from_its_seed(make: Callable[[int], Pool]) -> None:
    pools = [make(3), make(3), make(4)]
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
    pool = rival_pool(70, 25, 1)
    assert len(pool.hosts) == 6
    assert 0 < len(pool.displaced) <= 0.25 * len(pool.vms)
    assert load_of(pool) == pytest.approx(0.7, abs=0.03)


def test_ruled_pools_use_every_rule() -> None:
    pools = [ruled_pool(seed) for seed in range(10)]
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


def test_five_a_host_has_five_vms_a_host() -> None:
    assert len(five_a_host(np.random.default_rng(1), 30).vms) == 150


def test_slack_rules_change_no_plan_without_detours() -> None:
    pool = shuffled_pool(30, 70, 1)
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


def test_every_family_has_tasks_of_keys_of_their_own() -> None:
    for options in (Options(workers=2), Options(quick=True, workers=2)):
        keys = [getattr(task, "job", task).key for family in FAMILIES for task in family.tasks(options)]
        assert len(keys) == len(set(keys))


def test_quick_pools_are_small_and_limited() -> None:
    for family in FAMILIES:
        for task in family.tasks(Options(quick=True, workers=1)):
            job = getattr(task, "job", task)
            if isinstance(job, PlanJob):
                assert job.time_limit_s <= 5.0


def test_limit_seeds_and_methods_are_taken_over() -> None:
    (family,) = named("every_rule")
    options = Options(seeds=2, time_limit_s=7.0, workers=1, methods=("auto", "squeaky"))
    jobs = [task.job for task in family.tasks(options)]
    assert [(job.pool, job.method, job.time_limit_s) for job in jobs] == [
        ("0", "auto", 7.0),
        ("0", "squeaky", 7.0),
        ("1", "auto", 7.0),
        ("1", "squeaky", 7.0),
    ]


def test_families_are_named_by_patterns_in_their_usual_order() -> None:
    assert [family.name for family in named("shuffle*, fixed")][:2] == ["fixed", "shuffle80"]
    with pytest.raises(PlannerError, match="'shufle', must be one of fixed"):
        named("fixed,shufle")
