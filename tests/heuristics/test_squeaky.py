"""The squeaky wheel: passes forwards and backwards, rooms made, and the stop as last resort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import replace

from heuristics import Deadline, SqueakyWheel
from heuristics.parameters import SqueakyParameters
from heuristics.squeaky import Pass, Wheel, Wheels, is_reversible, passes
from models.problem import OFF, Problem
from models.reversal import backward, reversed_moves
from tests.builders import host, pool, vm, with_host
from tests.heuristics.finding import LONG_S, found_by, safe, turns
from tests.oracle import optimum
from tests.planner.small_pools import deadlock, making_way, rivals
from tests.seed_cases import SOLVABLE
from tests.strategies import REVERSIBLE, knotted_pools, parsed, planted_pools, random_pools


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools()))
def test_a_plan_found_forwards_is_safe(data):
    """Every pass of the greedy, under all rules."""
    problem = Problem(parsed(data))
    for moves in turns(problem):
        safe(problem, moves)


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools()))
def test_a_plan_found_backwards_is_safe_when_turned_round(data):
    """One-way versions, cordoned hosts and detours mean the same in the plan that is turned round."""
    problem = Problem(parsed(data))
    if not is_reversible(problem):
        event("not reversible")
        return
    for moves in turns(backward(problem)):
        safe(problem, reversed_moves(problem, moves))


@given(planted_pools(REVERSIBLE))
def test_turning_a_plan_round_twice_gives_the_plan(planted):
    """Backwards and forwards are each other's mirror."""
    problem = Problem(parsed(planted.pool))
    for moves in turns(problem, times=1):
        if OFF not in [place for _, place in moves]:
            back = reversed_moves(backward(problem), moves)
            assert reversed_moves(problem, back) == moves


@given(planted_pools())
def test_the_cheapest_of_all_passes_is_the_plan(planted):
    """Whatever it comes back with is safe and no dearer than its first pass."""
    problem = Problem(parsed(planted.pool))
    first = turns(problem, times=1)
    found = found_by(SqueakyWheel(patience=6), problem.pool)
    assert not found.proven
    if first:
        assert problem.moves_cost(safe(problem, found.moves)) <= problem.moves_cost(first[0])


def overloaded():
    """A leaves h1, which holds 12 of 10; backwards, h1 would have to take it."""
    return pool([host("h1"), host("h2")], [vm("a", 6), vm("b", 6)], "h1: a b", "h1: b, h2: a")


def directions(of, monkeypatch):
    """Give the problems that the passes of a pool run on: forwards alone, or both."""
    ran = []
    turn = Wheel.turn

    def heard(wheel, deadline):
        ran.append(wheel.problem.src == problem.src)
        return turn(wheel, deadline)

    monkeypatch.setattr(Wheel, "turn", heard)
    problem = Problem(of)
    for _, _ in zip(range(4), passes(problem, Deadline(LONG_S), 0), strict=False):
        pass
    return set(ran)


def test_it_is_not_run_backwards_where_the_current_placement_is_overloaded(monkeypatch):
    """Backwards the overload would have to be arrived at."""
    assert not is_reversible(Problem(overloaded()))
    assert directions(overloaded(), monkeypatch) == {True}


def test_it_is_not_run_backwards_where_a_group_is_together_now(monkeypatch):
    """Two that may not meet are on h1 now: nothing could arrive at that."""
    of = pool(
        [host("h1"), host("h2")], [vm("a"), vm("b")], "h1: a b", "h1: b, h2: a", anti_affinity=[("a", "b")]
    )
    assert directions(of, monkeypatch) == {True}


def test_it_is_run_in_both_directions_else(monkeypatch, tiny):
    """A placement at its limits, and not over them, can be arrived at."""
    assert directions(tiny, monkeypatch) == {True, False}
    exact = with_host(overloaded(), "h1", capacity={"ram_mib": 12})
    assert directions(exact, monkeypatch) == {True, False}


def sheltered_swap():
    """A (6) and b (6) change places; only h3 could shelter one, once two of the settled are away.

    h1 and h2 have 1 free each, h3 (8) has 2 free beside u, v, w of 2 each, h4 has 4. Neither a nor b fits
    anywhere; with u and v on h4, h3 has 6 free. Two evictions, three moves of the swap, two returns: 7 moves.
    """
    hosts = [host("h1"), host("h2"), host("h3", 8), host("h4", 4)]
    vms = [vm("a", 6), vm("b", 6), vm("s", 3), vm("t", 3), vm("u", 2), vm("v", 2), vm("w", 2)]
    return pool(hosts, vms, "h1: a s, h2: b t, h3: u v w", "h1: b s, h2: a t, h3: u v w")


def test_several_settled_vms_are_evicted_so_that_a_swap_can_be_sheltered():
    """Making room: no single detour helps, and the settled ones come back in the end."""
    problem = Problem(sheltered_swap())
    (moves, *_) = turns(problem)
    aside = {one for one, place in safe(problem, moves) if problem.src[one] == problem.dst[one]}
    assert len(aside) >= 2
    assert len(found_by(SqueakyWheel(), problem.pool).moves) == 7


@pytest.mark.parametrize("missing", [3, 2, 1, 0])
def test_room_is_made_exactly_where_there_is_room_to_make_it_with(missing):
    """Below 4 on h4 the two do not fit there together, and nothing else helps: no plan is found."""
    of = with_host(sheltered_swap(), "h4", capacity={"ram_mib": 4 - missing})
    assert (found_by(SqueakyWheel(), of).moves is None) == (missing > 0)


def test_one_settled_vm_makes_way_for_a_swap_of_two():
    """The pool of ``making_way``: 4 moves."""
    problem = Problem(making_way())
    assert len(safe(problem, found_by(SqueakyWheel(), problem.pool).moves)) == 4


def everyone_offline(of):
    """Give the same pool with VMs that may be stopped."""
    vms = [replace(it, offline=True) for it in of.vms]
    here = of.current
    state = type(here)(of.hosts, vms, here.placement, anti_affinity=here.anti_affinity)
    return type(of)(state, state.placed(of.target.placement))


@pytest.mark.parametrize("make", [deadlock, rivals])
def test_where_nothing_else_helps_a_vm_is_stopped(make):
    """One stop/start pair and one migration: 11."""
    assert found_by(SqueakyWheel(), make()).moves is None
    problem = Problem(everyone_offline(make()))
    moves = safe(problem, found_by(SqueakyWheel(), problem.pool).moves)
    assert problem.moves_cost(moves) == 11


@pytest.mark.parametrize("case", SOLVABLE, ids=lambda case: case.name)
def test_no_vm_is_stopped_where_a_detour_helps(case):
    """The stop is the last resort: what has a plan without one is planned without one."""
    problem = Problem(everyone_offline(case.pool()))
    moves = safe(problem, found_by(SqueakyWheel(), problem.pool).moves)
    assert OFF not in [place for _, place in moves]


@given(knotted_pools())
def test_with_every_vm_offline_every_pass_has_a_plan(data):
    """A sane target can always be reached by stopping."""
    for one in data["vms"]:
        one["offline"] = True
    problem = Problem(parsed(data))
    assert len(turns(problem, times=3)) == 3


@given(planted_pools(), st.integers(0, 9))
def test_the_same_seed_gives_the_same_passes(planted, seed):
    """Nothing but the seed is drawn from."""
    problem = Problem(parsed(planted.pool))
    assert turns(problem, seed, 3) == turns(problem, seed, 3)


def test_without_time_it_comes_back_with_nothing(tiny):
    """A deadline of 0 is over before the first pass."""
    assert SqueakyWheel().find(Problem(tiny), Deadline(0.0)).moves is None


def test_a_pass_that_was_stuck_raises_the_priority_of_who_was_stuck(tiny):
    """That is how passes learn: a or b of the swap squeaked."""
    wheel = Wheel(Problem(tiny), 0)
    before = list(wheel.priority)
    assert wheel.turn(Deadline(LONG_S)) is not None
    assert sum(now > then for now, then in zip(wheel.priority, before, strict=True)) >= 1
    assert all(now >= then for now, then in zip(wheel.priority, before, strict=True))


def test_a_pass_gives_up_above_so_many_moves(tiny):
    """The swap takes three: two are not enough."""
    problem = Problem(tiny)
    run = Pass(problem, [0.5, 0.5], np.random.default_rng(0))
    assert run.run(Deadline(LONG_S), most_moves=-1) is None


def test_a_swap_under_several_resources_is_sheltered_where_all_of_them_fit():
    """h3 has the RAM and h4 the vCPUs, h5 both: the one that steps aside goes there."""
    room = {"ram_mib": 10, "vcpus": 10}
    hosts = [
        *(host(name, capacity=room) for name in ("h1", "h2")),
        host("h3", capacity={"ram_mib": 10, "vcpus": 1}),
        host("h4", capacity={"ram_mib": 1, "vcpus": 10}),
        host("h5", capacity={"ram_mib": 7, "vcpus": 7}),
    ]
    vms = [vm(name, demand={"ram_mib": 6, "vcpus": 6}) for name in "ab"]
    problem = Problem(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"))
    moves = safe(problem, found_by(SqueakyWheel(), problem.pool).moves)
    assert moves[0][1] == 4
    assert len(moves) == 3


def test_the_case_with_the_sheltered_swap_is_solved_at_its_optimum():
    """Held against exhaustive search: 7 moves are best."""
    of = sheltered_swap()
    data = {
        "hosts": [{"name": h.name, "capacity": dict(h.capacity)} for h in of.hosts],
        "vms": [{"name": v.name, "demand": dict(v.demand)} for v in of.vms],
        "current": dict(of.current.placement),
        "target": dict(of.target.placement),
    }
    assert optimum(data, "moves", limit=100_000).cost == 7


def test_where_room_is_scarce_large_vms_go_first():
    """Small ones would leave the room that a large one needs in pieces."""
    sizes = [1, 4, 2, 8]
    hosts, vms = [host("h1", 20), host("h2", 20)], [vm(f"v{size}", size) for size in sizes]
    of = pool(hosts, vms, "h1: v1 v4 v2 v8", "h2: v1 v4 v2 v8")
    first = Wheel(Problem(of), 0, large_first=True).priority
    assert sorted(range(4), key=first.__getitem__) == sorted(range(4), key=sizes.__getitem__)


def test_a_first_pass_far_above_the_bound_tells_that_room_is_scarce(tiny):
    """Only then are first priorities drawn by size: with room to spare chance does better."""
    for scarce, by_size in ((0.0, True), (100.0, False)):
        wheels = Wheels(Problem(tiny), 0, SqueakyParameters(scarce=scarce))
        for _ in range(2):
            wheels.turn(Deadline(LONG_S))
        assert wheels.goes_by_size == by_size
