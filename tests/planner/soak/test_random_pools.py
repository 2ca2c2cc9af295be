from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from heuristics.deadline import Deadline
from heuristics.squeaky import SqueakyWheel
from models.pool_file import PoolFile
from models.problem import Problem
from planner.soak.random_pools import FAMILIES, Family, origin

if TYPE_CHECKING:
    from models import Pool


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_pool_is_good_input_and_follows_from_its_seed(family: Family) -> None:
    for number in range(10):
        pools: list[Pool] = [family.make(np.random.default_rng([7, number]), 5) for _ in range(2)]
        pools[0].check()
        assert PoolFile.of(pools[0]) == PoolFile.of(pools[1])


def test_origin_fills_hosts_of_4096_with_256_reserved() -> None:
    pool = origin(np.random.default_rng(1), 6)
    assert {host.usable("ram_mib") for host in pool.hosts} == {3840}
    assert pool.current.violations() == []


@pytest.mark.parametrize("name", ["shut_down", "provisioned"])
def test_life_has_shutdowns_and_provisions(name: str) -> None:
    (life,) = [family for family in FAMILIES if family.name == "life"]
    assert any(getattr(life.make(np.random.default_rng(n), 6), name) for n in range(3))


def test_rules_family_uses_every_rule() -> None:
    (ruled,) = [family for family in FAMILIES if family.name == "rules"]
    pools = [ruled.make(np.random.default_rng(n), 8) for n in range(10)]
    vms = [vm for pool in pools for vm in pool.vms]
    hosts = [host for pool in pools for host in pool.hosts]
    assert any(pool.current.anti_affinity for pool in pools)
    assert {vm.movable for vm in vms} == {vm.detours for vm in vms} == {True, False}
    assert {host.accepts for host in hosts} == {True, False}
    assert {host.arch for host in hosts} == {"x86_64", "i386"}
    assert any(vm.requires for vm in vms)
    assert any(host.version for host in hosts)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.planted], ids=lambda f: f.name)
def test_planted_pools_are_mostly_solved_by_a_path_finder_alone(family: Family) -> None:
    problems = [Problem(family.make(np.random.default_rng([3, n]), 4)) for n in range(8)]
    solved = [SqueakyWheel().find(problem, Deadline(60.0)).moves is not None for problem in problems]
    assert sum(solved) >= 6
