"""Other ways: what comes back is safe, brings everyone home, and ends no later."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given

from heuristics import Deadline
from heuristics.compiled.orders.records import SEARCH
from heuristics.justify import short_schedule
from heuristics.tasks import everyone
from models import Shutdown
from models.clock import Clock
from models.moves import OFF
from planner.cp.solve import Effort
from planner.scheduling.freedom import any_way, at_no_more_than
from planner.scheduling.judging import judge_schedule
from planner.scheduling.order_changes import Brief
from planner.scheduling.order_islands import set_parameters
from planner.scheduling.parameters import OtherWays, ScheduleParameters
from planner.scheduling.reroute import keeps_all_rules, reroute, waits_for_room
from planner.scheduling.timetable import Timetable, work_of_actions, written_out
from tests.builders import host, moves, pool, vm
from tests.in_time import some_work, timed_pools
from tests.strategies import parsed

LONG = Deadline(1e6)

IMPATIENT = ScheduleParameters(other_ways=OtherWays(meanwhile_s=0.01, patience=5_000))


def worked(of, *texts):
    """Give the tasks of a plan, and a list schedule of them."""
    problem = everyone(of)
    work = work_of_actions(problem, Clock(problem), moves(*texts))
    return work, short_schedule(work, LONG)


def three_in_a_row():
    """h4 has room for c, whose room b waits for, whose room a waits for: 30 s; with b aside it is 20."""
    hosts = [host(f"h{number}") for number in (1, 2, 3, 4)] + [host("spare")]
    vms = [vm(name, 6, migration_s=10) for name in "abc"]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h4: c")
    return worked(of, "c: h3 -> h4", "b: h2 -> h3", "a: h1 -> h2")


def two_swaps_through_one_shelter():
    """Both swaps use s1, one after the other: 60 s; with one of them through s2 it is 30."""
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4", "s1", "s2")]
    vms = [vm(name, 6, migration_s=10) for name in "abcd"]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c, h4: d", "h2: a, h1: b, h4: c, h3: d")
    first = "b: h2 -> s1", "a: h1 -> h2", "b: s1 -> h1"
    return worked(of, *first, "d: h4 -> s1", "c: h3 -> h4", "d: s1 -> h3")


@given(timed_pools())
def test_whatever_is_found_is_safe_and_no_later(data):
    of = parsed(data)
    work = some_work(of)
    assume(work is not None and work.tasks)
    starts = short_schedule(work, LONG)
    for any_cost, freedom in ((True, any_way(work.problem)), (False, at_no_more_than(work))):
        found = reroute(work, starts, freedom, LONG, Effort(1, 0), any_cost=any_cost, rounds=60)
        assert keeps_all_rules(found.work)
        assert found.makespan <= work.makespan(starts)
        assert any_cost or len(found.work.tasks) == len(work.tasks)
        assert judge_schedule(of, *written_out(Timetable(found.work, found.starts))) == []


def test_a_settled_vm_makes_room_for_a_while():
    """No room for a on h2 until b is home at 30, unless s, which is settled there, steps aside: 32 for 40."""
    hosts = [host("h1"), host("h2"), host("h3"), host("far")]
    vms = [vm("a", 6, migration_s=10), vm("b", 4, migration_s=30), vm("s", 3, migration_s=1)]
    work, starts = worked(pool(hosts, vms, "h1: a, h2: b s", "h2: a s, h3: b"), "b: h2 -> h3", "a: h1 -> h2")
    assert work.makespan(starts) == 40
    found = reroute(work, starts, any_way(work.problem), LONG, Effort(1, 0), any_cost=True, rounds=300)
    assert (found.makespan, len(found.work.tasks)) == (32, 4)


def test_a_step_aside_shortens_a_chain_of_waiting():
    work, starts = three_in_a_row()
    assert work.makespan(starts) == 30
    found = reroute(
        work, starts, any_way(work.problem), LONG, Effort(1, 0), bound=20, any_cost=True, rounds=200
    )
    assert (found.makespan, len(found.work.tasks)) == (20, 4)


def test_at_the_same_cost_only_shelters_change():
    work, starts = two_swaps_through_one_shelter()
    assert work.makespan(starts) == 60
    found = reroute(work, starts, at_no_more_than(work), LONG, Effort(1, 0), bound=30, rounds=200)
    assert (found.makespan, len(found.work.tasks)) == (30, 6)


def test_detours_that_the_end_does_not_need_are_taken_back():
    of = pool([host("h1"), host("h2"), host("h3")], [vm("a", 1, migration_s=10)], "h1: a", "h2: a")
    work, starts = worked(of, "a: h1 -> h3", "a: h3 -> h2")
    found = reroute(work, starts, any_way(work.problem), LONG, Effort(1, 0), any_cost=True, rounds=0)
    assert (found.makespan, len(found.work.tasks)) == (10, 1)


def test_who_waits_for_room_is_told_from_who_waits_for_a_slot():
    assert waits_for_room(*three_in_a_row())
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("a", migration_s=10), vm("b", migration_s=10)]
    of = pool(hosts, vms, "h1: a b", "h2: a, h3: b")  # one out of h1 at a time
    assert not waits_for_room(*worked(of, "a: h1 -> h2", "b: h1 -> h3"))


def test_the_fewer_the_tasks_the_warmer_it_begins_and_the_less_a_detour_costs():
    how = OtherWays(warmth=0.1, price=0.2, few_tasks=100, most_warmth=0.5)
    few, fewer, many = how.suited_to(50), how.suited_to(1), how.suited_to(1_000)
    assert (few.warmth, few.price) == pytest.approx((0.2, 0.1))
    assert (fewer.warmth, fewer.price) == pytest.approx((0.5, 0.002))
    assert (many.warmth, many.price) == (0.1, 0.2)


def test_who_asked_for_more_warmth_than_small_pools_get_has_it():
    assert OtherWays(warmth=2.0, most_warmth=0.5).suited_to(1).warmth == 2.0


class Compiled:
    """Whether code is at hand: after it has been asked so often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        self.begun, self.asked, self.after = 0, 0, after
        for name in ("is_kept", "begin_to_compile"):
            monkeypatch.setattr(f"planner.scheduling.reroute.{name}", getattr(self, name))

    def is_kept(self, _: object) -> bool:
        self.asked += 1
        return self.asked > self.after

    def begin_to_compile(self, _: object) -> None:
        self.begun += 1


@pytest.mark.parametrize("after", [0, 4])
def test_several_workers_go_on_by_compiled_steps_once_there_are_any(monkeypatch, after):
    compiled = Compiled(monkeypatch, after)
    work, starts = three_in_a_row()
    found = reroute(work, starts, any_way(work.problem), Deadline(20), Effort(2, 0), any_cost=True, bound=20)
    assert found.makespan == 20
    assert compiled.begun == (after > 0)


def test_until_there_are_any_they_go_on_as_before(monkeypatch):
    compiled = Compiled(monkeypatch, 10**9)
    work, starts = three_in_a_row()
    found = reroute(
        *(work, starts, any_way(work.problem), Deadline(20), Effort(2, 0)),
        any_cost=True,
        bound=19,
        parameters=IMPATIENT,
    )
    assert found.makespan == 20
    assert compiled.begun == 1
    assert compiled.asked > 2


@pytest.mark.parametrize(("effort", "rounds"), [(Effort(1, 0), None), (Effort(2, 0), 200)])
def test_one_worker_and_counted_steps_never_ask_for_them(monkeypatch, effort, rounds):
    compiled = Compiled(monkeypatch, 0)
    work, starts = three_in_a_row()
    found = reroute(
        work, starts, any_way(work.problem), Deadline(20), effort, any_cost=True, bound=20, rounds=rounds
    )
    assert found.makespan == 20
    assert compiled.asked == 0


@pytest.mark.parametrize("accepts", [True, False], ids=["all accept", "the last host does not"])
def test_who_is_shut_down_elsewhere_for_nothing_is_shut_down_where_it_is(accepts):
    hosts = [host("h1"), host("h2"), host("h3", accepts=accepts)]
    of = pool(hosts, [vm("old", migration_s=10)], "h1: old", "")
    problem = everyone(of)
    work = work_of_actions(problem, Clock(problem), [*moves("old: h1 -> h2"), Shutdown("old", "h2")])
    free = any_way(problem)
    found = reroute(work, work.one_by_one(), free, LONG, Effort(1, 0), any_cost=True, rounds=0)
    assert [(task.src, task.dst) for task in found.work.tasks] == [(0, OFF)]


def test_compiled_steps_are_told_what_the_others_are_told():
    """A number that is forgotten would be 0 there, and nobody would see it."""
    work, _ = three_in_a_row()
    search = np.zeros(1, SEARCH)
    set_parameters(search, OtherWays(), Brief(any_way(work.problem), any_cost=True), 0)
    # These are parts here, and seconds or tasks there: they are told by other names, or as it cools.
    elsewhere = {"aim", "price", "warmth", "late"}
    for name in {field.name for field in fields(OtherWays)} & set(SEARCH.names) - elsewhere:
        assert search[name][0] == getattr(OtherWays(), name), name
