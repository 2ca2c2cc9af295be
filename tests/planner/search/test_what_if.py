"""What more room, or a stop, would make of a pool: held against the proof asked anew each time."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from models.problem import Problem
from planner.search.parameters import Asking
from planner.search.reachability import blocked
from planner.search.what_if import WhatIf
from tests.builders import host, pool, vm
from tests.planner.small_pools import deadlock, rivals, two_deadlocks
from tests.strategies import RULES, knotted_pools, parsed, random_pools


def roomier(problem, at, resource, amount):
    """Give the problem with so much more usable on a host."""
    rows = [list(row) for row in problem.usable]
    rows[at][resource] += amount
    return problem.changed(usable=rows)


def stoppable(problem, one):
    """Give the problem in which one VM may be stopped."""
    costs = list(problem.stop_cost)
    costs[one] = 10
    return problem.changed(stop_cost=costs)


pools = st.one_of(random_pools(RULES), knotted_pools())


@given(pools)
def test_the_least_room_passes_and_one_less_does_not(data):
    problem = Problem(parsed(data))
    asks = WhatIf(problem)
    for at in range(problem.num_hosts):
        for resource in range(len(problem.resources)):
            least = asks.least_room(at, resource)
            event("of no use" if least is None else "some" if least else "none is needed")
            if least is None:
                assert blocked(roomier(problem, at, resource, 10**9)) is not None
                continue
            assert blocked(roomier(problem, at, resource, least)) is None
            if least:
                assert blocked(roomier(problem, at, resource, least - 1)) is not None


@given(pools)
def test_a_stop_passes_where_the_proof_asked_anew_does(data):
    problem = Problem(parsed(data))
    asks = WhatIf(problem)
    for one in range(problem.num_vms):
        assert asks.stop_helps(one) == (blocked(stoppable(problem, one)) is None)


def test_room_of_no_kind_helps_where_a_rule_alone_blocks():
    assert WhatIf(Problem(deadlock())).room_helps()
    assert not WhatIf(Problem(rivals())).room_helps()


def test_two_deadlocks_need_room_on_more_than_one_host():
    problem = Problem(two_deadlocks())
    asks = WhatIf(problem)
    assert asks.room_helps()
    assert [asks.least_room(at, 0) for at in range(problem.num_hosts)] == [None] * problem.num_hosts


def test_room_counts_from_the_edge_of_an_overload():
    """h3 lacks 2 at the start; only what is beyond that lets a large VM through the pool."""
    hosts = [host("h1", 5), host("h2", 5), host("h3", 2)]
    vms = [vm("a", 5), vm("b", 5), vm("c", 4)]
    problem = Problem(pool(hosts, vms, "h1: a, h2: b, h3: c", "h1: b, h2: a, h3: c"))
    assert WhatIf(problem).least_room(2, 0) == 7


def test_where_too_many_are_stuck_nothing_is_called_useless():
    asks = WhatIf(Problem(deadlock()), Asking(most_pairs=0))
    assert (asks.room_helps(), asks.stop_helps(0), asks.least_room(0, 0)) == (True, True, 0)
