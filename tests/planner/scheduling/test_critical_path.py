"""The chain that decides the end: what an action is said to have waited for was full."""

from __future__ import annotations

import pytest

from models import VM, Host, Plan, Pool, PoolState, Schedule
from models.actions import Start, Stop, Update
from models.rolling_plan import RollingPlan
from models.timing import Link, Timing
from planner.scheduling.critical_path import critical_path, waited_for
from planner.scheduling.judging import judge_schedule
from tests.builders import moves

STEPS = moves("a: h3 -> h0", "b: h2 -> h1", "c: h2 -> h0")
TIMES = Schedule((0, 0, 3), (3, 3, 6), ((), (), ()), (1, 1, 1))
"""The first two end when the third begins, which shares an end with each of them."""


def waits(timing=None, **limits):
    """Give what the last of the steps waited for, given limits of h0 and h2, which has one slot out."""
    hosts = [Host(name, {"ram_mib": 10}, **limits.get(name, {})) for name in ("h0", "h1", "h2", "h3")]
    vms = [VM(name, {"ram_mib": 1}, migration_s=3) for name in "abc"]
    state = PoolState(hosts, vms, {"a": "h3", "b": "h2", "c": "h2"}, timing=timing or Timing())
    plan = Plan.of(Pool(state, state.placed({"a": "h0", "b": "h1", "c": "h0"})), STEPS)
    path = critical_path(state, plan, TIMES)
    return path[0].number, waited_for(path[-1])


@pytest.mark.parametrize(
    ("limits", "waited"),
    [
        ({"h0": {"max_in": 2}}, (2, "a slot of h2 (max_out)")),
        ({"h2": {"max_out": 2}}, (1, "a slot of h0 (max_in)")),
        (
            {"h0": {"max_in": 2, "bandwidth_mbps": 1000}, "h2": {"max_out": 2, "bandwidth_mbps": 900}},
            (1, "the NIC into h0"),
        ),
        (
            {"h0": {"max_in": 2}, "h2": {"max_out": 2, "bandwidth_mbps": 900}},
            (2, "the NIC out of h2"),
        ),
        ({"h0": {"max_in": 2}, "h2": {"max_out": 2}}, (1, "nothing in particular")),
    ],
    ids=["slot out", "slot in", "NIC in", "NIC out", "nothing"],
)
def test_it_waited_for_what_was_full(limits, waited):
    assert waits(**limits) == waited


@pytest.mark.parametrize(
    ("mbps", "waited"), [(1000, (1, "nothing in particular")), (999, (2, "the link up from rack"))]
)
def test_two_halves_fill_a_link_and_no_more(mbps, waited):
    timing = Timing(rate_mbps=500, links=(Link("rack", ("h2",), mbps),))
    assert waits(timing, h0={"max_in": 2}, h2={"max_out": 2}) == waited


def test_a_stop_that_is_late_because_of_another_is_not_what_decides():
    """B is stopped for a just before that comes, which could not leave h1 before: c had its one move."""
    hosts = [Host("h0", {"ram_mib": 4}), Host("h1", {"ram_mib": 4}, max_moves=1)]
    vms = [VM(name, {"ram_mib": 4}, migration_s=4, offline=name == "b") for name in "ab"]
    vms.append(VM("c", {"ram_mib": 0}, migration_s=4))
    state = PoolState(hosts, vms, {"a": "h1", "b": "h0", "c": "h0"}, timing=Timing(shutdown_s=2))
    of = Pool(state, state.placed({"a": "h0", "b": "h1", "c": "h1"}))
    steps = [*moves("c: h0 -> h1"), Stop("b", "h0"), *moves("a: h1 -> h0"), Start("b", "h1")]
    times = Schedule((0, 2, 4, 8), (4, 4, 8, 38), ((), (), (2,), (3,)), (1, 1, 2, 3))
    assert not judge_schedule(of, Plan.of(of, steps), times)
    path = critical_path(state, Plan.of(of, steps), times)
    assert [(link.number, waited_for(link)) for link in path[1:]] == [
        (3, "a slot of h1 (max_moves)"),
        (4, "room on h1"),
    ]
    assert path[0].number == 1


def test_who_waits_for_nothing_but_a_stop_waits_for_that():
    hosts = [Host("h0", {"ram_mib": 4}), Host("h1", {"ram_mib": 4})]
    vms = [VM(name, {"ram_mib": 4}, migration_s=4, offline=name == "b") for name in "ab"]
    state = PoolState(hosts, vms, {"a": "h1", "b": "h0"}, timing=Timing(shutdown_s=2))
    of = Pool(state, state.placed({"a": "h0", "b": "h1"}))
    plan = Plan.of(of, [Stop("b", "h0"), *moves("a: h1 -> h0"), Start("b", "h1")])
    path = critical_path(state, plan, Schedule((0, 2, 6), (2, 6, 36), ((), (1,), (2,)), (1, 2, 3)))
    assert [(link.number, waited_for(link)) for link in path[1:]] == [(2, "room on h0"), (3, "room on h1")]


def test_an_update_waits_for_an_empty_host_and_others_wait_for_it():
    hosts = [Host(name, {"ram_mib": 10}) for name in ("h1", "h2", "h3", "h4")]
    vms = [VM(name, {"ram_mib": 6}, migration_s=3) for name in "ab"]
    state = PoolState(hosts, vms, {"a": "h1", "b": "h2"})
    steps = (
        *moves("a: h1 -> h3"), Update("h1"), *moves("b: h2 -> h1"), Update("h2"), Update("h4"),
        *moves("a: h3 -> h2"),
    )  # fmt: skip
    times = Schedule(
        (0, 3, 603, 606, 1206, 1806),
        (3, 603, 606, 1206, 1806, 1809),
        ((), (1,), (2,), (3,), (4,), (5,)),
        (1, 2, 3, 4, 5, 6),
    )
    path = critical_path(state, RollingPlan.of(state, steps), times)
    assert [waited_for(link) for link in path[1:]] == [
        "h1 to be empty",
        "the update of h1",
        "h2 to be empty",
        "the update of h2",
        "the update of h4",
    ]


def test_one_that_waits_for_what_does_not_concern_it_waits_for_its_turn():
    """As where there was no time to find out what may run side by side."""
    state = PoolState(
        [Host(name, {"ram_mib": 10}) for name in ("h1", "h2", "h3")],
        [VM(name, {"ram_mib": 1}, migration_s=3) for name in "ab"],
        {"a": "h1", "b": "h1"},
    )
    plan = Plan.of(Pool(state, state.placed({"a": "h2", "b": "h3"})), moves("a: h1 -> h2", "b: h1 -> h3"))
    path = critical_path(state, plan, Schedule((0, 3), (3, 6), ((), (1,)), (1, 2)))
    assert waited_for(path[-1]) == "its turn"
