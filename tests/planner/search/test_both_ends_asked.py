"""When placements are listed from both ends, and what comes of it."""

from __future__ import annotations

import pytest

from heuristics import Deadline
from models.parameters import with_setting
from models.problem import Problem
from planner.search.both_ends import may_meet, may_meet_at_last, meet, meet_at_last
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT
from planner.search.stage import Search
from tests.planner.small_pools import making_way

LONG_WAY = [(2, 2), (1, 0), (0, 1), (0, 2), (0, 1), (2, 0)]
"""Settled makes way, b and a go home, and a goes out and home once more: of ``making_way``."""


def known(**settings):
    """Give a search that knows a plan of six migrations."""
    incumbent = Incumbent(Problem(making_way()), Deadline(60.0))
    incumbent.prove(2)
    assert incumbent.offer(LONG_WAY, "given")
    parameters = DEFAULT
    for name, value in settings.items():
        parameters = with_setting(parameters, f"{name.replace('__', '.')}={value}")
    return Search(incumbent, parameters=parameters)


@pytest.mark.parametrize("how", [meet, meet_at_last])
def test_the_best_plan_is_found_and_proven(how):
    search = known()
    how(search, search.incumbent.deadline)
    assert (search.incumbent.cost, search.incumbent.bound) == (4, 4)


def test_with_too_many_placements_what_was_refuted_stays_a_bound():
    search = known(finders__both_ends__few_placements=1)
    meet(search, search.incumbent.deadline)
    assert search.incumbent.cost == 6
    assert search.incumbent.bound == 3


def test_it_is_asked_in_small_pools_with_a_plan():
    assert may_meet(known())
    assert not may_meet(known(exhaustive__most_pairs=8)), "three VMs on three hosts"
    assert not may_meet(Search(Incumbent(Problem(making_way()), Deadline(60.0)))), "no plan"


def test_many_placements_are_listed_where_one_migration_less_has_yet_to_be_refuted():
    search = known()
    assert not may_meet_at_last(search)
    search.incumbent.prove(5)
    assert may_meet_at_last(search)
