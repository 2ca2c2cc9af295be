"""Questions whether few enough detours are enough, as both tests of them ask them."""

from __future__ import annotations

from hypothesis import assume, event
from hypothesis import strategies as st

from heuristics import Deadline
from models import Migration, replay
from models.problem import Problem
from planner.cp.solve import Effort
from planner.search.incumbent import Incumbent
from planner.search.one_detour import is_detour_of_one
from planner.search.parameters import DEFAULT, ConflictSearch
from planner.search.stage import Search
from tests.oracle import optimum, within_reach
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

LIMIT_S = 60.0
LIMITS = DEFAULT.conflicts
SHORT = ConflictSearch(first_room=1, looks_at_once=1, first_aside=1, more_aside=2, most_learnt=1)
"""Every limit is met on the way."""


def is_a_plan(problem, moves):
    """Tell whether the replay accepts all migrations, as (VM, host)."""
    at, steps = list(problem.src), []
    for number, to in moves:
        names = problem.vms[number].name, problem.hosts[at[number]].name, problem.hosts[to].name
        steps.append(Migration(*names))
        at[number] = to
    return not replay(problem.pool, steps)


def searched(of, bound, cost=None):
    """Give a search that has come to this bound."""
    search = Search(Incumbent(Problem(of), Deadline(LIMIT_S)), Effort(1, 0), DEFAULT)
    search.incumbent.prove(bound)
    if cost is not None:
        search.incumbent.cost = cost
    return search


def tiny_pools(most_vms):
    """Draw pools that can be searched whole."""
    planted = planted_pools(max_hosts=4, max_vms=most_vms).map(lambda it: it.pool)
    return st.one_of(random_pools(), planted, knotted_pools())


def is_what_exhaustive_search_finds(ask, detours, limits, data):
    """Hold whether so many detours are enough against the cost of the best plan."""
    problem = Problem(parsed(data))
    assume(is_detour_of_one(problem) and set(data["current"]) == set(data["target"]))
    moving = len(problem.displaced)
    with within_reach():
        best = optimum(data, "moves")
    found = ask(problem, Deadline(LIMIT_S), limits)
    event(f"{found.possible}, {'none' if best is None else best.cost - moving}")
    if found.possible:
        assert len(found.moves) == moving + detours
        assert is_a_plan(problem, found.moves)
    elif best is not None:
        assert best.cost != moving + detours
        assert found.possible is False
