"""Shifts in time: detours go where other legs may be earlier or later, and the plan stays safe."""

from __future__ import annotations

from itertools import islice

from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.legs import Legs, Packing
from heuristics.parameters import ShiftParameters
from heuristics.shifts import Shifts, shifted
from heuristics.squeaky import passes
from heuristics.tracker import Tracker, is_safe
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.in_time import LIMIT_S, POOLS, in_the_way
from tests.strategies import parsed

IMPATIENT = ShiftParameters(patience=30, patience_a_vm=3)


def test_a_detour_goes_where_another_vm_may_come_later():
    problem, moves = in_the_way()
    assert is_safe(problem, moves)
    assert shifted(problem, moves, Deadline(LIMIT_S)) == [(1, 2), (0, 1), (2, 0)]


def test_a_detour_goes_where_another_vm_may_leave_earlier():
    """The same the other way round: b leaves last, though nothing holds it back."""
    problem, _ = in_the_way()
    moves = [(0, 3), (2, 0), (1, 4), (0, 1), (1, 2)]
    assert is_safe(problem, moves)
    assert len(shifted(problem, moves, Deadline(LIMIT_S))) == 3


def test_the_best_plan_is_told_as_soon_as_may_be():
    problem, moves = in_the_way()
    told: list[list[tuple[int, int]]] = []
    shorter = shifted(
        problem, moves, Deadline(LIMIT_S), parameters=ShiftParameters(told_every=1), tell=told.append
    )
    assert told == [shorter]


def test_a_swap_keeps_its_detour():
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    problem = Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))
    assert len(shifted(problem, [(0, 2), (1, 0), (0, 1)], Deadline(LIMIT_S))) == 3


def test_a_swap_keeps_its_detour_in_a_pool_of_many_groups():
    """Amounts packed with that many groups are integers too long for a float."""
    pairs = [(f"p{n}", f"q{n}") for n in range(120)]
    hosts = [*(host(name, 6) for name in ("h1", "h2", "h3")), host("h4", 200), host("h5", 200)]
    vms = [vm("a", 4), vm("b", 4), *(vm(name, 1) for pair in pairs for name in pair)]
    rest = {name: here for pair in pairs for name, here in zip(pair, ("h4", "h5"), strict=True)}
    apart = [*pairs, ("a", "b")]
    now, then = {"a": "h1", "b": "h2", **rest}, {"a": "h2", "b": "h1", **rest}
    problem = Problem(pool(hosts, vms, now, then, anti_affinity=apart))
    assert len(shifted(problem, [(0, 2), (1, 0), (0, 1)], Deadline(LIMIT_S))) == 3


def test_nothing_is_done_without_time_or_need():
    problem, moves = in_the_way()
    assert shifted(problem, moves, Deadline(0.0)) == moves
    assert shifted(problem, moves, Deadline(LIMIT_S), least=len(moves)) == moves


def test_a_host_that_is_over_a_limit_at_first_is_left_alone():
    """There, what is free at an instant does not tell who may come."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    problem = Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a b", "h1: b, h2: a"))
    moves = [(0, 2), (0, 1)]
    assert shifted(problem, moves, Deadline(LIMIT_S)) == moves


@given(POOLS, st.sampled_from(["moves", "custom"]))
def test_plans_stay_safe_and_cost_no_more(data, objective):
    problem = Problem(parsed(data), objective)
    for moves in islice(passes(problem, Deadline(LIMIT_S), 0), 2):
        if moves is not None:
            shorter = shifted(problem, moves, Deadline(LIMIT_S), parameters=IMPATIENT)
            event("shorter" if len(shorter) < len(moves) else "as it was")
            assert is_safe(problem, shorter)
            assert problem.moves_cost(shorter) <= problem.moves_cost(moves)


@given(POOLS)
def test_whatever_a_turn_does_the_legs_are_a_safe_plan(data):
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if moves is None or any(host == OFF for _, host in moves):
        return
    shifts = Shifts(problem, moves)
    for _ in range(20):
        if not shifts.table.is_sane() or not shifts.table.wandering:
            return
        shifts.turn()
        now = shifts.table.moves()
        assert is_safe(problem, now)
        assert problem.moves_cost(now) == shifts.table.cost
        assert all(shifts.table.first_over(number) is None for number in range(problem.num_hosts))
        laid_out = Legs(problem, now)
        assert {*laid_out.wandering} == {*shifts.table.wandering}
        for number in range(problem.num_hosts):
            assert shifts.table.free(number) == laid_out.free(number)


@given(POOLS)
def test_the_best_plan_comes_back_after_worse_ones(data):
    """However far it goes uphill, and whether instants were laid out anew meanwhile or not."""
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if moves is None or any(host == OFF for _, host in moves):
        return
    shifts = Shifts(problem, moves, parameters=ShiftParameters(above=50, rise=50))
    if not shifts.table.is_sane():
        return
    least, costs = problem.moves_cost(moves), set()
    for number in range(20):
        if not shifts.table.wandering:
            break
        assert shifts.turn() == (shifts.table.cost < least)
        least = min(least, shifts.table.cost)
        costs.add(shifts.table.cost)
        if number == 10:
            shifts._is_dense = True
    event("went uphill" if max(costs, default=0) > least else "did not")
    best = shifts.best()
    assert is_safe(problem, best)
    assert problem.moves_cost(best) == shifts.cost == least


@given(POOLS, st.data())
def test_a_leg_goes_to_an_instant_next_to_others_if_there_is_room(data, draw):
    """Earlier and later, between the last leg of two hosts before an instant and the first after it."""
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if moves is None or len(moves) < 2 or any(host == OFF for _, host in moves):
        return
    table = Legs(problem, moves)
    number = draw.draw(st.integers(0, problem.num_hosts - 1))
    need = table.need[draw.draw(st.integers(0, problem.num_vms - 1))]
    instants = st.lists(st.integers(1, len(moves)), min_size=2, max_size=2, unique=True)
    first, second = sorted(draw.draw(instants))
    at, has_room = table.earlier(first, 0.0, number, need, second, -1)
    assert 0 < at < first
    assert has_room == table.has_room(number, need, at, second)
    at, has_room = table.later(second, table.end, number, need, first, len(table.vm) - 1)
    assert second < at < table.end
    assert has_room == table.has_room(number, need, first, at)


@given(POOLS, st.data())
def test_a_host_has_room_where_one_more_would_be_over_no_limit(data, draw):
    """Looked up between two instants, and counted leg by leg."""
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if moves is None or any(host == OFF for _, host in moves):
        return
    table = Legs(problem, moves)
    number = draw.draw(st.integers(0, problem.num_hosts - 1))
    need = table.need[draw.draw(st.integers(0, problem.num_vms - 1))]
    since, until = sorted(
        draw.draw(st.lists(st.integers(0, len(moves) + 1), min_size=2, max_size=2, unique=True))
    )
    stretches = [(0.0, table.room[number])]
    stretches += [(at, free) for (at, _, _), free in zip(table.on[number], table.free(number), strict=True)]
    ends = [at for at, _ in stretches[1:]] + [table.end]
    counted = [
        (free - need) & table.over
        for (begins, free), ends_at in zip(stretches, ends, strict=True)
        if begins < until and ends_at > since
    ]
    assert table.has_room(number, need, since, until) == (not any(counted))


@given(POOLS)
def test_one_comparison_tells_whether_any_limit_is_exceeded(data):
    """VMs are packed onto each host until long after it is full: the bits say what counting says."""
    problem = Problem(parsed(data))
    packing = Packing(problem, problem.src)
    for number in range(problem.num_hosts):
        free, tracker = packing.room[number], Tracker(problem)
        assert bool(free & packing.over) != tracker.is_within(number)
        for guest in range(problem.num_vms):
            if tracker.at[guest] != number:
                free -= packing.need[guest]
                tracker.go(guest, number)
                assert bool(free & packing.over) != tracker.is_within(number)
