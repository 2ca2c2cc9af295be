"""Stops as late as all else allows: no VM is off for longer than its room is wanted for."""

from __future__ import annotations

import pytest
from hypothesis import event, given

from models import Migration, Plan, Start, Stop, Timing
from planner import schedule
from planner.scheduling.late_stops import stopped_late, stops_of
from tests.builders import host, pool, vm
from tests.changing_places import PASSING_S, changing_places
from tests.in_time import broken, listed, works_with_stops


@given(works_with_stops())
def test_no_stop_could_be_a_second_later(work):
    starts, _ = listed(work)
    late = stopped_late(work, starts)
    assert broken(work, late) == []
    stops = stops_of(work)
    event(f"moved: {late != starts}")
    for task, start in enumerate(starts):
        assert late[task] >= start if task in stops else late[task] == start
    for stop in stops:
        later = [start + (task == stop) for task, start in enumerate(late)]
        assert broken(work, later) != []


@pytest.mark.parametrize("shutdown_s", [0, 30])
def test_vms_that_change_places_one_pair_at_a_time_are_off_one_at_a_time(shutdown_s):
    of, walk = changing_places(3, Timing(max_parallel=1, shutdown_s=shutdown_s, provision_s=0))
    plan, times = schedule(of, walk, time_limit_s=1)
    began = {action.vm: times.start_s[n] for n, action in enumerate(plan.actions) if isinstance(action, Stop)}
    ended = {action.vm: times.end_s[n] for n, action in enumerate(plan.actions) if isinstance(action, Start)}
    assert {ended[name] - began[name] for name in began} == {shutdown_s + PASSING_S}
    assert times.makespan_s == shutdown_s + 3 * PASSING_S


def test_a_host_above_a_limit_keeps_nobody_longer_for_those_who_take_none_of_it():
    """The VM that is to be off for a while leaves too little memory, and who comes takes none."""
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("a", 8, offline=True), vm("b", 8, migration_s=50), vm("none", 0, migration_s=5), vm("over", 8)]
    of = pool(hosts, vms, "h1: a over, h2: b, h3: none", "h1: b none, h2: a, h3: over")
    walk = [Stop("a", "h1"), Migration("none", "h3", "h1"), Migration("over", "h1", "h3")]
    walk += [Migration("b", "h2", "h1"), Start("a", "h2")]
    plan, times = schedule(of, Plan.of(of, walk), time_limit_s=1)
    stop = plan.actions.index(Stop("a", "h1"))
    assert times.end_s[stop] == times.start_s[plan.actions.index(Migration("b", "h2", "h1"))]
