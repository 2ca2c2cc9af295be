"""Plans in two halves: where both ends are full, legal move by move, with one process and with two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from heuristics import Deadline
from heuristics.spare import Spare
from heuristics.tracker import is_safe
from models.problem import OFF, Problem
from planner.cp.solve import Effort
from planner.search import halves
from planner.search.halves import is_for_halves, plan_in_halves
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT, Halves, StageParameters
from planner.search.stage import Search
from tests.builders import host, pool
from tests.planner.full_pools import full
from tests.strategies import RULES, parsed, planted_pools

pytest.importorskip("numba")


LIMIT_S = 120.0
"""Far more than a first plan takes, with which the search for it ends."""


def search_of(of, workers=1, seconds=LIMIT_S, parameters=DEFAULT):
    return Search(Incumbent(Problem(of), Deadline(seconds)), Effort(workers, 0), parameters)


def halved(search):
    """Plan in halves; give what is known then."""
    with search.others:
        plan_in_halves(search, search.incumbent.deadline)
    return search.incumbent


def first_halved(search):
    """Do so until there is a plan, however long that takes, and shorten nothing."""
    deadline = search.incumbent.deadline
    search.incumbent.on_progress = lambda now: now.cost is not None and deadline.stop()
    return halved(search)


@pytest.mark.parametrize("workers", [1, 2])
def test_two_halves_make_a_plan(workers):
    search = search_of(full(1), workers)
    assert is_for_halves(search)
    found = first_halved(search)
    assert found.moves is not None
    assert found.first_name == "halfway"
    assert is_safe(search.problem, found.moves)


@given(planted_pools(RULES, max_hosts=6, max_vms=16, max_slack=2))
def test_what_comes_of_it_is_a_plan_whatever_the_rules(planted):
    found = halved(search_of(parsed(planted.pool), seconds=0.3))
    assert found.moves is None or is_safe(found.problem, found.moves)


def test_another_placement_is_tried_where_a_half_has_no_plan(monkeypatch):
    """Let the halves by way of the first placement have none."""
    tried = []

    def first_plan(*arguments):
        tried.append(arguments[2].is_first)
        return None if len(tried) == 1 else original(*arguments)

    original = halves.first_plan_of_half
    monkeypatch.setattr(halves, "first_plan_of_half", first_plan)
    found = first_halved(search_of(full(1)))
    assert tried[:3] == [True, True, False]  # what has no first half needs no second
    assert found.moves is not None


def test_what_cannot_be_sent_to_another_process_leaves_no_plan_and_no_error(monkeypatch):
    """It is answered with None, time after time, until the time is up."""
    monkeypatch.setattr(halves, "first_plan_of_half", lambda *_: [])
    found = halved(search_of(full(1), workers=2, seconds=2.0))
    assert found.moves is None


def test_a_half_that_stops_somebody_makes_no_plan(monkeypatch):
    """They would be started where the half ends, and a start is on the target."""
    original = halves.first_plan_of_half

    def first_plan(problem, deadline, half, *rest):
        moves = original(problem, deadline, half, *rest)
        vm = problem.displaced[0]
        return [(vm, OFF), (vm, half.middle[vm])] + [one for one in moves or [] if one[0] != vm]

    monkeypatch.setattr(halves, "first_plan_of_half", first_plan)
    assert halved(search_of(full(1), seconds=2.0)).moves is None


def test_a_half_that_is_late_when_it_is_shortened_keeps_its_plan(monkeypatch):
    """The first one is made shorter, the second is not there: the plan is of the new one and the old."""
    short, shortened, costs = {}, [], []

    def first_plan(problem, deadline, half, *rest):
        """At the end the last one goes back to where it came from, and comes again."""
        moves = short[half.is_first] = original(problem, deadline, half, *rest)
        if moves is None:
            return None
        vm, last = moves[-1]
        before = [
            problem.src[vm] if half.is_first else half.middle[vm],
            *(to for it, to in moves if it == vm),
        ]
        return [*moves, (vm, before[-2]), (vm, last)]

    def shorter(problem, deadline, half, *rest):
        shortened.append(half.is_first)
        return short[True] if half.is_first else None

    original = halves.first_plan_of_half
    monkeypatch.setattr(halves, "first_plan_of_half", first_plan)
    monkeypatch.setattr(halves, "shortened_half", shorter)
    search = search_of(full(1))
    search.incumbent.on_progress = lambda now: costs.append(now.cost)
    found = halved(search)
    assert shortened == [True, False]
    assert costs == [found.cost + 2, found.cost]
    assert found.moves[: len(short[True])] == short[True]
    assert is_safe(search.problem, found.moves)


@pytest.mark.parametrize(
    "change",
    [{"fewest_resources": 5}, {"fewest_displaced": 500}, {"most_displaced": 40}, {"enough_s": 10 * LIMIT_S}],
)
def test_it_is_left_out_where_it_is_of_no_use(change):
    parameters = replace(StageParameters(), halves=replace(Halves(), **change))
    assert is_for_halves(search_of(full(1)))
    assert not is_for_halves(search_of(full(1), parameters=parameters))


def test_where_a_host_is_over_a_limit_at_first_it_is_left_to_others():
    """The way back would end there, and nothing may arrive where a limit is broken."""
    of = full(1)
    problem = Problem(of)
    now, then = Spare(problem, problem.src), Spare(problem, problem.dst)
    fuller = next(h for h in range(problem.num_hosts) if now.free[h][0] < then.free[h][0])
    resource, hosts = problem.resources[0], list(of.current.hosts)
    less = hosts[fuller].capacity[resource] - now.free[fuller][0] - 1
    hosts[fuller] = host(hosts[fuller].name, capacity={**hosts[fuller].capacity, resource: less})
    over = pool(hosts, of.current.vms, of.current.placement, of.target.placement)
    assert not Spare(Problem(over), problem.src).is_sane()
    assert not is_for_halves(search_of(over))


def test_a_plan_near_the_bound_is_left_as_it_is():
    search = search_of(full(1))
    found = first_halved(search)
    found.deadline = Deadline(LIMIT_S)
    found.prove(len(search.problem.displaced))
    assert found.cost is not None
    assert is_for_halves(search) == (found.cost > 1.25 * len(search.problem.displaced))
