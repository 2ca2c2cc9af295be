"""Actions that take no time: they end in the second in which they start, and others start there too."""

from __future__ import annotations

import pytest

from heuristics.list_schedule import list_schedule
from heuristics.tasks import everyone
from models import Migration, Plan, Provision, Schedule, Shutdown, Start, Stop, Timing, replay
from models.clock import Clock
from planner import schedule
from planner.scheduling.critical_path import critical_path
from planner.scheduling.parameters import ModelSizes, ScheduleParameters
from planner.scheduling.timetable import work_of_actions
from tests.builders import host, pool, vm
from tests.in_time import broken
from tests.planner.solving import LIMIT_S

AT_ONCE = Timing(shutdown_s=0, provision_s=0)
NO_MODELS = ScheduleParameters(sizes=ModelSizes(most_in_part=0, most_at_once=0))


@pytest.mark.parametrize("parameters", [None, NO_MODELS], ids=["any size", "as if it were large"])
def test_who_leaves_and_who_comes_in_one_second_are_told_apart(parameters):
    """The plan provisions b before a is shut down, since m has gone; all of it fits within the 10 s of m."""
    vms = [vm("m", migration_s=10), vm("a"), vm("b")]
    of = pool([host("h", 2), host("g", 2)], vms, {"m": "h", "a": "h"}, {"m": "g", "b": "h"}, timing=AT_ONCE)
    actions = [Migration("m", "h", "g"), Provision("b", "h"), Shutdown("a", "h")]
    found = schedule(of, Plan.of(of, actions), workers=1, time_limit_s=LIMIT_S, parameters=parameters)
    assert found.schedule.makespan_s == 10


def swapped_at_once():
    """Give the work of v and w, which change places by stop and start, while y waits for x."""
    hosts = [host("A", 1), host("B", 1), *(host(name, 2) for name in "CDE")]
    vms = [
        vm("v", offline=True),
        vm("w", offline=True),
        vm("x", 2, migration_s=7),
        vm("y", 2, migration_s=9),
    ]
    of = pool(hosts, vms, "A: v, B: w, C: x, D: y", "B: v, A: w, E: x, C: y", timing=AT_ONCE)
    actions = [
        *(Stop("v", "A"), Stop("w", "B"), Start("v", "B"), Start("w", "A")),
        *(Migration("x", "C", "E"), Migration("y", "D", "C")),
    ]
    problem = everyone(of)
    return work_of_actions(problem, Clock(problem), actions)


def test_a_list_in_the_film_run_backwards_starts_everybody():
    work = swapped_at_once()
    starts = list_schedule(work, range(6), [float(number) for number in range(6)])
    back = work.backwards
    mirrored = work.mirrored(starts)
    again = list_schedule(back, back.order(mirrored), mirrored)
    assert min(again) == 0
    assert broken(work, back.mirrored(again)) == []


def test_the_critical_path_names_whose_stop_took_no_time():
    """A starts when b is stopped, in the ninth second."""
    vms = [vm("a", 2, migration_s=5), vm("b", 2, offline=True), vm("m", migration_s=9)]
    of = pool([host(name, 4) for name in "ghi"], vms, "g: a, h: b m", "h: a, g: b, i: m", timing=AT_ONCE)
    actions = [Migration("m", "h", "i"), Stop("b", "h"), Migration("a", "g", "h"), Start("b", "g")]
    times = Schedule((0, 9, 9, 14), (9, 9, 14, 14), ((), (), (2,), (3,)), (1, 1, 2, 3))
    chain = critical_path(of.current, Plan.of(of, actions), times)
    assert [(link.number, link.why, link.where) for link in chain[-2:]] == [
        (2, "idle", None),
        (3, "room", "h"),
    ]


@pytest.mark.parametrize("times", [2, 3])
def test_who_is_stopped_and_started_again_in_one_second_keeps_its_order(times):
    """Its stops do not all come before its starts, though one that only leaves comes first."""
    of = pool([host("h", 4)], [vm("v", offline=True), vm("s", 3)], "h: v s", "h: v s", timing=AT_ONCE)
    actions = [Stop("v", "h"), Start("v", "h")] * times
    found = schedule(of, Plan.of(of, actions), workers=1, time_limit_s=LIMIT_S)
    assert found.plan.actions == tuple(actions)
    assert found.schedule.after == ((), *((number,) for number in range(1, 2 * times)))


def passing_through():
    """V2 is started on h1 and stopped again at once: even so there must be room for it beside the others."""
    vms = [vm("v0", offline=True), vm("v1", 2, migration_s=3), vm("v2", offline=True, migration_s=8)]
    hosts = [host("h0", 3), host("h1", 2), host("h2", 3)]
    of = pool(hosts, vms, "h1: v0, h0: v1 v2", "h2: v0, h1: v1, h0: v2", timing=AT_ONCE)
    return of, [
        *(Stop("v0", "h1"), Migration("v2", "h0", "h2"), Migration("v1", "h0", "h1"), Start("v0", "h2")),
        *(Stop("v2", "h2"), Migration("v1", "h1", "h2"), Start("v2", "h1"), Stop("v2", "h1")),
        *(Stop("v0", "h2"), Migration("v1", "h2", "h1"), Start("v0", "h2"), Start("v2", "h0")),
    ]


def in_the_film_run_backwards():
    """V0 stops, starts and stops in one second, in the film that runs backwards the other way round."""
    vms = [vm(f"v{number}", 2, offline=True, migration_s=8) for number in (0, 2, 3, 4)]
    hosts = [host("h0", 4), host("h1", 3), host("h2", 2), host("h3", 2)]
    here, there = "h0: v0 v3, h2: v1, h3: v2, h1: v4", "h1: v0, h0: v1 v2, h2: v3, h3: v4"
    of = pool(hosts, [*vms, vm("v1", migration_s=8)], here, there, timing=AT_ONCE)
    return of, [
        *(Stop("v0", "h0"), Stop("v4", "h1"), Start("v0", "h1"), Migration("v1", "h2", "h0")),
        *(Stop("v0", "h1"), Stop("v3", "h0"), Migration("v1", "h0", "h1"), Start("v3", "h0")),
        *(Migration("v3", "h0", "h2"), Start("v0", "h1"), Migration("v2", "h3", "h0")),
        *(Migration("v1", "h1", "h0"), Start("v4", "h3")),
    ]


@pytest.mark.parametrize("made", [passing_through, in_the_film_run_backwards])
def test_who_is_stopped_again_and_again_in_one_second_is_scheduled(made):
    of, actions = made()
    found = schedule(of, Plan.of(of, actions), workers=1, time_limit_s=LIMIT_S)
    assert len(found.plan.actions) <= len(actions)  # those who step aside may do so elsewhere, or not at all
    assert replay(of, found.plan.actions) == []
