"""What is drawn: what no drawn pool says of a host, a VM or its rules is what no property is asked of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from models import VM, Host
from models.pool_file import RulesEntry
from tests.in_time import timed_pools
from tests.strategies import random_pools, writing_pools

ELSEWHERE = {"VM.free": "targets given in part are drawn where goals are held against exhaustive search"}
"""Field -> why no pool that is drawn here has it. No figure of time bears on more than how long it takes."""


@pytest.fixture(scope="module")
def drawn():
    """Give every ``Kind.field`` that some drawn pool says something in."""
    found = set()

    def look(pool):
        rules = [pool.get("rules", {})]
        for kind, things in (("Host", pool["hosts"]), ("VM", pool["vms"]), ("RulesEntry", rules)):
            found.update(f"{kind}.{field}" for thing in things for field in thing)

    for strategy in (timed_pools(random_pools()), writing_pools(random_pools())):
        settings(max_examples=100, derandomize=True, database=None)(given(strategy)(look))()
    return found


FIELDS = [f"{kind.__name__}.{field}" for kind in (Host, VM, RulesEntry) for field in kind.__struct_fields__]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_drawn(drawn, field):
    assert (field in drawn) is (field not in ELSEWHERE)
