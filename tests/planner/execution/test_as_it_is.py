"""Rules of one's own that let be what they find broken."""

from __future__ import annotations

import pytest

from models import PoolState
from models.rules.base import KINDS
from planner.execution.as_it_is import as_it_is
from tests.builders import host, vm, where
from tests.models.rules.own_rules import ONE_OF_EACH

LABELS = {"role": "db", "sockets": "2", "rack": "A"}
"""Three VMs with these on one host break a rule of every kind."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_of_every_kind_lets_be_what_it_finds_broken_and_nothing_more(kind):
    """One more VM that asks the same is refused as before."""
    vms = [vm(name, labels=LABELS) for name in ("a", "b", "c", "d")]
    rule = ONE_OF_EACH[kind]
    state = PoolState([host("h1"), host("h2")], vms, where("h1: a b c"), rules=[rule])
    broken = state.violations()
    assert {found.rule for found in broken} == {rule.name}
    held = {(it.resource, it.host): it.amount for it in broken if it.resource is not None}
    misplaced = {it.vm: it.host for it in broken if it.vm is not None}
    kept = state.changed(rules=[as_it_is(rule, held, misplaced)])
    assert kept.violations() == []
    assert [found.rule for found in kept.refusals("d", "h1")] == [rule.name]
