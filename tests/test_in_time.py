"""The judge of schedules, whom nearly all tests ask about good ones, sees what is wrong with bad ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import Plan
from planner.scheduling.timetable import work_of_plan
from tests.builders import host, moves, pool, vm
from tests.in_time import broken

HOSTS = [host("h1"), host("h2"), host("h3"), host("h4", max_out=2)]


def timed(of, *texts):
    """Give the tasks of migrations, each of which takes 5 s."""
    return work_of_plan(of, Plan.of(of, moves(*texts)))


def one_after_another(ram_mib, **rules):
    """Let b leave h2 for h3, and a come to h2 from h1."""
    vms = [vm(name, ram_mib, migration_s=5) for name in "ab"]
    of = pool(HOSTS, vms, "h1: a, h2: b", "h2: a, h3: b", **rules)
    return timed(of, "b: h2 -> h3", "a: h1 -> h2")


def two_ways_on():
    """Let a go from h1 to h2, and on to h3."""
    of = pool(HOSTS, [vm("a", migration_s=5)], "h1: a", "h3: a")
    return timed(of, "a: h1 -> h2", "a: h2 -> h3")


def from_one_host(name):
    """Let two leave a host: one sends one at a time, h4 two."""
    vms = [vm(one, migration_s=5) for one in "ab"]
    of = pool(HOSTS, vms, f"{name}: a b", "h2: a, h3: b")
    return timed(of, f"a: {name} -> h2", f"b: {name} -> h3")


GROUP = {"anti_affinity": [("a", "b")]}


@pytest.mark.parametrize(
    ("work", "starts", "found"),
    [
        (one_after_another(6), (0, 5), []),
        (one_after_another(6), (0, 4), ["task 1: no ram_mib"]),
        (one_after_another(1), (0, 4), []),
        (one_after_another(1, **GROUP), (0, 5), []),
        (one_after_another(1, **GROUP), (0, 4), ["task 1: too many of a group"]),
        (two_ways_on(), (0, 5), []),
        (two_ways_on(), (0, 4), ["task 1: its VM is not there"]),
        (from_one_host("h4"), (0, 0), []),
        (from_one_host("h1"), (0, 5), []),
    ],
)
def test_what_a_schedule_breaks_is_named(work, starts, found):
    assert broken(work, starts) == found


def test_two_at_once_where_one_may_leave_at_a_time_are_named_with_the_second():
    work = from_one_host("h1")
    assert [wrong.split(":")[0] for wrong in broken(work, (0, 4))] == ["second 4"]


def test_a_vm_that_is_not_home_in_the_end_is_seen():
    work = one_after_another(1)
    assert broken(replace(work, tasks=work.tasks[:1]), (0,)) == ["not at the target"]
