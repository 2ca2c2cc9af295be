"""Rolling updates: as cheap as exhaustive search on tiny pools, judged by name, impossible where they are."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heuristics.deadline import Deadline
from models import Host, Link, Pool, PoolError, PoolState, Timing
from models.actions import Migration, Start, Stop, Update
from models.ledger import Violation
from models.pool_file import PoolFile
from models.reading import parse_wanted
from models.replay_rolling import replay_rolling
from planner import Status, roll
from planner.rolling import search
from planner.rolling.parameters import RollingParameters
from planner.rolling.there_and_back import there_and_back
from planner.rolling.timing import in_time
from planner.rolling.upgrade import Upgrade
from planner.scheduling.parameters import ScheduleParameters
from planner.verdict.claims import untrue_claims
from tests.builders import broken, host, vm, where
from tests.goal_oracle import open_pool
from tests.oracle import within_reach
from tests.rolling_oracle import cheapest_rolling
from tests.strategies import RULES, names, random_pools

SEARCHED = RULES - {"provisions", "shutdowns"}
LIMIT_S = 20.0


def cluster(hosts, vms, current, **state):
    return PoolState(hosts, vms, where(current), **state)


def three():
    """Three hosts of 10 with 6, 5 and 4 on them: the last is emptied first, then each takes the next."""
    vms = [vm("a", 3), vm("b", 3), vm("c", 3), vm("d", 2), vm("e", 4)]
    return cluster([host("h1"), host("h2"), host("h3")], vms, "h1: a b, h2: c d, h3: e")


def rolled(state, *hosts, **options):
    chosen = {"seed": 0, "workers": 1, "time_limit_s": LIMIT_S} | options
    result = roll(state, *hosts, **chosen)
    if result.plan is not None:
        assert not replay_rolling(Pool(state, result.target), result.plan.steps)
        assert sorted(result.plan.updates) == sorted(hosts or [it.name for it in state.hosts])
        assert result.bound <= result.cost
    return result


def test_each_batch_takes_the_place_of_the_one_before():
    """5 VMs move once, and the one of the first host once more."""
    result = rolled(three())
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 6, 6)
    assert result.plan.updates[0] == "h3"


def test_an_empty_host_comes_first_and_costs_nothing():
    state = three()
    more = PoolState([*state.hosts, host("h4")], state.vms, state.placement)
    result = rolled(more)
    assert (result.cost, result.bound) == (5, 5)
    assert result.plan.updates[0] == "h4"


@pytest.mark.parametrize("at_once", [1, 2])
def test_of_a_pool_without_hosts_nothing_is_updated(at_once):
    result = rolled(PoolState([], [], {}), at_once=at_once)
    assert (result.status, result.cost, result.plan.steps) == (Status.OPTIMAL, 0, ())


def test_hosts_that_are_not_updated_take_vms_for_good():
    assert rolled(three(), "h3").cost == 1
    assert rolled(three(), "h1", "h3").cost == 3


def test_all_are_home_again_in_the_end():
    result = rolled(three(), home=True)
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 10, 10)
    assert dict(result.target.placement) == dict(three().placement)


def test_nobody_goes_back_to_an_older_host():
    """The judge counts hosts without a version as equal, and an updated one as newer."""
    state, end = three(), three().placed(where("h1: a b, h2: c d e, h3:"))
    steps = [Migration("e", "h3", "h2"), Update("h3"), Migration("a", "h1", "h3"), Migration("a", "h3", "h1")]
    assert broken(replay_rolling(Pool(state, end), steps)) == ["version"]


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        pytest.param([Update("h3")], "update", id="a host with a VM on it"),
        pytest.param([Update("h9")], "unknown_host", id="no such host"),
        pytest.param([Migration("e", "h1", "h2")], "position", id="a VM that is elsewhere"),
        pytest.param(
            [Migration("a", "h1", "h3"), Migration("c", "h2", "h3"), Migration("e", "h3", "h1")],
            "end",
            id="not where it shall end",
        ),
        pytest.param(
            [Migration("a", "h1", "h3"), Migration("b", "h1", "h3"), Migration("c", "h2", "h3")],
            "capacity",
            id="too full",
        ),
    ],
)
def test_the_judge_names_the_rule(steps, rule):
    state = three()
    assert rule in broken(replay_rolling(Pool(state, state), steps))


def test_a_host_is_not_updated_twice():
    state = three()
    end = state.placed(where("h1: a b, h2: c d e"))
    steps = [Migration("e", "h3", "h2"), Update("h3"), Update("h3")]
    assert broken(replay_rolling(Pool(state, end), steps)) == ["update"]


def test_a_pinned_vm_is_named():
    state = three()
    vms = [msgspec.structs.replace(it, movable=it.name != "c") for it in state.vms]
    result = rolled(PoolState(state.hosts, vms, state.placement))
    assert result.status is Status.INFEASIBLE
    assert "c on h2 is not movable, and may not be stopped" in result.reason


def test_a_pinned_vm_that_may_be_stopped_waits_where_it_is():
    state = three()
    vms = [msgspec.structs.replace(it, movable=it.name != "e", offline=True) for it in state.vms]
    result = rolled(PoolState(state.hosts, vms, state.placement, offline_cost_factor=2))
    lines = list(result.plan.lines())
    stop = next(number for number, line in enumerate(lines) if "stop e on h3" in line)
    assert ["update h3" in lines[stop + 1], "start e on h3" in lines[stop + 2]] == [True, True]


def test_of_a_vm_that_may_be_stopped_it_is_said_that_none_may_start_it():
    """The one host that has what it needs is cordoned."""
    hosts = [Host("h1", {"ram_mib": 10}, traits=("gpu",), accepts=False), host("h2")]
    vms = [vm("a", 3, requires=("gpu",), movable=False, offline=True)]
    result = rolled(cluster(hosts, vms, "h1: a"), "h1")
    assert result.status is Status.INFEASIBLE
    assert result.reason.endswith("a on h1 is not movable, and no host may start it once it is stopped")


def crowd(**fields):
    """Nine hosts of 10 with 3 on each, and 5 and 6 more on the first, which holds 14."""
    hosts = [host(f"h{number}") for number in range(9)]
    vms = [vm(f"v{number}", 3) for number in range(9)] + [vm("x", 5, **fields), vm("y", 6, **fields)]
    placement = {f"v{number}": f"h{number}" for number in range(9)} | {"x": "h0", "y": "h0"}
    return PoolState(hosts, vms, placement)


def test_who_was_stopped_starts_elsewhere_where_the_host_held_too_much():
    """Two that take 11 together stop while h0 of 10 is updated: only one of them starts there again."""
    result = rolled(crowd(movable=False, offline=True))
    assert result.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert [result.target.placement[name] for name in "xy"].count("h0") == 1


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("fields", [{}, {"movable": False, "offline": True}])
def test_two_that_shall_be_apart_do_not_come_back_to_one_host(fields, many):
    hosts = [host(f"h{number}", 20) for number in range(9 if many else 3)]
    vms = [vm("a", 2, **fields), vm("b", 2, **fields)]
    state = cluster(hosts, vms, "h0: a b", anti_affinity=[["a", "b"]])
    assert rolled(state, home=True).status is Status.INFEASIBLE
    result = rolled(state, time_limit_s=4.0)  # nothing proves that no order is better
    assert result.plan is not None
    assert result.target.placement["a"] != result.target.placement["b"]


@pytest.mark.parametrize("many", [False, True])
def test_who_leaves_a_cordoned_host_does_not_come_back(many):
    """Small clusters are searched whole and others are not: the answer is the same."""
    hosts = [host(f"h{number}", accepts=number != 0) for number in range(9 if many else 3)]
    vms = [vm(f"v{number}", 3) for number in range(len(hosts))]
    state = PoolState(hosts, vms, {f"v{number}": f"h{number}" for number in range(len(hosts))})
    result = rolled(state, home=True)
    assert result.status is Status.INFEASIBLE
    assert result.reason == "no plan exists: v0 may not come back to h0, which is cordoned (accepts=false)"


@pytest.mark.parametrize("fields", [{}, {"movable": False, "offline": True}])
def test_not_all_come_back_to_a_host_that_holds_too_much(fields):
    small = cluster([host(name) for name in "abc"], [vm("v", 6, **fields), vm("w", 6, **fields)], "a: v w")
    for state in (small, crowd(**fields)):
        result = rolled(state, home=True)
        assert result.status is Status.INFEASIBLE
        assert " holds more than it may, so not all on it" in result.reason


def loaded(*sizes):
    """Nine hosts of 10; on each a VM of each of these sizes."""
    hosts = [host(f"h{number}") for number in range(9)]
    vms = [vm(f"v{number}-{place}", size) for number in range(9) for place, size in enumerate(sizes)]
    return PoolState(hosts, vms, {it.name: f"h{it.name[1]}" for it in vms})


@pytest.mark.parametrize("home", [False, True])
def test_a_cluster_that_has_no_room_for_one_host_less_is_told(home):
    """81 on nine hosts of 10: one more is missing on eight. It was left open, with all of the time to go."""
    result = rolled(loaded(6, 3), home=home)
    assert result.status is Status.INFEASIBLE
    assert result.reason == (
        "no plan exists: h0 cannot be emptied: the VMs take 81 MiB RAM, "
        "and the 8 other hosts have 80 MiB: 1 MiB is missing"
    )


def test_where_no_host_can_be_the_first_that_is_proven():
    """72 of 80 have room, but where a 6 is there is none for another."""
    result = rolled(loaded(6, 2), parameters=RollingParameters(most_ways=0))
    assert (result.status, result.bound) == (Status.INFEASIBLE, None)
    assert result.reason == (
        "no plan exists: no host can be emptied first, such as h0: "
        "however the VMs may be put on the 8 hosts left, some do not fit, though in sum there is room enough"
    )


def test_who_makes_room_for_the_first_host_moves_again():
    """h0 and h1 have two and one on them, and no host has room for their largest unless others leave it.

    That one more moves before any host is updated, and again after, is the bound; it was 10. A plan that
    begins with such a host costs as much; of those that begin with one that is emptied straight, none did.
    """
    vms = [vm(f"v{n}", size) for n, size in enumerate((4, 3, 5, 3, 2, 4, 1, 3, 4))]
    state = cluster([host(f"h{n}") for n in range(4)], vms, "h0: v0 v1, h1: v2, h2: v3 v4 v5, h3: v6 v7 v8")
    result = rolled(state, parameters=RollingParameters(most_ways=0))
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 11, 11)


def test_who_may_be_stopped_needs_no_room():
    """27 are on three hosts of 10; 9 may not be stopped."""
    vms = [vm(name, size, offline=size == 6) for name, size in zip("abcdef", (3, 6, 3, 6, 3, 6), strict=True)]
    state = cluster([host("h0"), host("h1"), host("h2")], vms, "h0: a b, h1: c d, h2: e f")
    assert rolled(state).status is Status.OPTIMAL


def test_what_a_host_holds_too_much_of_may_stay_there_until_it_is_emptied():
    """11 on h0 of 10, and nothing on h1: only h1 is updated."""
    state = cluster([host("h0"), host("h1")], [vm("a", 6), vm("b", 5)], "h0: a b")
    assert rolled(state, "h1").cost == 0
    assert rolled(state, "h0").status is Status.INFEASIBLE


def test_vms_kept_apart_that_are_on_all_hosts_are_told():
    """Nine of a group on nine hosts: on eight two of them would be together."""
    state = loaded(1)
    state = PoolState(state.hosts, state.vms, state.placement, anti_affinity=[[it.name for it in state.vms]])
    result = rolled(state)
    assert result.status is Status.INFEASIBLE
    assert result.reason == (
        "no plan exists: h0 cannot be emptied: there are 9 VMs of rules.anti_affinity[0] "
        "(v0-0, v1-0, v2-0 and 6 more), and the 8 other hosts may hold 8 of them"
    )


def test_a_host_that_is_not_updated_may_hold_too_much():
    """Nobody on h0 has to leave, so all can be home again."""
    result = rolled(crowd(), "h1", home=True)
    assert (result.status, result.cost) == (Status.OPTIMAL, 2)


def test_who_made_room_and_may_not_come_back_is_no_mistake_of_the_caller():
    """For v to wait on c, y goes to b, and it may not come back to c, which is older."""
    hosts = [host("a", 6, version=0), host("b", 8, version=1), host("c", 6, version=0)]
    vms = [vm("v", 4), vm("w", 5, movable=False), vm("x", 2, movable=False), vm("y", 2)]
    state = cluster(hosts, vms, "a: v, b: w, c: x y")
    result = rolled(state, "a", home=True, parameters=RollingParameters(most_ways=0))
    assert result.status is Status.NO_PLAN_FOUND
    assert result.reason.endswith("every host could be emptied, but no way was found to bring all VMs home")
    assert rolled(state, "a", home=True).status is Status.INFEASIBLE


def test_a_vm_that_is_sheltered_on_the_next_host_of_a_batch_comes_home():
    """It waits on b, the roomiest; b, empty until then, is updated after a and not with it."""
    state = cluster([host("a"), host("b", 20), host("c")], [vm("v", 4)], "a: v")
    steps = there_and_back(Upgrade(state, ("a", "b"), "moves"), 2, Deadline(LIMIT_S), lambda *_: None)
    assert not replay_rolling(Pool(state, state), steps)


def test_a_plan_that_the_replay_rejects_is_not_found(monkeypatch):
    monkeypatch.setattr(search, "replay_rolling", lambda *_: [Violation("capacity", "h1 is full")])
    result = rolled(three())
    assert (result.status, result.plan, result.bound) == (Status.NO_PLAN_FOUND, None, 6)
    assert result.reason.endswith("the replay rejects the one that was: h1 is full")


def test_a_vm_that_runs_on_one_host_only_is_named():
    hosts = [Host("h1", {"ram_mib": 10}, traits=("gpu",)), host("h2")]
    state = cluster(hosts, [vm("a", 3, requires=("gpu",))], "h1: a")
    assert "a on h1 may run on no other host" in rolled(state, "h1").reason


def test_a_vm_that_writes_more_than_most_networks_carry_goes_at_the_rate_of_its_pool():
    """200 MiB/s: 10 Gb/s carry 1,073 of them, and 1 Gb/s, which is taken where a pool says nothing, 107."""
    vms = [vm("a", 3, dirty_mib_s=200)]
    state = cluster([host("h1"), host("h2")], vms, "h1: a", timing=Timing(rate_mbps=10_000))
    result = rolled(state)
    assert (result.status, result.cost) == (Status.OPTIMAL, 1)


@pytest.mark.parametrize("slow", [{"rate_mbps": 100}, {"links": [Link("rack", ("h1",), 100)]}])
def test_that_nobody_gets_off_a_host_at_the_rate_of_its_pool_is_proven(slow):
    """100 Mb/s carry 10.7 MiB/s, and it writes 20."""
    vms = [vm("a", 3, dirty_mib_s=20)]
    state = cluster([host("h1"), host("h2")], vms, "h1: a", timing=Timing(**slow))
    assert rolled(state).status is Status.INFEASIBLE


def test_a_host_once_updated_is_behind_the_links_that_it_was_behind():
    """From rack to rack 100 Mb/s carry 10.7 MiB/s, and it writes 20: it goes to its neighbour and stays."""
    hosts = [host(name) for name in ("h1", "h2", "h3")]
    links = [Link("rack", ("h1", "h2"), 100)]
    state = cluster(hosts, [vm("a", 3, dirty_mib_s=20)], "h1: a", timing=Timing(links=links))
    result = rolled(state)
    assert (result.status, result.cost, result.target.placement) == (Status.OPTIMAL, 1, {"a": "h2"})


def test_two_at_once_are_empty_together():
    """Four hosts of 10, two of them fit into the other two: the updates come in pairs."""
    hosts = [host(f"h{number}") for number in range(1, 5)]
    vms = [vm(name, 4) for name in "abcd"]
    state = cluster(hosts, vms, "h1: a, h2: b, h3: c, h4: d")
    steps = rolled(state, at_once=2, objective="ram").plan.steps
    updates = [number for number, step in enumerate(steps) if isinstance(step, Update)]
    assert updates[1] == updates[0] + 1


def test_a_host_is_filled_again_once_its_update_has_ended():
    """An update takes 600 s; the next host is emptied after it, since there is no room elsewhere."""
    result = rolled(three(), schedule=True)
    steps, times = result.plan.steps, result.schedule
    for number, step in enumerate(steps):
        if isinstance(step, Update):
            assert times.end_s[number] - times.start_s[number] == 600
            for other, move in enumerate(steps):
                leaves = isinstance(move, Migration) and move.source == step.host and other < number
                comes = isinstance(move, Migration) and move.destination == step.host and other > number
                assert not leaves or times.end_s[other] <= times.start_s[number]
                assert not comes or times.start_s[other] >= times.end_s[number]
    assert times.makespan_bound_s <= times.makespan_s
    assert times.makespan_s >= 3 * 600


def test_no_more_updates_run_at_a_time_than_are_allowed():
    hosts = [host(f"h{number}", 20) for number in range(1, 5)]
    state = cluster(hosts, [vm("a"), vm("b")], "h1: a, h2: b")
    for at_once in (1, 2):
        result = rolled(state, at_once=at_once, schedule=True)
        spans = [
            (start, end)
            for step, start, end in zip(
                result.plan.steps, result.schedule.start_s, result.schedule.end_s, strict=True
            )
            if isinstance(step, Update)
        ]
        assert max(sum(s <= start < e for s, e in spans) for start, _ in spans) == at_once


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_wave_has_more_updates_than_may_run_at_once(at_once):
    """Nobody has to leave any of four hosts, so that nothing else keeps their updates apart."""
    state = cluster([host(f"h{number}") for number in range(1, 6)], [vm("a")], "h5: a")
    result = rolled(state, "h1", "h2", "h3", "h4", at_once=at_once, schedule=True)
    assert max(Counter(result.schedule.wave).values()) == at_once
    assert list(untrue_claims(result.file(), result.plan, safe=True)) == []


def test_a_host_may_stay_above_its_limit_and_take_in_who_needs_nothing_of_it():
    """Nobody leaves h2, which lacks vCPUs all the time and is not updated; a takes memory alone there."""
    hosts = [host("h1"), host("h2", capacity={"ram_mib": 10, "vcpus": 1})]
    vms = [vm("a"), vm("b", demand={"vcpus": 1}), vm("c", demand={"vcpus": 1})]
    result = rolled(cluster(hosts, vms, "h1: a, h2: b c"), "h1", schedule=True)
    assert result.cost == 1
    assert result.schedule.after == ((), (1,))


def test_a_stop_that_takes_no_time_comes_behind_the_update_it_waits_for():
    """H1 is updated as soon as a has left; b is stopped in that same second, after it."""
    vms = [vm("a", migration_s=3), vm("b", offline=True)]
    state = cluster([host("h0"), host("h1"), host("h2")], vms, "h1: a, h2: b")
    state = state.changed(timing=Timing(shutdown_s=0, update_s=0))
    steps = (
        *(Update("h0"), Migration("a", "h1", "h0"), Update("h1")),
        *(Stop("b", "h2"), Start("b", "h1"), Update("h2")),
    )
    timed = in_time(
        Pool(state, state.placed(where("h0: a, h1: b"))), steps, 1, Deadline(30.0), ScheduleParameters()
    )
    assert timed.steps.index(Stop("b", "h2")) > timed.steps.index(Update("h1"))


def test_updates_take_no_slot_of_migrations():
    """One migration at a time in the whole pool: two empty hosts are updated side by side all the same."""
    state = cluster([host("h1"), host("h2")], [vm("a")], "h1:").changed(timing=Timing(max_parallel=1))
    assert rolled(state, at_once=2, schedule=True).schedule.makespan_s == 600


@pytest.mark.parametrize(("at_once", "rounds"), [(1, 3), (2, 2), (3, 1)])
def test_a_host_is_emptied_before_the_first_update_and_the_rest_takes_rounds(at_once, rounds):
    """The slowest VM of h1 takes 3 s and the one of h2 and h3 5 s, so that nothing is updated before 3 s."""
    vms = [vm("a", migration_s=2), vm("b", migration_s=3), vm("c", migration_s=5), vm("d", migration_s=5)]
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4")]
    state = cluster(hosts, vms, "h1: a b, h2: c, h3: d")
    result = rolled(state, "h1", "h2", "h3", at_once=at_once, schedule=True)
    assert result.schedule.makespan_bound_s == 3 + rounds * 600


@pytest.mark.parametrize("fast", ["h2", "h3"])
def test_a_host_is_emptied_no_sooner_than_by_its_fastest_way_out(fast):
    """1,000 MiB take 3 s at 10 Gb/s and 96 s at 100 Mb/s; whichever it takes, no plan is below the bound."""
    hosts = [host("h1")]
    hosts += [host(name, bandwidth_mbps=10_000 if name == fast else 100) for name in ("h2", "h3")]
    state = cluster(hosts, [vm("a", copied_mib=1_000)], "h1: a")
    result = rolled(state, "h1", schedule=True)
    assert result.schedule.makespan_bound_s == 3 + 600
    assert result.schedule.makespan_s in (3 + 600, 96 + 600)


@pytest.mark.parametrize("at_once", [1, 2])
def test_who_is_stopped_meanwhile_is_off_for_no_longer_in_time_either(at_once):
    """30 s for the stop, 600 for the update, 30 for the start; nobody else is stopped before his turn."""
    names = [f"h{number}" for number in range(6)]
    vms = [vm(f"v{number}", 8, offline=True) for number in range(6)]
    state = PoolState([host(name) for name in names], vms, {f"v{n}": name for n, name in enumerate(names)})
    result = rolled(state, at_once=at_once, schedule=True)
    times, off, waves = result.schedule, {}, {}
    for place, step in enumerate(result.plan.steps):
        if isinstance(step, Stop):
            off[step.vm] = -times.start_s[place]
            waves[step.vm] = -times.wave[place]
        elif isinstance(step, Start):
            off[step.vm] += times.end_s[place]
            waves[step.vm] += times.wave[place]
    assert off == {it.name: 660 for it in vms}
    assert set(waves.values()) == {2}


def test_who_is_stopped_waits_until_all_others_have_left_the_host():
    """One goes to h2 in 50 s, and then v, for whom there is no room, is stopped."""
    vms = [vm("v", 8, offline=True), vm("w", 2, migration_s=50), vm("x", 8)]
    state = cluster([host("h1"), host("h2")], vms, "h1: v w, h2: x")
    result = rolled(state, "h1", schedule=True)
    begin = dict(zip(result.plan.steps, result.schedule.start_s, strict=True))
    assert begin[Stop("v", "h1")] == 50
    assert begin[Update("h1")] == 80


def test_an_update_may_take_no_time():
    result = rolled(three().changed(timing=Timing(update_s=0)), schedule=True)
    assert result.schedule.makespan_s == 6 * 3


def test_a_rolling_plan_file_says_when_hosts_are_updated():
    entries = msgspec.to_builtins(rolled(three(), schedule=True).file())["actions"]
    update = next(entry for entry in entries if entry["action"] == "update")
    assert update.keys() == {"action", "id", "host", "start_s", "end_s", "after", "wave"}


@pytest.mark.parametrize(
    ("hosts", "options", "text"),
    [
        pytest.param(("h9",), {}, "'h9' is no host of the pool", id="unknown"),
        pytest.param(("h11",), {}, "'h11' is no host of the pool; alike: h1", id="misspelt"),
        pytest.param(("h1", "h1"), {}, "named twice", id="twice"),
        pytest.param((), {"at_once": 0}, "at_once=0", id="none at once"),
        pytest.param((), {"time_limit_s": -1}, "time_limit_s=-1", id="no time"),
        pytest.param((), {"objective": "time"}, "'time' is not for a rolling update", id="time"),
    ],
)
def test_a_bad_request_is_named(hosts, options, text):
    with pytest.raises(ValueError, match=text):
        rolled(three(), *hosts, **options)
    assert issubclass(PoolError, ValueError)


def test_a_vm_is_stopped_to_make_room_for_another():
    """Hosts a and b of 10 with 6 each: w stops, v takes its place, and w starts on a once that is updated."""
    state = cluster([host("a"), host("b")], [vm("v", 6), vm("w", 6, offline=True)], "a: v, b: w")
    result = rolled(state, "a")
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 11, 11)
    steps = [Stop("w", "b"), Migration("v", "a", "b"), Update("a"), Start("w", "a")]
    assert list(result.plan.steps) == steps
    assert rolled(state, "a", home=True).cost == 12


def test_who_updates_several_at_once_is_given_the_one_way_there_is():
    """No batch is built by a stop that makes room: the way that was found one after another is taken."""
    state = cluster([host("a"), host("b")], [vm("v", 6), vm("w", 6, offline=True)], "a: v, b: w")
    result = rolled(state, "a", at_once=2)
    assert (result.status, result.cost) == (Status.OPTIMAL, 11)


@pytest.mark.parametrize(("straight", "cost"), [("ab", 6), ("e", 7)])
def test_vms_without_detours_do_not_keep_a_small_cluster_from_being_searched_whole(straight, cost):
    """Of a and b each moves once anyway; where e may not wait on another host, they do in its place."""
    state = three()
    vms = [msgspec.structs.replace(it, detours=it.name not in straight) for it in state.vms]
    result = rolled(PoolState(state.hosts, vms, state.placement))
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, cost, cost)


def test_that_nobody_goes_straight_to_an_end_is_proven_in_a_small_cluster():
    """Whoever is emptied first waits on a host that is yet to be updated, and none takes detours."""
    state = three()
    vms = [msgspec.structs.replace(it, detours=False) for it in state.vms]
    result = rolled(PoolState(state.hosts, vms, state.placement))
    assert result.status is Status.INFEASIBLE
    assert "on each host to update is a VM that takes no detours" in result.reason
    assert rolled(PoolState([*state.hosts, host("h4")], vms, state.placement)).cost == 5


def test_a_host_of_vms_without_detours_is_not_the_first():
    """Nine hosts of 10 with 4 each: of h0, which has 3, nobody can go twice, so the first has 4."""
    hosts = [host(f"h{number}") for number in range(9)]
    vms = [vm("v0", 3, detours=False), *(vm(f"v{number}", 4) for number in range(1, 9))]
    state = PoolState(hosts, vms, {f"v{number}": f"h{number}" for number in range(9)})
    assert rolled(state, objective="ram").bound == 3 + 8 * 4 + 4


def test_a_stop_to_make_room_may_be_the_cheapest_way():
    """x, which would have to make room for v by a migration, costs more than a stop of w."""
    vms = [vm("v", 6, cost=1), vm("w", 6, cost=1, offline=True), vm("x", 4, cost=100)]
    state = cluster([host("a"), host("b"), host("c", 8)], vms, "a: v, b: w, c: x")
    result = rolled(state, "a", objective="custom")
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 11, 11)


@pytest.mark.parametrize("home", [False, True])
def test_where_nobody_has_anywhere_to_go_all_who_may_are_stopped_in_a_larger_cluster_too(home):
    """Nine hosts, each full: no other way is there than to stop each VM while its host is updated."""
    hosts = [host(f"h{number}") for number in range(9)]
    vms = [vm(f"v{number}", 10, offline=True) for number in range(9)]
    state = PoolState(hosts, vms, {f"v{number}": f"h{number}" for number in range(9)})
    result = rolled(state, home=home, parameters=RollingParameters(idle=1))
    assert result.cost == 9 * 10


def test_only_who_has_nowhere_to_go_is_stopped():
    """Eight hosts of 10 with 9 each, and one with 1 and 9: the 1 may go, and only one of 9 need stop."""
    hosts = [host(f"h{number}") for number in range(9)]
    vms = [vm(f"v{number}", 9, offline=True) for number in range(9)] + [vm("small", 1, offline=True)]
    placement = {f"v{number}": f"h{number}" for number in range(9)} | {"small": "h0"}
    result = rolled(PoolState(hosts, vms, placement), "h0", parameters=RollingParameters(idle=1))
    assert result.cost == 10 + 1
    assert [step.vm for step in result.plan.steps if isinstance(step, Stop)] == ["v0"]


def test_a_vm_that_cannot_move_starts_elsewhere_where_its_host_is_cordoned():
    vms = [vm("v", 4, movable=False, offline=True)]
    state = cluster([host("a", accepts=False), host("b")], vms, "a: v")
    result = rolled(state, "a")
    assert (result.status, result.cost) == (Status.OPTIMAL, 10)
    assert result.target.placement["v"] == "b"


def test_a_vm_that_cannot_move_starts_elsewhere_in_a_larger_cluster_too():
    state = crowd(movable=False, offline=True)
    hosts = [host("h0", accepts=False), *state.hosts[1:]]
    result = rolled(PoolState(hosts, state.vms, state.placement), "h0")
    assert result.target.placement["x"] != "h0" != result.target.placement["y"]


def test_one_who_has_moved_the_once_that_it_may_is_not_stopped_to_go_on(monkeypatch, caplog):
    """v3 migrates to h0 for good; stopped there for room and started on h1, it would have made a detour."""
    monkeypatch.setattr(search, "is_small", lambda *_: False)
    vms = [
        vm("v0", 5),
        vm("v1", 6, detours=False),
        vm("v2", 5),
        vm("v3", 3, offline=True, detours=False),
        vm("v4", 5),
        vm("v5", 5, offline=True),
        vm("v6", 3),
    ]
    hosts = [host(name, room) for name, room in zip("abcde", (11, 9, 9, 8, 11), strict=True)]
    state = PoolState(hosts, vms, where("a: v1, b: v0 v3, c: v6, d: v2, e: v4 v5"), offline_cost_factor=0)
    with caplog.at_level("INFO", "planner.rolling"):
        assert roll(state, time_limit_s=LIMIT_S, workers=1).plan is not None
    assert "detours=false" not in caplog.text


@settings(max_examples=50)
@given(
    random_pools(SEARCHED, max_hosts=3, max_vms=4),
    st.sampled_from(["moves", "moves", "ram", "custom"]),
    st.booleans(),
    st.data(),
)
def test_rolling_is_as_cheap_as_any_way_there_is(drawn, objective, home, data):
    pool = open_pool(drawn)
    todo = data.draw(st.lists(st.sampled_from(names(pool["hosts"])), unique=True, min_size=1))
    with within_reach():
        best = cheapest_rolling(pool, todo, objective, home=home)
    state = parse_wanted(json.dumps(pool).encode()).current
    result = rolled(state, *todo, objective=objective, home=home)
    if best is None:
        assert result.status is Status.INFEASIBLE
    else:
        assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, best, best)


@st.composite
def tight_states(draw):
    """Draw two or three hosts with hardly any room, and VMs of which many may be stopped.

    Some placements are above a limit, some hosts cordoned: where a stop makes the difference. So it does for
    VMs that write more than slow NICs carry, which migrate between some pairs of hosts alone.
    """
    rng = Random(draw(st.integers(0, 2**32 - 1)))
    nics, writes = rng.choice([((None,), (0,)), ((None, 100, 100, 400), (0, 20, 20, 60))])
    versions = rng.choice([(None,), (None, None, 1), (0, 1)])
    hosts = [
        host(
            f"h{number}",
            rng.randint(6, 10),
            version=rng.choice(versions),
            accepts=rng.random() < 0.9,
            bandwidth_mbps=rng.choice(nics),
        )
        for number in range(rng.randint(2, 3))
    ]
    free = {it.name: it.capacity["ram_mib"] + rng.choice([0, 0, 0, 3]) for it in hosts}
    vms, placement = [], {}
    for number in range(rng.randint(1, 4)):
        ram_mib = rng.randint(2, 6)
        if roomy := [name for name, left in free.items() if left >= ram_mib]:
            placement[f"v{number}"] = rng.choice(roomy)
            free[placement[f"v{number}"]] -= ram_mib
            movable, offline, detours = (rng.random() < odds for odds in (0.85, 0.4, 0.75))
            how = {"movable": movable, "offline": offline, "detours": detours}
            vms.append(vm(f"v{number}", ram_mib, **how, dirty_mib_s=rng.choice(writes)))
    apart = [[it.name for it in vms[:2]]] if len(vms) > 1 and rng.random() < 0.3 else []
    return PoolState(hosts, vms, placement, anti_affinity=apart, offline_cost_factor=rng.choice([0, 2, 10]))


@settings(max_examples=100)
@given(tight_states(), st.booleans(), st.integers(1, 2), st.data())
def test_no_proof_speaks_against_a_way_that_there_is(state, home, at_once, data):
    """A bound is at most what the cheapest way costs, and no plan is only impossible where there is none."""
    todo = data.draw(st.lists(st.sampled_from([it.name for it in state.hosts]), unique=True, min_size=1))
    pool = msgspec.to_builtins(PoolFile.of(Pool(state, state)))
    with within_reach():
        best = cheapest_rolling(pool, todo, home=home)
    for how in (RollingParameters(), RollingParameters(most_ways=0, idle=5)):
        result = rolled(state, *todo, home=home, at_once=at_once, parameters=how)
        if best is None:
            assert result.plan is None
        else:
            assert result.status is not Status.INFEASIBLE
            assert result.bound <= best
            assert result.cost is None or result.cost >= best
    whole = rolled(state, *todo, home=home)
    assert (whole.status, whole.cost) == (Status.INFEASIBLE if best is None else Status.OPTIMAL, best)


@settings(max_examples=20)
@given(
    random_pools(RULES - {"provisions", "shutdowns"}, max_hosts=5, max_vms=12),
    st.booleans(),
    st.integers(1, 3),
    st.booleans(),
)
def test_every_rolling_plan_is_safe_and_above_its_bound(drawn, home, at_once, schedule):
    """Larger pools, any rules: the judge accepts the plan, and that in time is judged by ``in_time``."""
    state = parse_wanted(json.dumps(open_pool(drawn)).encode()).current
    rolled(state, home=home, at_once=at_once, schedule=schedule, time_limit_s=1.0)
