"""Rules of one's own that are asked about twins by the names that their author knows."""

from __future__ import annotations

import pytest

from models.rules.base import KINDS
from planner.rolling.twins import seen_by_name
from tests.models.rules.own_rules import ONE_OF_EACH


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_of_every_kind_can_be_asked_about_twins(kind):
    rule = ONE_OF_EACH[kind]
    asked = seen_by_name(rule)
    assert asked is not rule
    assert isinstance(asked, kind)
    assert asked.name == rule.name
