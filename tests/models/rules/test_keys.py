"""What tells VMs and hosts apart to the rules that come with the planner: who has the same is asked once."""

from __future__ import annotations

from hypothesis import given

from models.rules import Filter
from models.rules.keys import wrong_keys
from tests.strategies import parsed, random_pools, writing_pools


@given(writing_pools(random_pools(max_hosts=8)))
def test_the_keys_of_a_filter_hold_all_that_it_looks_at(drawn):
    """Those of a filter of one's own are looked at whenever a pool is checked."""
    of = parsed(drawn)
    filters = [rule for rule in of.current.rules if isinstance(rule, Filter)]
    assert [wrong for rule in filters if (wrong := wrong_keys(rule, of.hosts, of.vms))] == []
