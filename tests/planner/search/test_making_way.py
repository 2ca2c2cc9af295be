"""Making way: plans where nobody can step aside alone, legal move by move, from either end."""

from __future__ import annotations

from hypothesis import given

from heuristics import Deadline
from heuristics.tracker import Tracker, is_safe
from models.problem import Problem
from planner.cp.solve import Effort
from planner.cp.way_model import WayModel
from planner.search.incumbent import Incumbent
from planner.search.making_way import make_way, needs_way
from planner.search.stage import Search
from tests.builders import host, pool, vm
from tests.planner.small_pools import deadlock, scattered
from tests.strategies import RULES, parsed, planted_pools


def searched(of, seconds=2.0):
    """Make way in a pool for a while; give what is known then."""
    deadline = Deadline(seconds)
    incumbent = Incumbent(Problem(of), deadline)
    make_way(Search(incumbent, Effort(1, 0)), deadline)
    return incumbent


def test_one_who_is_at_home_makes_way_and_comes_back():
    """Let c go to d, which leaves h3 free for b; then a can go home, b after it, and c back."""
    found = searched(scattered())
    assert found.moves is not None
    assert is_safe(found.problem, found.moves)


def test_a_model_moves_as_few_as_may_be():
    moves = WayModel(Tracker(Problem(scattered())), 0, [1, 0, 2, 3], 4).solve(Deadline(5.0), Effort(1, 0))
    assert moves == [(2, 3), (1, 2)]  # c to d, and b to where c was
    sheltered = Problem(
        pool(
            [host("h1"), host("h2"), host("h3", 12)],
            [vm("a", 9), vm("b", 9), vm("c", 1)],
            "h1: a, h2: b, h3: c",
            "h1: b, h2: a, h3: c",
        )
    )
    moves = WayModel(Tracker(sheltered), 0, [1, 0, 2], 3).solve(Deadline(5.0), Effort(1, 0))
    assert moves == [(1, 2)]


def test_where_there_is_no_way_none_is_claimed():
    found = searched(deadlock(), 0.5)
    assert (found.moves, found.impossible) == (None, None)


@given(planted_pools(RULES, max_hosts=6, max_vms=16, max_slack=2))
def test_what_is_found_is_legal_whatever_the_rules(planted):
    found = searched(parsed(planted.pool), 0.3)
    if found.moves is not None:
        assert is_safe(found.problem, found.moves)


def test_it_is_for_pools_without_a_plan():
    search = Search(Incumbent(Problem(scattered()), Deadline(1.0)), Effort(1, 0))
    assert not needs_way(search)  # so few placements are searched
    search.incumbent.offer([], "none")
    assert not needs_way(search)
