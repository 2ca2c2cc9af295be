"""Schedules of any plan: judged in time, in waves, and carried out with durations drawn at random."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from models import (
    Migration,
    Plan,
    PlannerError,
    Pool,
    PoolState,
    Provision,
    Schedule,
    Shutdown,
    Start,
    Stop,
    Timing,
    Violation,
    WrongKindError,
    replay,
)
from models.replay_in_any_time import replay_in_any_time
from models.sizes import span
from planner import plan, schedule
from planner.scheduling.freedom import cost_of
from planner.scheduling.judging import judge_schedule
from planner.scheduling.parameters import ScheduleParameters, Waiting
from planner.scheduling.rehearsal import by_precedences, by_waves, rehearse
from planner.scheduling.timetable import Timetable, work_of_plan, written_out
from tests.builders import action_of, host, moves, pool, vm
from tests.in_time import timed_pools
from tests.planner.solving import half, solve
from tests.strategies import RULES, parsed, planted_pools

if TYPE_CHECKING:
    from random import Random

    from tests.slow_replay import Json


TINY = planted_pools(RULES, max_hosts=4, max_vms=7, max_slack=2).map(lambda it: it.pool)
"""Pools that are planned long before any time that is kept for a schedule."""


def timed(file: Json, rng: Random) -> Json:
    """Give a pool file with NICs, slots, links and measured seconds, all narrow."""
    for one in file["hosts"]:
        if rng.random() < 0.5:
            one["bandwidth_mbps"] = rng.choice((100, 200, 1000))
        for field in ("max_in", "max_out", "max_moves"):
            if rng.random() < 0.5:
                one[field] = rng.randint(1, 3)
    for one in file["vms"]:
        one["migration_s"] = rng.randint(1, 9)
    names = [one["name"] for one in file["hosts"]]
    timing: Json = {"shutdown_s": rng.randint(0, 3), "provision_s": rng.randint(1, 3)}
    if rng.random() < 0.3:
        timing["max_parallel"] = rng.randint(1, 3)
    if rng.random() < 0.5:
        inside = rng.sample(names, rng.randint(1, len(names)))
        timing["links"] = [{"name": "rack", "hosts": inside, "mbps": rng.choice((100, 300))}]
    return {**file, "timing": timing}


ANY_WAITING = pytest.mark.parametrize(
    "waiting",
    [
        pytest.param(Waiting(), id="all pairs"),
        pytest.param(Waiting(most_pairs=0), id="chains"),
        pytest.param(Waiting(most_pairs=0, most_reached=0), id="chains, hardly thinned"),
    ],
)
"""Precedences that begin with all pairs, as on hosts with few of them, or with chains of units."""


@st.composite
def scheduled_walks(draw: st.DrawFn, waiting: Waiting) -> tuple[Pool, Plan, Schedule]:
    """Pools with time, and the schedule of a walk that is legal in them, detours, stops and all."""
    planted = draw(planted_pools())
    rng = draw(st.randoms(use_true_random=False))
    challenge = parsed(timed(planted.pool, rng))
    walk = Plan.of(challenge, [action_of(entry) for entry in planted.walk])
    parameters = ScheduleParameters(waiting=waiting)
    found, times = schedule(challenge, walk, time_limit_s=0.001, workers=1, parameters=parameters)
    assert found.cost == walk.cost
    return challenge, found, times


def carried_out(challenge: Pool, actions: Any, start: list[float], end: list[float]) -> list[str]:
    """Give what breaks when actions run from these starts to these ends, looked at at every start."""
    bad = []
    for number, action in enumerate(actions):
        if isinstance(action, Shutdown | Stop):
            continue
        now = start[number]
        there = action.destination if isinstance(action, Migration) else action.host
        on: list[str] = []
        for name in {one.name for one in challenge.vms}:
            if counts_on(name, there, challenge, actions, start, end, now):
                on.append(name)
        state = challenge.current.placed(dict.fromkeys(on, there))
        for found in state.violations():
            # A host that is above a limit at first may take whoever does not count there.
            is_counted = found.rule in ("capacity", "anti_affinity") and counts_in(state, action.vm, found)
            if found.host == there and is_counted:
                bad.append(f"{action}: {found.text}")
    return bad


def counts_in(state: PoolState, name: str, found: Violation) -> bool:
    """Tell whether a VM counts in the resource or the group that is above its limit."""
    groups = {f"rules.anti_affinity[{place}]": group for place, group in enumerate(state.anti_affinity)}
    if found.rule == "anti_affinity":
        return name in groups[found.resource]
    return state.vm(name).demand.get(found.resource, 0) > 0


def counts_on(
    name: str, there: str, challenge: Pool, actions: Any, start: list[float], end: list[float], now: float
) -> bool:
    """Tell whether a VM takes room on a host just after ``now``."""
    here = challenge.current.placement.get(name) == there
    for number, action in enumerate(actions):
        if action.vm != name:
            continue
        if isinstance(action, Migration):
            if action.destination == there and start[number] <= now:
                here = True
            if action.source == there and end[number] <= now:
                here = False
        elif action.host == there:
            if isinstance(action, Start | Provision) and start[number] <= now:
                here = True
            if isinstance(action, Stop | Shutdown) and end[number] <= now:
                here = False
    return here


@ANY_WAITING
@given(st.data())
def test_every_legal_walk_has_a_schedule_that_all_witnesses_accept(waiting, data):
    challenge, found, times = data.draw(scheduled_walks(waiting))
    assert replay(challenge, found) == []
    assert judge_schedule(challenge, found, times) == []


@ANY_WAITING
@given(st.data(), st.randoms(use_true_random=False), st.sampled_from([by_precedences, by_waves]))
def test_no_rule_breaks_however_long_each_action_takes(waiting, data, rng, waits):
    challenge, found, times = data.draw(scheduled_walks(waiting))
    planned = [end - start for start, end in zip(times.start_s, times.end_s, strict=True)]
    seconds = [max(one, 0.5) * 2 ** rng.uniform(-3, 3) for one in planned]
    urgency = [rng.random() for _ in seconds]
    run = rehearse(work_of_plan(challenge, found), waits(times), seconds, urgency)
    assert carried_out(challenge, found.actions, run.start_s, run.end_s) == []


@ANY_WAITING
@given(st.data())
def test_no_precedence_is_implied_by_others(waiting, data):
    _, found, times = data.draw(scheduled_walks(waiting))
    past: list[set[int]] = []
    for after in times.after:
        for other in after:
            assert not any(other in past[third - 1] for third in after)
        past.append(set(after).union(*(past[other - 1] for other in after)))
    assert len(past) == len(found.actions)


def needless(challenge: Pool, found: Plan, times: Schedule) -> list[tuple[int, int]]:
    """Give (number of an action, one that it waits for) without which no rule can break all the same."""
    bad = []
    for place, after in enumerate(times.after):
        for other in after:
            fewer = [*times.after]
            fewer[place] = tuple(it for it in after if it != other)
            if not replay_in_any_time(challenge, found.actions, replace(times, after=tuple(fewer))):
                bad.append((place + 1, other))
    return bad


@pytest.mark.parametrize("most_pairs", [0, 400])
@given(st.data())
def test_without_any_precedence_a_rule_could_break(most_pairs, data):
    assert needless(*data.draw(scheduled_walks(Waiting(most_pairs)))) == []


@pytest.mark.parametrize("most_pairs", [0, 1000])
@pytest.mark.parametrize("usable", [76, 70])
def test_where_as_many_come_as_leave_each_waits_for_no_more_than_it_needs(usable, most_pairs):
    """20 VMs of 65 MiB, and one of 10 that goes first, leave a host for 20 others, of 68 MiB.

    With 76 MiB it is close to its limit at first, with 70 above it. Each wait is needed: were sets of
    arrivals looked at one by one, they would be too many to find that of half of the waits.
    """
    sizes = (2, 3, 5)
    out = [vm("out", 10), *(vm(f"out{it}", sizes[it % 3]) for it in range(20))]
    new = [vm(f"new{it}", sizes[(7 * it + 1) % 3]) for it in range(20)]
    here = dict.fromkeys([it.name for it in out], "h") | dict.fromkeys([it.name for it in new], "a")
    there = dict.fromkeys([it.name for it in out], "b") | dict.fromkeys([it.name for it in new], "h")
    of = pool([host("h", usable), host("a", 99), host("b", 99)], [*out, *new], here, there)
    pairs = (way for it in range(20) for way in (f"out{it}: h -> b", f"new{it}: a -> h"))
    work = work_of_plan(of, Plan.of(of, moves("out: h -> b", *pairs)))
    parameters = ScheduleParameters(waiting=Waiting(most_pairs=most_pairs))
    found, times = written_out(Timetable(work, work.one_by_one()), parameters)
    assert judge_schedule(of, found, times) == []
    assert needless(of, found, times) == []


def one_of_two_is_enough() -> tuple[Pool, Plan]:
    """C comes to h when a or b has left it; before that it needs the disk that e leaves when b has gone.

    H has 10 MiB, of which a, b and c take 5 each, and one CPU, which b hands to e; k has one disk, which e
    hands to c. So c waits for b anyway.
    """
    hosts = [
        host("h", capacity={"ram_mib": 10, "cpus": 1, "disks": 9}),
        host("k", capacity={"ram_mib": 10, "cpus": 9, "disks": 1}),
        *(host(name, capacity={"ram_mib": 10, "cpus": 9, "disks": 9}) for name in "gx"),
    ]
    vms = [
        vm("a", 5),
        vm("b", demand={"ram_mib": 5, "cpus": 1}),
        vm("c", demand={"ram_mib": 5, "disks": 1}),
        vm("e", demand={"cpus": 1, "disks": 1}),
    ]
    of = pool(hosts, vms, "h: a b, g: c, k: e", "h: c e, x: a b")
    walk = moves("a: h -> x", "b: h -> x", "e: k -> h", "c: g -> k", "c: k -> h")
    return of, Plan.of(of, walk)


@pytest.mark.parametrize(("most_reached", "after"), [(0, (1, 4)), (1000, (4,))])
def test_who_waits_for_one_of_two_by_way_of_other_hosts_does_not_wait_for_the_other(most_reached, after):
    of, walk = one_of_two_is_enough()
    work = work_of_plan(of, walk)
    parameters = ScheduleParameters(waiting=Waiting(most_reached=most_reached))
    found, times = written_out(Timetable(work, work.one_by_one()), parameters)
    assert found.actions == walk.actions
    assert judge_schedule(of, found, times) == []
    assert times.after == ((), (), (2,), (3,), after)


def room_for_one() -> Pool:
    """Three hosts: c may come to h1 only when a and b have both left it, d whenever it likes.

    h1 has 10; a and b take 5 each and go to h2 and h3, c takes 10 and comes from h2, which is large.
    """
    hosts = [host("h1", 10), host("h2", 30), host("h3", 30)]
    vms = [vm("a", 5), vm("b", 5), vm("c", 10), vm("d", 1)]
    return pool(hosts, vms, "h1: a b, h2: c d", "h1: c, h2: a, h3: b d", timing=Timing(1000, 9))


def test_an_arrival_waits_for_those_whose_room_it_needs_and_for_no_others():
    challenge = room_for_one()
    walk = Plan.of(challenge, moves("a: h1 -> h2", "d: h2 -> h3", "b: h1 -> h3", "c: h2 -> h1"))
    found, times = schedule(challenge, walk)
    after = {
        action.vm: {found.actions[it - 1].vm for it in times.after[n]}
        for n, action in enumerate(found.actions)
    }
    assert after == {"a": set(), "b": set(), "d": set(), "c": {"a", "b"}}
    assert times.num_waves == 2


def test_a_plan_that_the_replay_does_not_accept_is_an_error():
    challenge = room_for_one()
    with pytest.raises(PlannerError, match="the plan cannot be scheduled: action 1"):
        schedule(challenge, Plan.of(challenge, moves("c: h2 -> h1")))


def test_another_thing_in_place_of_pool_or_plan_is_told():
    challenge = room_for_one()
    result = solve(challenge)
    for thing in (result, result.plan.actions, None):
        with pytest.raises(WrongKindError, match=r"^plan: .* must be a Plan"):
            schedule(challenge, thing)
    with pytest.raises(WrongKindError, match=r"^pool: .* must be a Pool"):
        schedule(challenge.current, result.plan)


def test_what_a_plan_does_not_price_may_be_free():
    """S costs nothing: it goes to D and back, and w need not wait for v. Ends after 22 s, not 40."""
    hosts = [host("A", 4), host("B", 8, max_in=2), host("C", 4), host("D", 4)]
    vms = [vm("v", 4, migration_s=20), vm("w", 4, migration_s=20), vm("s", 4, migration_s=1)]
    of = pool(hosts, vms, "A: v, B: w s", "B: v s, C: w")
    ways = ["w: B -> C", "v: A -> B"], ["s: B -> D", "v: A -> B", "w: B -> C", "s: D -> B"]
    direct, round_about = (Plan.of(of, moves(*way), lambda one: int(one.name != "s")) for way in ways)
    assert direct.cost == round_about.cost == 2
    by_s, without = (schedule(of, it, workers=1, time_limit_s=0.5).schedule for it in (round_about, direct))
    assert without.makespan_bound_s <= by_s.makespan_s == 22


def test_the_bound_holds_for_all_plans_that_cost_no_more_than_the_one_given():
    """To stop a and start it on old takes 4 s, and costs 11 with b; the plan given costs 13, others 4."""
    hosts = [host("old", version=1), host("new", version=2), host("any")]
    vms = [vm("a", 1, offline=True, migration_s=3), vm("b", 1, offline=True, migration_s=1)]
    timing = Timing(shutdown_s=3, provision_s=1)
    of = pool(hosts, vms, "new: a, any: b", "old: a, new: b", timing=timing)
    there, home = moves("b: any -> new"), moves("a: new -> any", "a: any -> old")
    given = Plan.of(of, [*there, Stop("b", "new"), Start("b", "new"), *home])
    found, times = schedule(of, given, workers=1, time_limit_s=1.0)
    assert found.cost <= given.cost == 13
    assert times.makespan_bound_s <= 4


def test_who_is_new_or_shut_down_at_last_may_be_stopped_and_started_again_in_a_plan():
    """One stop of each costs 10 migrations: so may what takes the place of the plan."""
    vms = [vm("new", 2, offline=True), vm("old", 2, offline=True)]
    of = pool([host("a", 4), host("b", 4)], vms, "a: old", "a: new")
    new = Provision("new", "a"), Stop("new", "a"), Start("new", "b"), Stop("new", "b"), Start("new", "a")
    old = Stop("old", "a"), Start("old", "b"), Shutdown("old", "b")
    walk = Plan.of(of, [*new, *old])
    assert replay(of, walk) == []
    found, times = schedule(of, walk, workers=1, time_limit_s=0.5)
    assert judge_schedule(of, found, times) == []
    assert found.cost <= walk.cost == 30
    assert cost_of(work_of_plan(of, walk)) == 30


def test_a_plan_comes_with_a_schedule_where_that_is_asked_for():
    challenge = room_for_one()
    result = plan(challenge.current, challenge.target, schedule=True, workers=1)
    assert result.plan is not None
    assert result.schedule is not None
    assert judge_schedule(challenge, result.plan, result.schedule) == []
    assert result.file().makespan_s == result.schedule.makespan_s
    assert plan(challenge.current, challenge.target, workers=1).schedule is None


def test_what_ends_earliest_can_be_the_objective():
    challenge = room_for_one()
    result = plan(challenge.current, challenge.target, objective="time", workers=1, time_limit_s=2)
    assert result.objective == "time"
    assert (result.cost, result.bound) == (4, 4)
    assert result.schedule is not None
    known = f"proven that no plan ends before {span(result.schedule.makespan_bound_s)}"
    assert result.reason.startswith(known)


def test_progress_tells_the_makespan_and_its_bound_of_a_plan_from_elsewhere():
    of = pool([host("h1"), host("h2")], [vm("a", migration_s=10)], "h1: a", "h2: a")
    told = []
    found = schedule(
        of, Plan.of(of, moves("a: h1 -> h2")), time_limit_s=5, workers=1, on_progress=told.append
    )
    assert {one.stage for one in told} == {"schedule"}
    assert (told[-1].cost, told[-1].makespan_s, told[-1].makespan_bound_s) == (1, 10, 10)
    assert found.schedule.makespan_s == 10
    assert len({(one.makespan_s, one.makespan_bound_s) for one in told}) == len(told)


@half
@given(timed_pools(TINY), st.sampled_from(("moves", "ram", "custom")))
def test_with_a_schedule_a_plan_costs_no_more_and_is_proven_no_less(data, objective):
    """As long as the search ends before the time that is kept for the schedule begins."""
    of = parsed(data)
    plain, timed = solve(of, objective), solve(of, objective, schedule=True)
    assert (timed.status, timed.cost, timed.bound) == (plain.status, plain.cost, plain.bound)
    assert (timed.schedule is None) == (timed.plan is None)
    event(plain.status.value)


@pytest.mark.parametrize("how", [{"schedule": True}, {"objective": "time"}])
def test_a_pool_without_hosts_has_a_schedule_of_nothing(how):
    nothing = pool([], [], "", "")
    found = plan(nothing.current, nothing.target, workers=1, **how).schedule
    assert (found.makespan_s, found.makespan_bound_s) == (0, 0)
