"""The start from the limbo: a better plan than the one it is given, and prices that stay within bounds."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from heuristics import SqueakyWheel
from heuristics.deadline import Deadline
from heuristics.tracker import is_safe
from models.problem import Problem
from planner.parameters import DEFAULT
from planner.search.incumbent import Incumbent
from planner.search.neighbourhoods.from_limbo import LimboStart
from planner.search.stage import Search
from tests.builders import host, pool, vm
from tests.planner.solving import LIMIT_S
from tests.strategies import knotted_pools, parsed


def started(problem, moves):
    """Run from a plan; give what is known then, and the start itself."""
    incumbent = Incumbent(problem, Deadline(LIMIT_S))
    incumbent.offer(moves)
    start = LimboStart(Search(incumbent), incumbent.deadline)
    start.run()
    return incumbent, start


def swap():
    """Two VMs of 10 that change places beside one host with room for either, and one that need not move."""
    return Problem(
        pool(
            [host(name, ram_mib=10) for name in ("h1", "h2", "h3", "h4")],
            [vm("a", ram_mib=10), vm("b", ram_mib=10), vm("c", ram_mib=10)],
            "h1: a, h2: b, h4: c",
            "h2: a, h1: b, h4: c",
        )
    )


def test_a_plan_with_needless_detours_loses_them():
    problem = swap()
    a, b, c = range(3)
    wasteful = [(c, 2), (a, 3), (b, 0), (a, 1), (b, 3), (b, 0), (c, 3)]
    assert is_safe(problem, wasteful)
    incumbent, _ = started(problem, wasteful)
    assert incumbent.cost == 3
    assert is_safe(problem, incumbent.moves)


def test_what_stepping_aside_took_is_its_price():
    """One of the two steps aside once: two migrations, whatever the first guess was."""
    _, start = started(swap(), [(0, 2), (1, 0), (0, 1)])
    assert 2 in start.price


@given(knotted_pools(), st.sampled_from(("moves", "ram", "custom")))
def test_the_plan_never_gets_worse_and_prices_stay_within_bounds(data, objective):
    problem = Problem(parsed(data), objective)
    first = SqueakyWheel(patience=1).find(problem, Deadline(LIMIT_S)).moves
    assume(first)
    before = problem.moves_cost(first)
    incumbent, start = started(problem, first)
    assert incumbent.cost <= before
    assert is_safe(problem, incumbent.moves)
    for one, price in enumerate(start.price):
        assert price is None or price <= (DEFAULT.start.most + 2) * max(problem.cost[one], 1)
