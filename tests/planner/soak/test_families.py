from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from heuristics.deadline import Deadline
from heuristics.squeaky import SqueakyWheel
from models.pool_file import PoolFile
from models.problem import Problem
from planner.soak.families import FAMILIES, Family

if TYPE_CHECKING:
    from models import Pool


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_pool_is_good_input_and_follows_from_its_seed(family: Family) -> None:
    for number in range(10):
        pools: list[Pool] = [family.make(np.random.default_rng([7, number]), 5) for _ in range(2)]
        pools[0].check()
        assert PoolFile.of(pools[0]) == PoolFile.of(pools[1])


@pytest.mark.parametrize("name", ["shut_down", "provisioned"])
def test_life_has_shutdowns_and_provisions(name: str) -> None:
    (life,) = [family for family in FAMILIES if family.name == "life"]
    assert any(getattr(life.make(np.random.default_rng(n), 6), name) for n in range(3))


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.planted], ids=lambda f: f.name)
def test_planted_pools_are_mostly_solved_by_a_path_finder_alone(family: Family) -> None:
    problems = [Problem(family.make(np.random.default_rng([3, n]), 4)) for n in range(8)]
    solved = [SqueakyWheel().find(problem, Deadline(60.0)).moves is not None for problem in problems]
    assert sum(solved) >= 6
