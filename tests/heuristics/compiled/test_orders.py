"""Compiled steps place tasks where Python does, and what they come to keeps all limits."""

from __future__ import annotations

from math import inf
from random import Random

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics.compiled.orders import tables
from heuristics.compiled.orders.records import AIM as AIM_DRAWN
from heuristics.compiled.orders.records import LAST, NOW
from heuristics.compiled.orders.steps import begin, steps
from heuristics.compiled.orders.tables import best_of, order_table, put_legs, with_luck
from heuristics.in_order import Reel, legs_of
from heuristics.list_schedule import list_schedule
from heuristics.tasks import TimedWork, everyone
from models.clock import Clock
from models.moves import OFF
from models.timing import Link, Timing
from planner.scheduling.freedom import any_way
from planner.scheduling.order_changes import Brief
from planner.scheduling.timetable import work_of_actions
from tests.builders import host, moves, pool, vm
from tests.in_time import broken, some_work, timed_pools
from tests.planner.solving import half
from tests.strategies import parsed

AIM, PRICE = 3, 2.5


def scheduled(data):
    """Give a schedule of some plan of a pool; None where there is none."""
    work = some_work(parsed(data))
    if work is None or not work.tasks:
        return None
    return TimedWork(work, list_schedule(work, range(len(work.tasks)), [0.0] * len(work.tasks)))


def laid_out(timed, *, any_cost=True, seed=0):
    """Give the table of a schedule, parameters and all; None where it is not for compiled steps."""
    brief = Brief(any_way(timed.work.problem), any_cost)
    table = order_table(timed, brief.free(timed.work), brief.settled(timed.work))
    if table is None:
        return None
    search = table.search
    search["random"], search["any_cost"] = seed, any_cost
    search["aim"], search["price"], search["best_makespan"] = AIM, PRICE, timed.makespan + 1
    search["aim_part"], search["price_part"], search["late_part"] = 0.7, 0.1, 0.6
    search["shift"], search["width"], search["swap"], search["first_in"] = 0.2, 0.3, 0.5, 0.3
    search["resident"], search["most_shelters"], search["steps_a_film"] = 0.3, 5, 7
    search["just_before"], search["straight"], search["once_free"] = 0.5, 0.5, 0.6
    search["any_shelter"], search["scatter_s"] = 0.5, 10.0
    search["warmth"] = 1.0
    return table


def as_tuples(legs, starts):
    """Give what is placed as (VM, from, to, start)."""
    return [(leg.vm, leg.src, leg.dst, start) for leg, start in zip(legs, starts, strict=True)]


def now(table):
    """Give the schedule at hand in the same way."""
    tasks = table.tasks[NOW, : table.search["tasks"][0]]
    return tasks[["vm", "src", "dst", "start"]].tolist()


@half
@given(timed_pools(), st.integers(0, 99), st.booleans())
def test_tasks_are_placed_where_python_places_them(data, seed, turned):
    timed = scheduled(data)
    table = None if timed is None else laid_out(timed)
    if table is None:
        return
    work = timed.work
    film = Reel(work.problem, work.clock)
    legs = legs_of(*timed)
    if turned:
        legs, _ = film.mirrored(film.placed(legs))
        film = Reel(work.problem, work.clock, turned=True)
    Random(seed).shuffle(legs)
    put_legs(table, legs)
    table.search["turned"] = turned
    expected = film.placed(legs, aim=AIM, price=PRICE)
    is_placed = begin(table)
    event("placed" if expected is not None else "some wait to the end")
    assert is_placed == (expected is not None)
    if expected is not None:
        assert table.search["cost"] == expected.cost
        assert table.search["makespan"] == expected.makespan
        assert now(table) == as_tuples(expected.legs, expected.starts)


@half
@given(timed_pools(), st.integers(0, 99), st.booleans())
def test_whatever_steps_come_to_keeps_all_limits(data, seed, any_cost):
    timed = scheduled(data)
    table = None if timed is None else laid_out(timed, any_cost=any_cost, seed=seed)
    if table is None:
        return
    assert begin(table)
    work, last = timed.work, timed.makespan
    for _ in range(10):
        steps(table, 20)
        best = best_of(table, work)
        assert broken(best.work, best.starts) == []
        assert best.makespan == table.search["best_makespan"][0] <= last
        assert any_cost or len(best.work.tasks) == len(work.tasks)
        assert is_allowed(best.work)
        last = best.makespan
    event("shorter" if last < timed.makespan else "as long")


def drawn(timed, factors, seed=0):
    """Give the table of a schedule with durations drawn: ``factors[vm, draw]`` times the estimates."""
    table = laid_out(timed, any_cost=False, seed=seed)
    if table is None:
        return None
    table = with_luck(table, factors)
    table.search["most_end"], table.search["best_end_drawn"] = timed.makespan, inf
    return table


def random_factors(timed, seed):
    """Give from half to twice the estimate for each VM and each of three draws."""
    return 2.0 ** np.random.default_rng(seed).uniform(-1, 1, (timed.work.problem.num_vms, 3))


@half
@given(timed_pools(), st.sampled_from([0.5, 1.0, 2.0]))
def test_where_all_takes_so_many_times_as_long_the_end_is_so_many_times_as_late(data, times):
    timed = scheduled(data)
    factors = None if timed is None else np.full((timed.work.problem.num_vms, 2), times)
    table = None if timed is None else drawn(timed, factors)
    if table is None:
        return
    assert begin(table)
    assert table.luck[LAST].tolist() == [times * table.search["makespan"][0]] * 2
    assert table.search["best_end_drawn"] == times * table.search["makespan"]


def ends_at_least(legs, starts, seconds):
    """Give an end that is never later: each waits for nothing but its own VM."""
    ready, end = {}, 0.0
    for place in sorted(range(len(legs)), key=lambda place: starts[place]):
        ready[legs[place].vm] = ready.get(legs[place].vm, 0.0) + seconds[place]
        end = max(end, ready[legs[place].vm])
    return end


def ends_at_most(legs, starts, seconds):
    """Give an end that is never earlier: each waits for all that had ended, as planned, when it started."""
    ends = [0.0] * len(legs)
    for place in sorted(range(len(legs)), key=lambda place: starts[place]):
        over = [ends[other] for other, leg in enumerate(legs) if starts[other] + leg.seconds <= starts[place]]
        ends[place] = max(over, default=0.0) + seconds[place]
    return max(ends)


@half
@given(timed_pools(), st.integers(0, 99))
def test_by_durations_drawn_nobody_waits_for_more_than_by_the_estimates(data, seed):
    timed = scheduled(data)
    if timed is None:
        return
    factors = random_factors(timed, seed)
    table = drawn(timed, factors)
    if table is None:
        return
    assert begin(table)
    film = Reel(timed.work.problem, timed.work.clock)
    legs, starts = (placed := film.placed(legs_of(*timed))).legs, placed.starts
    for draw, end in enumerate(table.luck[LAST].tolist()):
        seconds = [leg.seconds * factors[leg.vm, draw] for leg in legs]
        assert end >= ends_at_least(legs, starts, seconds) - 1e-3
        assert end <= ends_at_most(legs, starts, seconds) + 1e-3


@half
@given(timed_pools(), st.integers(0, 99))
def test_what_bears_the_draws_better_ends_no_later_and_keeps_all_limits(data, seed):
    timed = scheduled(data)
    table = None if timed is None else drawn(timed, random_factors(timed, seed), seed)
    if table is None:
        return
    assert begin(table)
    before = last = table.search["best_end_drawn"][0]
    for _ in range(5):
        table.luck[AIM_DRAWN] = 0.8 * last
        steps(table, 20)
        best = best_of(table, timed.work)
        assert broken(best.work, best.starts) == []
        assert best.makespan == table.search["best_makespan"][0] <= timed.makespan
        assert len(best.work.tasks) == len(timed.work.tasks)
        assert table.search["best_end_drawn"] <= last
        last = table.search["best_end_drawn"][0]
    event("earlier on average" if last < before else "as before")


def test_of_two_orders_that_end_as_early_the_one_that_bears_the_draws_better_is_found():
    """To the spare host go x and y, one at a time, z where x was, w where y was: 30 s, whoever goes first.

    If w takes twice as long, it is 40 s with x in front, and 30 with y.
    """
    hosts = [host(name) for name in ("hx", "hy", "hz", "hw")] + [host("spare", 20, max_in=1)]
    vms = [vm(name, 10, migration_s=10) for name in "xyzw"]
    of = pool(hosts, vms, "hx: x, hy: y, hz: z, hw: w", "spare: x y, hx: z, hy: w")
    problem = everyone(of)
    ways = moves("x: hx -> spare", "y: hy -> spare", "z: hz -> hx", "w: hw -> hy")
    work = work_of_actions(problem, Clock(problem), ways)
    factors = np.ones((4, 1))
    factors[[one.name for one in problem.vms].index("w")] = 2.0
    table = drawn(TimedWork(work, [0, 10, 10, 20]), factors)
    assert begin(table)
    assert table.search["best_end_drawn"] == pytest.approx(40)
    table.luck[AIM_DRAWN] = 20
    steps(table, 500)
    assert table.search["best_end_drawn"] == pytest.approx(30)
    assert best_of(table, work).makespan == 30


def is_allowed(work):
    """Tell whether filters let every task be."""
    return all(
        OFF in (task.src, task.dst) or work.problem.may_go(task.vm, task.src, task.dst) for task in work.tasks
    )


def three_in_a_row(links=()):
    """h4 has room for c, whose room b waits for, whose room a waits for: 30 s; with b aside it is 20."""
    hosts = [host(f"h{number}", max_in=1, max_out=1) for number in (1, 2, 3, 4)] + [host("spare")]
    vms = [vm(name, 6, migration_s=10) for name in "abc"]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h4: c", timing=Timing(links=links))
    problem = everyone(of)
    work = work_of_actions(problem, Clock(problem), moves("c: h3 -> h4", "b: h2 -> h3", "a: h1 -> h2"))
    return TimedWork(work, [0, 10, 20])


def test_a_vm_steps_aside_where_that_buys_time():
    table = laid_out(three_in_a_row())
    begin(table)
    assert table.search["best_makespan"] == 30
    assert steps(table, 2000) >= 1
    assert table.search["best_makespan"] == 20


def test_a_proven_makespan_ends_the_steps():
    table = laid_out(three_in_a_row())
    begin(table)
    table.search["bound"] = 30
    steps(table, 2000)
    assert table.search["steps"] == 1


def test_a_wire_is_held_where_another_of_the_same_kind_lets_one_through_at_a_time():
    """Of that other one the slot alone says it: what a migration takes of a wire was taken from there."""
    hosts = [host(name, max_out=limit, bandwidth_mbps=100) for name, limit in (("h1", 1), ("h2", 2))]
    hosts += [host("h3", max_in=2), host("h4", max_in=2)]
    vms = [vm("a", migration_s=10), vm("b", migration_s=10)]
    of = pool(hosts, vms, "h2: a b", "h3: a, h4: b")
    problem = everyone(of)
    work = work_of_actions(problem, Clock(problem), moves("a: h2 -> h3", "b: h2 -> h4"))
    table = laid_out(TimedWork(work, [0, 10]))
    begin(table)
    assert table.search["makespan"] == 20


def test_too_many_kinds_of_hosts_are_left_to_python(monkeypatch):
    monkeypatch.setattr(tables, "MOST_KINDS", 1)
    assert laid_out(three_in_a_row()) is not None
    assert laid_out(three_in_a_row(links=(Link("up", ("h1",), 100.0),))) is None
