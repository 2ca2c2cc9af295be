"""Downtime: a stopped VM is off for as short as the rest of the plan allows, which stays as it is."""

from __future__ import annotations

from collections import Counter

from hypothesis import event, given
from hypothesis import strategies as st

from heuristics.deadline import Deadline
from heuristics.downtime import shorten_downtime
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.finding import safe, turns
from tests.strategies import knotted_pools, parsed, planted_pools


def busy():
    """X (10) on h1 and y (10) on h2 change places by a stop of x, while p and q move about elsewhere."""
    hosts = [host("h1"), host("h2"), host("h3"), host("h4")]
    vms = [vm("x", 10, offline=True), vm("y", 10), vm("p", 3), vm("q", 3)]
    return pool(hosts, vms, "h1: x, h2: y, h3: p q", "h1: y, h2: x, h4: p q")


X, Y, P, Q = range(4)
NEVER = Deadline(1e6)
SWAP = [(X, OFF), (Y, 0), (X, 1)]


def off_for(moves, one):
    """Give how many migrations, of VMs that are never stopped, happen while the VM is off."""
    stop = moves.index((one, OFF))
    start = next(n for n in range(stop + 1, len(moves)) if moves[n][0] == one)
    stopped = {vm for vm, host in moves if host == OFF}
    return sum(vm not in stopped for vm, _ in moves[stop:start])


def test_it_is_stopped_just_before_its_room_is_needed_and_started_as_soon_as_there_is_room():
    """Only y moves while x is off, whatever else the plan does before and after."""
    problem = Problem(busy())
    long = [(X, OFF), (P, 3), (Y, 0), (Q, 3), (X, 1)]
    short = shorten_downtime(problem, safe(problem, long), NEVER)
    assert safe(problem, short) == [(P, 3), (X, OFF), (Y, 0), (X, 1), (Q, 3)]


def test_a_plan_that_is_as_short_as_can_be_stays_as_it_is():
    """There is nothing to shorten."""
    problem = Problem(busy())
    plan = [*SWAP, (P, 3), (Q, 3)]
    assert shorten_downtime(problem, plan, NEVER) == plan


def test_a_plan_without_stops_stays_as_it_is(tiny):
    """There is nobody to keep off for less."""
    plan = [(1, 2), (0, 1), (1, 0)]
    assert shorten_downtime(Problem(tiny), plan, NEVER) == plan


def test_when_the_time_is_up_a_plan_stays_as_it_is():
    """Shortening never makes a plan late."""
    problem = Problem(busy())
    long = [(X, OFF), (P, 3), (Y, 0), (Q, 3), (X, 1)]
    assert shorten_downtime(problem, long, Deadline(0.0)) == long


def test_a_vm_that_moves_first_is_stopped_where_it_is_then():
    """X goes to h3 and is stopped there; h3 needs its room only for p, so it is stopped behind y's move."""
    hosts = [host("h1"), host("h2"), host("h3"), host("h4")]
    vms = [vm("x", 10, offline=True), vm("y", 10), vm("p", 3)]
    problem = Problem(pool(hosts, vms, "h1: x, h2: y, h4: p", "h1: y, h2: x, h3: p"))
    plan = [(0, 2), (0, OFF), (1, 0), (2, 2), (0, 1)]
    short = shorten_downtime(problem, safe(problem, plan), NEVER)
    assert safe(problem, short) == [(0, 2), (1, 0), (0, OFF), (0, 1), (2, 2)]


def test_a_start_waits_for_room_that_lasts():
    """h2 has room for x for a moment, before a guest comes and goes: x starts only behind it."""
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("x", 10, offline=True), vm("y", 10), vm("g", 3)]
    problem = Problem(pool(hosts, vms, "h1: x, h2: y, h3: g", "h1: y, h2: x, h3: g"))
    plan = [(0, OFF), (1, 0), (2, 1), (2, 2), (0, 1)]
    assert shorten_downtime(problem, safe(problem, plan), NEVER) == plan


@given(st.one_of(planted_pools().map(lambda it: it.pool), knotted_pools()), st.sampled_from((0, 1, 10)))
def test_shortening_harms_no_plan(data, factor):
    """The plan stays safe, its cost and the order of all else stay, and no VM is off for longer."""
    for one in data["vms"]:
        if one.get("movable", True) and all(h.get("accepts", True) for h in data["hosts"]):
            one["offline"] = True
    data.setdefault("rules", {})["offline_cost_factor"] = factor
    problem = Problem(parsed(data))
    for moves in turns(problem, times=3):
        stopped = [one for one, place in moves if place == OFF]
        event(f"stops: {min(len(stopped), 3)}")
        # Off from the first instant to the last, as the interval model gives it.
        live = [move for move in moves if move[0] not in stopped]
        worst = [(one, OFF) for one in dict.fromkeys(stopped)]
        worst += live + [(one, problem.dst[one]) for one in dict.fromkeys(stopped)]
        for plan in (moves, safe(problem, worst)):
            short = safe(problem, shorten_downtime(problem, plan, NEVER))
            assert Counter(short) == Counter(plan)
            assert problem.moves_cost(short) == problem.moves_cost(plan)
            others = [move for move in plan if move[0] not in stopped]
            assert [move for move in short if move[0] not in stopped] == others
            assert all(off_for(short, one) <= off_for(plan, one) for one in stopped)
