"""Plans to a placement over hosts that are being emptied: only where nothing else will do, but then."""

from __future__ import annotations

import msgspec
import pytest

from models import Pool, PoolState
from models.pool_file import PoolFile
from planner import Status
from planner.goals.drain import Drain
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
