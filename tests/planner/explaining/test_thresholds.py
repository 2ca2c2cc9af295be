"""Threshold warnings: which hosts a plan fills above a share, when and for how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Migration, Plan, PlannerError, Provision, Schedule, Shutdown, Start, Stop
from planner import threshold_warnings, timed_warnings
from tests.builders import host, moves, pool, vm
from tests.planner.solving import solve
from tests.strategies import parsed, planted_pools


def spans(of, plan, **shares):
    """Give (host, first step, last step, steps, peak) of each warning."""
    found = threshold_warnings(of, plan, shares)
    return [(w.host, w.first, w.last, w.steps, w.peak) for w in found]


def test_a_host_is_above_from_the_arrival_to_the_departure(tiny):
    """h3 holds b (6 of 10) from step 1 to step 3; during step 2 h2 holds a (7), and so does h1, at first."""
    plan = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    assert spans(tiny, plan, ram_mib=0.5) == [
        ("h2", 0, 1, 1, 6),
        ("h1", 0, 2, 2, 7),
        ("h3", 1, 3, 3, 6),
        ("h2", 2, None, 2, 7),
        ("h1", 3, None, 1, 6),
    ]


def test_two_at_a_time_fill_a_host_above_what_one_after_another_do():
    """``a`` leaves h1, and ``b`` comes to it: together with ``stays`` they are 10 of 10 for 3 s."""
    hosts, vms = [host("h1"), host("h2"), host("h3")], [vm("a", 3), vm("stays", 3), vm("b", 4)]
    of = pool(hosts, vms, "h1: a stays, h3: b", "h1: stays b, h2: a")
    plan = Plan.of(of, moves("a: h1 -> h2", "b: h3 -> h1"))
    assert threshold_warnings(of, plan, {"ram_mib": 0.9}) == []
    (warning,) = timed_warnings(of, plan, Schedule((0, 2), (5, 9), ((), ()), (1, 1)), {"ram_mib": 0.9})
    assert (warning.host, warning.since_s, warning.until_s, warning.peak) == ("h1", 2, 5, 10)
    assert str(warning) == ("h1: RAM above 0.9 from 2 s to 5 s; at most 10 of 10 MiB (100.0%)")
    one_by_one = Schedule((0, 5), (5, 9), ((), ()), (1, 1))
    assert timed_warnings(of, plan, one_by_one, {"ram_mib": 0.9}) == []


def test_in_time_a_host_stays_above_where_one_leaves_in_the_second_in_which_another_comes():
    """As a leaves h1 b comes, then b leaves and c comes: 6 of 10 all the time, until c leaves too."""
    vms = [vm("a", 6), vm("b", 6), vm("c", 7)]
    of = pool([host("h1"), *(host(f"h{n}", 30) for n in (2, 3))], vms, "h1: a, h2: b c", "h3: a b c")
    plan = Plan.of(of, moves("a: h1 -> h3", "b: h2 -> h1", "b: h1 -> h3", "c: h2 -> h1", "c: h1 -> h3"))
    times = Schedule((0, 5, 9, 12, 20), (5, 9, 12, 16, 25), ((), (1,), (2,), (3,), (4,)), (1, 2, 3, 4, 5))
    found = timed_warnings(of, plan, times, {"ram_mib": 0.5})
    assert [(it.since_s, it.until_s, it.peak) for it in found if it.host == "h1"] == [(None, 25, 7)]


def test_in_time_too_a_host_may_be_above_at_the_start_and_to_the_end():
    of = pool([host("h1"), host("h2", 20)], [vm("a", 6), vm("b", 6)], "h1: a b", "h1: a, h2: b")
    plan = Plan.of(of, moves("b: h1 -> h2"))
    timed = timed_warnings(of, plan, Schedule((0,), (7,), ((),), (1,)), {"ram_mib": 0.5})
    assert [(it.host, it.since_s, it.until_s, it.peak) for it in timed] == [("h1", None, None, 12)]
    assert "already at the start, and to the end; " in str(timed[0])
    timed = timed_warnings(of, plan, Schedule((0,), (7,), ((),), (1,)), {"ram_mib": 0.6})
    assert [str(it).split("; ")[0] for it in timed] == ["h1: RAM above 0.6 already at the start, until 7 s"]
    timed = timed_warnings(of, plan, Schedule((0,), (7,), ((),), (1,)), {"ram_mib": 0.25})
    assert str(timed[-1]).startswith("h2: RAM above 0.25 from 0 s on; ")


@pytest.mark.parametrize("comes_s", [0, 9])
def test_who_leaves_in_no_time_is_gone_before_others_of_that_second_come(comes_s):
    """New takes the place of gone on h1: h1 never holds both, whether new takes no time itself, or some."""
    of = pool([host("h1")], [vm("gone", 6), vm("new", 7)], "h1: gone", "h1: new")
    plan = Plan.of(of, [Shutdown("gone", "h1"), Provision("new", "h1")])
    times = Schedule((4, 4), (4, 4 + comes_s), ((), (1,)), (1, 2))
    (warning,) = timed_warnings(of, plan, times, {"ram_mib": 0.5})
    assert (warning.since_s, warning.until_s, warning.peak) == (None, None, 7)


def test_exactly_the_share_is_no_warning(tiny):
    plan = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
    assert spans(tiny, plan, ram_mib=0.7) == []
    assert [found[:3] for found in spans(tiny, plan, ram_mib=0.69)] == [("h1", 0, 2), ("h2", 2, None)]


def test_the_share_is_the_decimal_number_that_was_written():
    """0.29 of 100 is 29, though 0.29 * 100 is a little less as a float."""
    of = pool([host("h1", 100), host("h2", 100)], [vm("a", 29)], "h1: a", "h2: a")
    assert spans(of, moves("a: h1 -> h2"), ram_mib=0.29) == []


def test_a_vm_in_flight_counts_on_both_hosts():
    """Big leaves h1 in step 2, while guest has come in step 1: 9 of 10 in between."""
    of = pool(
        [host("h1"), host("h2")], [vm("big", 6), vm("guest", 3)], "h1: big, h2: guest", "h1: guest, h2: big"
    )
    assert ("h1", 1, 2, 2, 9) in spans(of, moves("guest: h2 -> h1", "big: h1 -> h2"), ram_mib=0.8)


def test_an_overloaded_host_is_said_to_be_above_at_the_start():
    of = pool([host("h1"), host("h2", 20)], [vm("a", 6), vm("b", 6)], "h1: a b", "h1: a, h2: b")
    (warning,) = threshold_warnings(of, moves("b: h1 -> h2"), {"ram_mib": 0.9})
    assert warning.at_start
    assert str(warning) == (
        "h1: RAM above 0.9 already at the start, until step 1 (1 step); at most 12 of 10 MiB (120.0%)"
    )


def test_a_host_that_stays_above_is_told_to_the_end():
    of = pool([host("h1"), host("h2")], [vm("a", 10)], "h1: a", "h1: a")
    (warning,) = threshold_warnings(of, [], {"ram_mib": 0.9})
    assert "already at the start, and to the end" in str(warning)
    assert (warning.first, warning.last, warning.steps) == (0, None, 0)


def test_every_kind_of_action_is_counted():
    of = pool(
        [host("h1"), host("h2")],
        [vm("gone", 9), vm("off", 9, offline=True), vm("new", 9)],
        "h1: gone, h2: off",
        "h1: off, h2: new",
    )
    plan = [Shutdown("gone", "h1"), Stop("off", "h2"), Start("off", "h1"), Provision("new", "h2")]
    assert spans(of, plan, ram_mib=0.8) == [
        ("h1", 0, 1, 1, 9),
        ("h2", 0, 2, 2, 9),
        ("h1", 3, None, 2, 9),
        ("h2", 4, None, 1, 9),
    ]


def test_each_resource_has_its_own_share():
    hosts = [host(name, capacity={"ram_mib": 10, "vcpus": 4}) for name in ("h1", "h2")]
    of = pool(hosts, [vm("a", demand={"ram_mib": 1, "vcpus": 4})], "h1: a", "h2: a")
    found = threshold_warnings(of, [Migration("a", "h1", "h2")], {"ram_mib": 0.5, "vcpus": 0.9})
    assert [(w.host, w.resource) for w in found] == [("h1", "vcpus"), ("h2", "vcpus")]


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(tiny, share):
    with pytest.raises(PlannerError, match="above 0 and at most 1"):
        threshold_warnings(tiny, [], {"ram_mib": share})


def test_an_unknown_resource_is_refused(tiny):
    with pytest.raises(PlannerError, match=r"unknown resource, known are ram_mib"):
        threshold_warnings(tiny, [], {"disk": 0.5})


@given(planted_pools(), st.sampled_from((0.3, 0.75, 0.9, 1.0)))
def test_warnings_are_what_the_loads_say(planted, share):
    """During each step a host is in a warning exactly if its load, arrivals counted, is above the share."""
    of = parsed(planted.pool)
    plan = solve(of).plan
    if plan is None or not of.current.resources:
        return
    resource = of.current.resources[0]
    found = threshold_warnings(of, plan, {resource: share})
    told = {
        (warning.host, step)
        for warning in found
        for step in range(max(warning.first, 1), (warning.last or len(plan.actions)) + 1)
    }
    assert told == set(above(of, plan.actions, resource, share))


def above(of, actions, resource, share):
    """Yield (host, step) of every host above the share while an action runs."""
    at = dict(of.current.placement)
    for step, action in enumerate(actions, 1):
        before = at.pop(action.vm, None)
        during = list(at.items()) + [(action.vm, before)] * (before is not None)
        if not isinstance(action, Shutdown | Stop):
            at[action.vm] = action.destination if isinstance(action, Migration) else action.host
            during.append((action.vm, at[action.vm]))
        for each in of.hosts:
            vms = {vm.name: vm.demand.get(resource, 0) for vm in of.vms}
            if sum(vms[name] for name, on in during if on == each.name) > share * each.usable(resource):
                yield each.name, step
