"""The judges of schedules: what is wrong in time, and what may go wrong in other times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models import Link, Pool, Provision, Schedule, Shutdown, Timing, Violation
from models.replay_in_any_time import replay_in_any_time
from models.replay_in_time import replay_in_time
from tests.builders import broken, host, moves, pool, vm
from tests.counting import steps_of


def chain(**hosts: Any) -> Pool:
    """Three hosts of 10 with 6 each, in a circle that h4 opens: a leaves, b follows, c follows.

    Each migration takes 5 s. The only plan of three steps: a: h1 -> h4, b: h2 -> h1, c: h3 -> h2.
    """
    names = ("h1", "h2", "h3", "h4")
    vms = [vm(name, 6, migration_s=5) for name in "abc"]
    return pool(
        [host(name, 10, **hosts) for name in names],
        vms,
        "h1: a, h2: b, h3: c",
        "h4: a, h1: b, h2: c",
        timing=Timing(100),
    )


CHAIN = moves("a: h1 -> h4", "b: h2 -> h1", "c: h3 -> h2")
GOOD = Schedule((0, 5, 10), (5, 10, 15), ((), (1,), (2,)), (1, 2, 3))


def test_a_good_schedule_breaks_nothing():
    assert replay_in_time(chain(), CHAIN, GOOD) == replay_in_any_time(chain(), CHAIN, GOOD) == []


WRONG_IN_TIME = {
    "a duration": ({"end_s": (5, 10, 16)}, ["duration"]),
    "a start below 0": ({"start_s": (-1, 5, 10), "end_s": (4, 10, 15)}, ["times"]),
    "after what comes later": ({"after": ((3,), (1,), (2,))}, ["after"]),
    "after itself": ({"after": ((), (2,), (2,))}, ["after"]),
    "a start before it may": ({"start_s": (0, 4, 10), "end_s": (5, 9, 15)}, ["after"]),
    "no room yet": ({"start_s": (0, 4, 10), "end_s": (5, 9, 15), "after": ((), (), (2,))}, ["capacity"]),
    "a bound above it": ({"makespan_bound_s": 16}, ["makespan_bound"]),
}


@pytest.mark.parametrize(("changes", "rules"), WRONG_IN_TIME.values(), ids=WRONG_IN_TIME)
def test_what_is_wrong_in_time_is_named(changes, rules):
    assert broken(replay_in_time(chain(), CHAIN, replace(GOOD, **changes))) == rules


def test_a_vm_is_in_one_action_at_a_time():
    challenge = pool([host("h1"), host("h2"), host("h3")], [vm("a", migration_s=5)], "h1: a", "h3: a")
    hurry = Schedule((0, 4), (5, 9), ((), ()), (1, 2))
    assert broken(replay_in_time(challenge, moves("a: h1 -> h2", "a: h2 -> h3"), hurry)) == ["busy"]


def test_whoever_leaves_at_a_second_makes_room_for_who_comes_at_it():
    challenge = pool(
        [host("h1", 10)],
        [vm("a", 9), vm("b", 9)],
        "h1: a",
        "h1: b",
        timing=Timing(shutdown_s=4, provision_s=3),
    )
    actions = [Shutdown("a", "h1"), Provision("b", "h1")]
    assert replay_in_time(challenge, actions, Schedule((0, 4), (4, 7), ((), (1,)), (1, 2))) == []
    early = Schedule((0, 3), (4, 6), ((), ()), (1, 2))
    assert broken(replay_in_time(challenge, actions, early)) == ["capacity"]


def star(*, timing: Timing | None = None, **fields: Any) -> Pool:
    """Two VMs that go from h1 to h2 in 5 s, with a lot of room."""
    hosts = [host("h1", 99, **fields), host("h2", 99, max_in=9)]
    vms = [vm("a", migration_s=5), vm("b", migration_s=5)]
    return pool(hosts, vms, "h1: a b", "h2: a b", timing=timing or Timing())


BOTH = moves("a: h1 -> h2", "b: h1 -> h2")
TOGETHER = Schedule((0, 4), (5, 9), ((), ()), (1, 1))
IN_TURN = Schedule((0, 5), (5, 10), ((), ()), (1, 1))

CROWDED = {
    "max_out": ({}, None, "max_out"),
    "max_moves": ({"max_out": 2, "max_moves": 1}, None, "max_moves"),
    "max_parallel": ({"max_out": 2}, Timing(max_parallel=1), "max_parallel"),
    "NIC": ({"max_out": 2, "bandwidth_mbps": 150}, Timing(rate_mbps=80), "bandwidth"),
    "link": ({"max_out": 2}, Timing(rate_mbps=80, links=(Link("rack", ("h1",), 150),)), "bandwidth"),
}


@pytest.mark.parametrize(("fields", "timing", "rule"), CROWDED.values(), ids=CROWDED)
def test_no_limit_and_no_wire_is_exceeded(fields, timing, rule):
    challenge = star(timing=timing, **fields)
    assert broken(replay_in_time(challenge, BOTH, TOGETHER)) == [rule]
    assert replay_in_time(challenge, BOTH, IN_TURN) == []


def test_a_wire_carries_exactly_what_it_is_given():
    tight = star(timing=Timing(rate_mbps=0.1), max_out=2, bandwidth_mbps=0.2)
    assert replay_in_time(tight, BOTH, TOGETHER) == []


def test_an_arrival_that_waits_for_nobody_may_come_too_early():
    loose = replace(GOOD, after=((), (), (2,)))
    assert replay_in_time(chain(), CHAIN, loose) == []
    found = replay_in_any_time(chain(), CHAIN, loose)
    assert [violation.text for violation in found] == [
        "h1 can come to hold 12 of 10 ram_mib, were other times taken: a, b"
    ]


def test_a_vm_waits_for_its_own_action_before():
    challenge = pool([host("h1"), host("h2"), host("h3")], [vm("a", migration_s=5)], "h1: a", "h3: a")
    loose = Schedule((0, 5), (5, 10), ((), ()), (1, 2))
    found = replay_in_any_time(challenge, moves("a: h1 -> h2", "a: h2 -> h3"), loose)
    assert broken(found) == ["after"]


def test_what_others_imply_need_not_be_said():
    """C waits for b, which waits for a; so c need not wait for a by itself, though h4 and h1 are involved."""
    assert replay_in_any_time(chain(), CHAIN, GOOD) == []


def test_groups_are_kept_apart_as_resources_are():
    hosts = [host("h1", 99), host("h2", 99), host("h3", 99)]
    challenge = pool(
        hosts,
        [vm("a", migration_s=5), vm("b", migration_s=5)],
        "h1: a, h2: b",
        "h2: a, h3: b",
        anti_affinity=[["a", "b"]],
    )
    walk = moves("b: h2 -> h3", "a: h1 -> h2")
    assert replay_in_any_time(challenge, walk, Schedule((0, 5), (5, 10), ((), (1,)), (1, 2))) == []
    loose = Schedule((0, 5), (5, 10), ((), ()), (1, 2))
    assert broken(replay_in_any_time(challenge, walk, loose)) == ["precedence"]


def test_a_host_that_is_full_beyond_its_limit_takes_nobody_until_it_is_within():
    """h1 holds 12 of 10; b may come when a has left. That it is over the limit at first breaks nothing."""
    hosts = [host("h1", 10), host("h2", 99)]
    vms = [vm("a", 6, migration_s=5), vm("c", 6, migration_s=5), vm("b", 4, migration_s=5)]
    challenge = pool(hosts, vms, "h1: a c, h2: b", "h1: c b, h2: a")
    walk = moves("a: h1 -> h2", "b: h2 -> h1")
    assert replay_in_any_time(challenge, walk, Schedule((0, 5), (5, 10), ((), (1,)), (1, 2))) == []
    loose = Schedule((0, 5), (5, 10), ((), ()), (1, 2))
    assert broken(replay_in_any_time(challenge, walk, loose)) == ["precedence"]


def test_in_a_wave_all_arrive_before_anyone_leaves():
    found = replay_in_any_time(chain(), CHAIN, replace(GOOD, wave=(1, 1, 2)))
    assert [(violation.rule, violation.step) for violation in found] == [("capacity", 2)]


def test_waves_follow_the_order_of_the_plan():
    assert broken(replay_in_any_time(chain(), CHAIN, replace(GOOD, wave=(2, 1, 3)))) == ["wave"]


def test_in_a_wave_a_vm_acts_once():
    challenge = pool([host("h1"), host("h2"), host("h3")], [vm("a", migration_s=5)], "h1: a", "h3: a")
    twice = Schedule((0, 5), (5, 10), ((), (1,)), (1, 1))
    assert "wave" in broken(replay_in_any_time(challenge, moves("a: h1 -> h2", "a: h2 -> h3"), twice))


def test_waves_count_from_one():
    assert broken(replay_in_any_time(chain(), CHAIN, replace(GOOD, wave=(0, 1, 2)))) == ["wave"]


def test_on_a_host_far_over_a_limit_each_arrival_is_judged_with_those_alone_whom_it_meets():
    """Of 200 that leave none meets one of the 50 that come, and nobody goes through them for each."""
    out, come = [f"o{number}" for number in range(200)], [f"c{number}" for number in range(50)]
    here = dict.fromkeys(out, "big") | dict.fromkeys(come, "other")
    there = dict.fromkeys(out, "other") | dict.fromkeys(come, "big")
    crowded = pool([host("big", 50), host("other", 1000)], [vm(name) for name in (*out, *come)], here, there)
    walk = moves(*(f"{name}: {here[name]} -> {there[name]}" for name in (*out, *come)))
    times = tuple(range(251))
    after = (*((),) * 200, *(tuple(range(1, 201)),) * 50)
    good = Schedule(times[:-1], times[1:], after, times[1:])
    found: list[Violation] = []
    steps = steps_of(lambda: found.extend(replay_in_any_time(crowded, walk, good)))
    assert found == []
    assert steps < 300_000  # It was more than twice that.
    loose = replace(good, after=(*after[:-1], tuple(range(1, 151))))
    assert broken(replay_in_any_time(crowded, walk, loose)) == ["precedence"]
