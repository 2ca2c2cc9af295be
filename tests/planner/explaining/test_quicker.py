"""What would shorten a schedule: the slot, NIC or link that the end waits for, and by how much."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import msgspec
import pytest

from heuristics import Deadline
from models import Link, Migration, Plan, Schedule, Timing
from models.durations import Durations
from planner import explain, plan
from planner.cp.solve import Effort
from planner.explaining import quicker
from planner.explaining.quicker import what_decides, what_would_shorten
from planner.views.explained import explained
from tests.builders import host, pool, vm
from tests.planner.solving import LIMIT_S


def told(of):
    return explain(of.current, of.target, schedule=True, workers=1, seed=0, time_limit_s=LIMIT_S)


def fan_out(timing=None, migration_s=10, **fields):
    """Two VMs leave h1, each for a host of its own."""
    hosts = [host(name, 20_000, **fields) for name in ("h1", "h2", "h3")]
    vms = [vm("a", 5_000, migration_s=migration_s), vm("b", 5_000, migration_s=migration_s)]
    state = {} if timing is None else {"timing": timing}
    return pool(hosts, vms, "h1: a b", "h2: a, h3: b", **state)


def test_one_slot_more_halves_what_one_slot_makes_wait():
    (found,) = told(fan_out()).schedule.quicker
    assert (found.change, found.makespan_s, found.saved_s) == ("hosts.h1.max_out=2", 10, 10)
    assert found.text == "2 migrations at a time out of h1: 10 s earlier, after 10 s"


def test_the_critical_path_is_told_from_its_first_action_to_the_end():
    answer = told(fan_out())
    first, last = answer.schedule.critical_path
    assert (first.start_s, first.end_s, first.waits_for) == (0, 10, None)
    assert (last.start_s, last.end_s, last.waits_for) == (10, 20, "a slot of h1 (max_out)")
    assert last.text.startswith(f"10 s to 20 s: step {last.step}, migrate ")
    assert last.text.endswith(", waits for a slot of h1 (max_out)")
    assert f"  {last.text}" in list(explained(answer))


def test_the_limit_of_the_pool_is_named():
    quicker = told(fan_out(Timing(max_parallel=1), max_out=2)).schedule.quicker
    assert [one.change for one in quicker] == ["timing.max_parallel=2"]


@pytest.mark.parametrize(
    ("timing", "fields", "change"),
    [
        pytest.param(None, {"bandwidth_mbps": 100, "max_out": 2}, "hosts.h1.bandwidth_mbps=200", id="NIC"),
        pytest.param(
            Timing(links=(Link("up", ("h1",), 100),)), {"max_out": 2}, "timing.links.up.mbps=200", id="link"
        ),
    ],
)
def test_a_wire_that_is_full_is_named(timing, fields, change):
    assert change in [one.change for one in told(fan_out(timing, None, **fields)).schedule.quicker]


def test_a_nic_that_the_end_goes_over_is_named_though_nobody_waits_for_it():
    hosts = [host("a", 4096, bandwidth_mbps=10), host("b", 4096, bandwidth_mbps=1000)]
    (found,) = told(pool(hosts, [vm("v", 4096)], "a: v", "b: v")).schedule.quicker
    assert (found.change, found.makespan_s) == ("hosts.a.bandwidth_mbps=20", 1911)


def test_a_change_is_written_with_all_its_digits():
    """2 MiB a second, so 8 of them in 4 s; at 16.7772 Mb/s it would be a second later."""
    hosts = [host("a", 8, bandwidth_mbps=8.388608), host("b", 8)]
    timing = Timing(overhead_s=0, efficiency=1)
    (found,) = told(pool(hosts, [vm("v", 8)], "a: v", "b: v", timing=timing)).schedule.quicker
    assert (found.change, found.makespan_s) == ("hosts.a.bandwidth_mbps=16.777216", 4)


def test_what_is_tried_is_not_written_out(monkeypatch):
    """For precedences and waves that nobody sees most of the time went, and more than there was."""
    of = fan_out()
    result = plan(of.current, of.target, schedule=True, workers=1, time_limit_s=LIMIT_S)
    monkeypatch.setattr("planner.scheduling.schedule.written_out", None)
    came = what_would_shorten(of, result.plan, result.schedule, "moves", Deadline(LIMIT_S), Effort(1, 0))
    assert [(one.change, one.makespan_s) for one in came.quicker] == [("hosts.h1.max_out=2", 10)]


def test_what_helps_in_the_same_order_is_named_though_no_time_is_left():
    of = fan_out()
    answer = plan(of.current, of.target, schedule=True, workers=1, time_limit_s=LIMIT_S)
    late = Deadline(0.0)
    (found,) = what_would_shorten(of, answer.plan, answer.schedule, "moves", late, Effort(1)).quicker
    assert (found.change, found.makespan_s) == ("hosts.h1.max_out=2", 10)


def through_a_slow_host():
    """A leaves h1 by a slow NIC, then b comes there by the same."""
    hosts = [
        host("h1", 8, bandwidth_mbps=100),
        *(host(name, 8, bandwidth_mbps=1000) for name in ("h2", "h3")),
    ]
    vms = [vm(name, 8, copied_mib=4096) for name in "ab"]
    return pool(hosts, vms, "h1: a, h2: b", "h3: a, h1: b")


def test_a_nic_that_is_slow_both_ways_is_named_once():
    quicker = told(through_a_slow_host()).schedule.quicker
    assert [one.change for one in quicker] == ["hosts.h1.bandwidth_mbps=200"]


def test_a_change_is_not_credited_with_what_scheduling_again_gains():
    of = through_a_slow_host()
    found = plan(of.current, of.target, schedule=True, workers=1, time_limit_s=LIMIT_S)
    best = found.schedule
    late = replace(
        best, start_s=tuple(it + 500 for it in best.start_s), end_s=tuple(it + 500 for it in best.end_s)
    )
    quicker = [
        what_would_shorten(of, found.plan, schedule, "moves", Deadline(LIMIT_S), Effort(1)).quicker
        for schedule in (best, late)
    ]
    assert quicker[0] == quicker[1] != []


def a_long_chain(timing=None, **fields):
    """Eight short migrations, each of which shares a slot with the next, then two long ones out of h8.

    One after another: the end waits for seven slots for as long as a short one takes, and then for that of
    h8, the longest. Only this one would let it end earlier.
    """
    ways = ["h0 h1", "h2 h1", "h2 h3", "h4 h3", "h4 h5", "h6 h5", "h6 h7", "h8 h7", "h8 h9", "h8 h10"]
    hosts = [host(f"h{number}", 20_000) for number in range(11)]
    vms = [vm(f"v{number}", 8000 if number > 7 else 500) for number in range(10)]
    if timing is None:
        vms = [msgspec.structs.replace(one, migration_s=one.ram_mib // 500) for one in vms]
    walk = [Migration(one.name, *way.split()) for one, way in zip(vms, ways, strict=True)]
    here, there = {it.vm: it.source for it in walk}, {it.vm: it.destination for it in walk}
    of = pool(hosts, vms, here, there, **({} if timing is None else {"timing": timing}))
    times = Durations(of.current)
    ends = tuple(accumulate(times.of(one) for one in walk))
    numbers = tuple(range(1, len(walk) + 1))
    return of, Plan.of(of, walk), Schedule((0, *ends[:-1]), ends, tuple(() for _ in walk), numbers)


def test_of_more_than_six_changes_those_are_tried_that_the_end_waits_for_longest():
    chain = a_long_chain()
    assert [one.waits_for for one in what_decides(*chain)][-1] == "a slot of h8 (max_out)"
    told = what_would_shorten(*chain, "moves", Deadline(0.0), Effort(1))
    assert (told.tried, told.known) == (6, 8)
    assert [one.change for one in told.quicker] == ["hosts.h8.max_out=2"]


def test_of_a_plan_that_takes_a_while_no_more_is_tried_once_the_time_is_up(monkeypatch):
    monkeypatch.setattr(quicker, "AT_ONCE_S", -1.0)
    told = what_would_shorten(*a_long_chain(), "moves", Deadline(0.0), Effort(1))
    assert (told.tried, told.known, told.quicker) == (0, 8, [])
    told = what_would_shorten(*a_long_chain(), "moves", Deadline(LIMIT_S), Effort(1))
    assert told.tried == 6


def test_faster_migrations_are_tried_however_many_slots_the_end_waits_for():
    told = what_would_shorten(*a_long_chain(Timing(rate_mbps=100)), "moves", Deadline(0.0), Effort(1))
    assert (told.tried, told.known) == (6, 9)
    assert {one.change for one in told.quicker} == {"hosts.h8.max_out=2", "timing.rate_mbps=200"}


@pytest.mark.parametrize(
    ("mbps", "changes"),
    [(6e8, {"rate_mbps": 1e9, "h1": 1e9, "l": 1e9}), (1e9, {})],
    ids=["slower", "fastest"],
)
def test_nothing_is_made_faster_than_a_pool_can_say(mbps, changes):
    """Memory goes over what is as fast as can be said, or not quite: that is tried, and no more."""
    copied = vm("v", copied_mib=1.5e12)
    hosts = [host("h1"), host("h2")]
    slow = {
        "rate_mbps": pool(hosts, [copied], "h1: v", "h2: v", timing=Timing(rate_mbps=mbps)),
        "h1": pool([host("h1", bandwidth_mbps=mbps), hosts[1]], [copied], "h1: v", "h2: v"),
        "l": pool(hosts, [copied], "h1: v", "h2: v", timing=Timing(links=(Link("l", ("h1",), mbps),))),
    }
    found = {name: [one.change for one in told(of).schedule.quicker] for name, of in slow.items()}
    wanted = {"rate_mbps": "timing.rate_mbps", "h1": "hosts.h1.bandwidth_mbps", "l": "timing.links.l.mbps"}
    assert found == {
        name: [f"{field}={changes[name]:.0f}"] if changes else [] for name, field in wanted.items()
    }


def test_it_is_said_how_many_of_how_many_changes_were_tried():
    answer = told(fan_out())
    assert (answer.schedule.tried, answer.schedule.known) == (1, 1)
    assert not any(line.startswith("Tried") for line in explained(answer))
    few = msgspec.structs.replace(
        answer, schedule=msgspec.structs.replace(answer.schedule, quicker=(), tried=6, known=8)
    )
    *_, none, tried, _, _, _ = explained(few)
    assert none == "No single slot, NIC or link was found that would shorten it."
    assert tried == "Tried: 6 of 8 changes, those that the end waits for longest."


def test_where_nothing_waits_nothing_is_promised():
    of = pool([host("h1"), host("h2")], [vm("a", migration_s=10)], "h1: a", "h2: a")
    assert told(of).schedule.quicker == ()
    assert "No single slot, NIC or link was found that would shorten it." in list(explained(told(of)))


def test_without_a_schedule_nothing_is_said_of_time():
    of = fan_out()
    assert explain(of.current, of.target, workers=1).schedule is None
