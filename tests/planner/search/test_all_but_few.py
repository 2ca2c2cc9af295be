"""Questions about all VMs but a few: asked again they go on, and when the time is up they cost nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from heuristics import Deadline
from models.problem import Problem
from planner.search.all_but_few import AllButFew
from planner.search.parameters import DEFAULT
from planner.search.quick_walks import QuickWalk
from planner.search.straight_walk import StepAside
from planner.search.straight_ways import StraightWays
from tests.planner.small_pools import tight

LIMITS = DEFAULT.conflicts
MANY = 1_000_000


@pytest.fixture
def seen(monkeypatch):
    """List how many placements each part of a walk has looked at."""
    parts, go_on = [], QuickWalk.go_on

    def counted(self):
        before = self.placements_seen
        found = go_on(self)
        parts.append(self.placements_seen - before)
        return found

    monkeypatch.setattr(QuickWalk, "go_on", counted)
    return parts


def questions(problem, limit_s=60.0):
    return AllButFew(StraightWays(problem, LIMITS, compiled=True), Deadline(limit_s), problem.displaced)


def long_question():
    """Give a problem and a step aside that takes many placements to tell of."""
    problem = Problem(tight(9, 0.95, 3))
    vm = problem.displaced[0]
    shelter = next(h for h in range(problem.num_hosts) if h not in (problem.src[vm], problem.dst[vm]))
    return problem, [StepAside(vm, (shelter,))]


def test_a_question_that_stayed_open_goes_on_when_it_is_asked_again(seen):
    problem, asides = long_question()
    told = questions(problem).by_way_of(asides, MANY).possible
    afresh = sum(seen)
    again = questions(problem)
    assert again.by_way_of(asides, afresh // 4).possible is None
    seen.clear()
    assert again.by_way_of(asides, MANY).possible is told
    assert sum(seen) < afresh


def test_when_the_time_is_up_nothing_is_looked_at(seen):
    problem, asides = long_question()
    late = questions(problem, 0.0)
    assert late.by_way_of(asides, MANY).possible is None
    assert late.can_without(frozenset((problem.displaced[0],)), MANY) is None
    assert seen == []


def test_room_aside_is_counted_for_those_alone_who_may_step_aside(monkeypatch):
    """In a pool of many VMs few of whom move, to count it for all took longer than all questions."""
    counted, takes = [], StraightWays.takes
    monkeypatch.setattr(StraightWays, "takes", lambda *asked: counted.append(asked[1:]) or takes(*asked))
    problem = Problem(tight(9, 0.95, 3))
    guest = problem.displaced[0]

    def asked_for(guests):
        counted.clear()
        AllButFew(StraightWays(problem, LIMITS, compiled=True), Deadline(60.0), guests)
        return Counter(counted)

    with_a_guest, with_none = asked_for([guest]), asked_for([])
    both_ends_and_all_hosts = Counter({(guest, host): 2 for host in range(problem.num_hosts)})
    assert with_a_guest - with_none == both_ends_and_all_hosts
