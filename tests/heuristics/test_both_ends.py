"""Placements from both ends: the best plan, and bounds that hold, as the search of all placements says."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from heuristics import Dijkstra
from heuristics.both_ends import fewest_beyond, is_for_both_ends
from heuristics.deadline import never
from heuristics.parameters import BothEndsParameters
from models.problem import Problem
from tests.builders import host, pool, vm
from tests.heuristics.finding import found_by, safe
from tests.planner.small_pools import making_way, tight, upgrade
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

FAR, MANY = 20, 100_000
MORE = BothEndsParameters(most_straight=MANY)


def excess_of(problem):
    """Give the migrations of the best plan beyond one for each displaced VM; None where there is no plan."""
    found = found_by(Dijkstra(), problem.pool, "moves")
    assert found.proven
    return None if found.moves is None else len(found.moves) - len(problem.displaced)


@given(
    st.one_of(
        planted_pools(max_hosts=4, max_vms=8).map(lambda planted: planted.pool),
        knotted_pools(),
        random_pools(),
    )
)
def test_the_plan_is_the_best_and_nothing_less_is_possible(data):
    """Under all rules that let it be asked."""
    problem = Problem(parsed(data), "moves")
    assume(is_for_both_ends(problem))
    best, found = excess_of(problem), fewest_beyond(problem, never, FAR, MANY, MORE)
    event(f"excess: {best}")
    if best is None:
        assert found.moves is None
    elif found.moves is not None:
        assert len(safe(problem, found.moves)) - len(problem.displaced) == found.least == best
    else:
        assert found.least <= best


@pytest.mark.parametrize("seed", [1, 3, 4, 6])
def test_pools_with_little_room_are_settled(seed):
    problem = Problem(tight(4, 0.8, seed))
    found = fewest_beyond(problem, never, FAR, MANY, MORE)
    best = Dijkstra(below=len(problem.displaced) + found.least)
    assert len(safe(problem, found.moves)) == len(problem.displaced) + found.least
    assert found_by(best, problem.pool, "moves").moves is None, "nothing costs less"


def test_a_settled_vm_makes_way():
    problem = Problem(making_way())
    found = fewest_beyond(problem, never, FAR, MANY)
    assert found.least == 2
    assert len(safe(problem, found.moves)) == 4


def test_filters_count_from_either_end():
    problem = Problem(upgrade())
    found = fewest_beyond(problem, never, FAR, MANY)
    assert found.least == 1
    assert len(safe(problem, found.moves)) == 2


def test_what_is_refuted_by_then_is_a_bound_when_the_time_is_up():
    problem = Problem(tight(5, 0.95, 3))
    best = fewest_beyond(problem, never, FAR, MANY, MORE).least
    bounds = []
    for looks in range(0, 60, 3):
        left = count(looks, -1)
        bounds.append(fewest_beyond(problem, lambda left=left: next(left) <= 0, FAR, MANY, MORE).least)
    assert bounds == sorted(bounds)
    assert bounds[0] == 0
    assert bounds[-1] <= best


def test_it_ends_where_a_shorter_plan_is_no_longer_of_interest():
    problem = Problem(making_way())
    found = fewest_beyond(problem, never, 2, MANY)
    assert found.least == 2
    assert found.moves is None


def test_where_many_placements_are_reached_without_a_detour_it_gives_up():
    hosts = [host(f"h{number}", 100) for number in range(4)]
    guests = [vm(f"v{number}") for number in range(12)]
    at = {guest.name: f"h{number % 4}" for number, guest in enumerate(guests)}
    to = {guest.name: f"h{(number + 1) % 4}" for number, guest in enumerate(guests)}
    problem = Problem(pool(hosts, guests, at, to))
    assert fewest_beyond(problem, never, FAR, MANY, BothEndsParameters(most_straight=50)).moves is None
    assert len(fewest_beyond(problem, never, FAR, MANY, MORE).moves) == 12


@pytest.mark.parametrize(
    ("current", "guest", "objective", "why"),
    [
        ("h1: a", {}, "moves", ""),
        ("h1: a", {}, "ram", "a migration costs more than 1"),
        ("h1: a", {"offline": True}, "moves", "it may be stopped"),
        ("h1: a big", {}, "moves", "h1 is over its limit"),
        ("h2: a", {}, "moves", "nobody has to go"),
    ],
)
def test_it_is_asked_only_where_what_it_counts_is_what_plans_cost(current, guest, objective, why):
    guests = [vm("a", 4, **guest)] + ([vm("big", 6)] if "big" in current else [])
    target = "h2: " + current.partition(": ")[2]
    of = pool([host("h1", 8), host("h2", 12)], guests, current, target)
    assert is_for_both_ends(Problem(of, objective)) is not bool(why), why
