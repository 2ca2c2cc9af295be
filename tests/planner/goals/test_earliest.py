"""Goals reached as early as can be: other placements than the cheapest, and what is proven of all of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, event, given

from heuristics import Deadline
from heuristics.tasks import everyone
from models import VM, Host, Plan, Pool, PoolState
from models.actions import Migration
from models.clock import Clock
from models.reading import parse_wanted
from models.replay_in_time import replay_in_time
from planner import Balance, Consolidate, Drain, GoalParameters, MakeRoom, Repair, Status, explain_goal, reach
from tests.goal_oracle import open_pool, reachable
from tests.in_time import timed_pools
from tests.oracle import within_reach
from tests.planner.ctrl_c import interrupting
from tests.planner.goals.reaching import reached
from tests.strategies import RULES, planted_pools
from tests.time_oracle import InTime

OPEN = RULES - {"provisions", "shutdowns", "offline", "overloaded"}
TINY = timed_pools(planted_pools(OPEN, max_hosts=4, max_vms=4, max_slack=3).map(lambda it: it.pool))


def in_time(pool, goal, **options):
    """Reach a goal as early as can be, and hold the schedule against the replay in time."""
    result = reached(pool, goal, objective="time", **options)
    assert result.objective == "time"
    if result.plan is None:
        assert result.schedule is None
        return result
    assert result.plan.objective == "time"
    ends = Pool(parse_wanted(json.dumps(pool).encode()).current, result.target)
    assert not replay_in_time(ends, result.plan.actions, result.schedule)
    assert (result.status is Status.OPTIMAL) <= result.schedule.is_proven
    assert result.bound <= result.cost
    if goal.at_most is not None:
        assert sum(isinstance(action, Migration) for action in result.plan.actions) <= goal.at_most
    return result


def earliest(pool, gone, meets):
    """Give the least makespan of all plans to all placements, over no host that is emptied; None: none."""
    hosts = [{**host, "accepts": host["name"] not in gone and host["accepts"]} for host in pool["hosts"]]
    shut = {**pool, "hosts": hosts}
    names, best = [vm["name"] for vm in pool["vms"]], None
    with within_reach():
        ends = [dict(zip(names, at, strict=True)) for at in reachable(shut, limit=3_000)]
        for at in filter(meets, ends):
            current = parse_wanted(json.dumps(shut).encode()).current
            problem = everyone(Pool(current, current.placed(at)), "time")
            end = InTime(problem, Clock(problem), most_states=4_000).earliest_end(25)
            assume(end is not None)
            best = end if best is None else min(best, end)
    return best


def hold_against_everything(pool, goal, gone, meets):
    """Hold the end and its bound against exhaustive search over placements in time."""
    for host in pool["hosts"]:
        host.setdefault("accepts", True)
    best = earliest(pool, gone, meets)
    result = in_time(pool, goal)
    if result.plan is None or best is None:
        return
    assert result.schedule.makespan_bound_s <= best <= result.schedule.makespan_s
    event(result.status)


@given(TINY)
def test_a_drain_ends_no_earlier_than_its_bound_nor_than_any_plan(drawn):
    pool = open_pool(drawn)
    assume(len(pool["hosts"]) > 1 and pool["current"])
    gone = min(pool["current"].values())
    hold_against_everything(pool, Drain(gone), {gone}, lambda at: gone not in at.values())


@given(TINY)
def test_a_host_is_freed_no_earlier_than_by_any_plan(drawn):
    pool = open_pool(drawn)
    free = len(pool["hosts"]) - len(set(pool["current"].values()))
    assume(free + 1 < len(pool["hosts"]) and pool["current"])
    goal = Consolidate(1)
    hold_against_everything(
        pool, goal, set(), lambda at: len(pool["hosts"]) - len(set(at.values())) >= free + 1
    )


def hosts(*fields, ram_mib=100):
    """Give hosts ``h0``, ``h1``, ... with these fields."""
    return [{"name": f"h{n}", "capacity": {"ram_mib": ram_mib}, **more} for n, more in enumerate(fields)]


def vms(**seconds):
    """Give VMs of 10 MiB whose migrations take so many seconds."""
    return [{"name": name, "demand": {"ram_mib": 10}, "migration_s": s} for name, s in seconds.items()]


def pool_of(hosts, vms, current):
    """Give a pool without a target."""
    return {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current}


def test_those_that_leave_go_side_by_side_where_one_host_takes_one_at_a_time():
    """``h0`` sends two at a time and each host takes one: to different hosts, in 8 s."""
    pool = pool_of(hosts({"max_out": 2}, {}, {}), vms(a=8, b=8), {"a": "h0", "b": "h0"})
    result = in_time(pool, Drain("h0"))
    assert (result.status, result.schedule.makespan_s, result.cost, result.bound) == ("optimal", 8, 2, 2)
    assert "ends before 8 s" in result.reason
    assert set(result.target.placement.values()) == {"h1", "h2"}


def test_they_go_to_where_the_wire_is_wide():
    """All hosts are as roomy; at 100 Mb/s the copy takes long, at 1000 Mb/s it does not."""
    wires = [{"bandwidth_mbps": mbps} for mbps in (1000, 100, 1000)]
    guest = {"name": "a", "demand": {"ram_mib": 10}, "copied_mib": 10_000}
    result = in_time(pool_of(hosts(*wires), [guest], {"a": "h0"}), Drain("h0"))
    assert (result.status, result.target.placement["a"]) == ("optimal", "h2")


def test_the_host_is_freed_whose_vms_leave_sooner_though_there_are_more_of_them():
    """One VM of 50 s or two of 5 s: the fewest migrations come second."""
    pool = pool_of(
        hosts({}, {}, {"accepts": True}, ram_mib=40),
        vms(slow=50, quick=5, brisk=5, stays=90, other=90),
        {"slow": "h0", "quick": "h1", "brisk": "h1", "stays": "h2", "other": "h2"},
    )
    cheap = reached(pool, Consolidate(1), schedule=True)
    assert (cheap.cost, cheap.schedule.makespan_s) == (1, 50)
    early = in_time(pool, Consolidate(1))
    assert (early.status, early.cost, early.bound, early.schedule.makespan_s) == ("optimal", 2, 1, 10)
    least = early.file()
    assert (least.makespan_s, least.makespan_bound_s, least.objective) == (10, 10, "time")


def test_with_the_migrations_allowed_used_up_the_early_host_is_out_of_reach():
    pool = pool_of(
        hosts({}, {}, {}, ram_mib=40),
        vms(slow=50, quick=5, brisk=5, stays=90, other=90),
        {"slow": "h0", "quick": "h1", "brisk": "h1", "stays": "h2", "other": "h2"},
    )
    result = in_time(pool, Consolidate(1, 1))
    assert (result.status, result.cost, result.schedule.makespan_s) == ("optimal", 1, 50)


def test_a_detour_that_would_end_earlier_is_not_made_beyond_the_migrations_allowed():
    """``a`` waits 50 s for ``slow``, unless ``aside`` leaves its host for a while."""
    pool = pool_of(
        [*hosts({}, {}, ram_mib=20), *({"name": f"h{n}", "capacity": {"ram_mib": 50}} for n in (2, 3))],
        [*vms(a=9, slow=50, aside=2), {"name": "free", "demand": {"ram_mib": 10}, "free": True}],
        {"a": "h0", "slow": "h1", "aside": "h1", "free": "h3"},
    )
    pool["target"] = {"a": "h1", "slow": "h2", "aside": "h1"}
    early, few = in_time(pool, Repair()), in_time(pool, Repair(at_most=2))
    assert (early.status, early.schedule.makespan_s, early.cost) == ("optimal", 54, 4)
    assert (few.schedule.makespan_s, few.cost) == (59, 2)
    assert few.schedule.makespan_bound_s <= 59


def test_the_best_comes_before_an_early_end():
    """``large`` stays: two VMs leave, though one alone would be sooner."""
    guests = [
        {"name": name, "demand": {"ram_mib": ram}, "migration_s": seconds}
        for name, ram, seconds in (("large", 30, 60), ("small", 10, 3), ("mid", 20, 3))
    ]
    pool = pool_of(hosts({}, {}), guests, {"large": "h0", "small": "h0", "mid": "h0"})
    result = in_time(pool, Balance("ram_mib"))
    assert "the highest share is 30.00%, proven" in result.reason
    assert (result.status, result.schedule.makespan_s) == ("optimal", 6)


@pytest.mark.parametrize(
    ("goal", "at"), [(Consolidate(at_most=1), ("h0", "h1")), (Balance(at_most=1, even=False), ("h0", "h0"))]
)
def test_where_what_is_left_of_the_migrations_is_not_spent_another_placement_may_end_earlier(goal, at):
    """``quick`` does as well as ``slow``."""
    pool = pool_of(hosts({}, {}), vms(slow=50, quick=5), dict(zip(("slow", "quick"), at, strict=True)))
    result = in_time(pool, goal)
    assert (result.status, result.cost, result.schedule.makespan_s) == ("optimal", 1, 5)


@pytest.mark.parametrize("even", [True, False])
def test_what_is_left_of_the_migrations_evens_out_and_then_the_end_counts(even):
    pool = pool_of(hosts({}, {}, {}), vms(a=5, b=5, c=5, d=5), dict.fromkeys("abcd", "h0"))
    result = in_time(pool, Balance("ram_mib", at_most=3, even=even))
    assert result.cost <= 3
    assert result.schedule.makespan_bound_s <= result.schedule.makespan_s


@pytest.mark.parametrize(
    "goal", [Repair(), MakeRoom({"ram_mib": 90}), Consolidate(0)], ids=lambda it: it.name
)
def test_where_nothing_needs_to_move_the_end_is_at_once(goal):
    result = in_time(pool_of(hosts({}, {}), vms(a=5), {"a": "h0"}), goal)
    assert (result.status, result.schedule.makespan_s, result.cost) == ("optimal", 0, 0)


def test_what_cannot_be_is_said_as_ever():
    result = in_time(pool_of(hosts({}, {}, ram_mib=10), vms(a=5, b=5), {"a": "h0", "b": "h1"}), Drain("h0"))
    assert (result.status, result.objective) == ("infeasible", "time")


def test_shutdowns_and_provisions_of_a_target_in_part_take_their_time():
    pool = pool_of(hosts({}, {}), vms(old=5, new=5, free=5), {"old": "h0", "free": "h0"})
    pool["vms"][2]["free"] = True
    result = in_time({**pool, "target": {"new": "h1"}}, Drain("h0"))
    assert (result.status, result.schedule.makespan_s) == ("optimal", 30)


def test_with_stops_nothing_is_claimed_that_a_stop_would_refute():
    """A stop and a start take 2 s, the migration 50."""
    pool = pool_of(hosts({}, {}), vms(a=50), {"a": "h0"})
    pool["vms"][0]["offline"] = True
    pool["timing"] = {"shutdown_s": 1, "provision_s": 1}
    result = in_time(pool, Drain("h0"))
    assert result.schedule.makespan_bound_s <= 2


@pytest.mark.parametrize("pairs", [0, 6, 8])
def test_too_large_for_one_model_it_still_looks_near_the_cheapest_placement(pairs):
    """Nothing, the two VMs that move, or the hosts that they leave and come to are asked for."""
    pool = pool_of(hosts({"max_out": 2}, {}, {}), vms(a=8, b=8, c=3), {"a": "h0", "b": "h0", "c": "h1"})
    few = GoalParameters.of(f"earliest.most_pairs={pairs}")
    result = in_time(pool, Drain("h0"), parameters=few)
    assert result.schedule.makespan_s in ((8,) if pairs else (8, 16))
    assert result.schedule.makespan_bound_s == 8


def test_in_a_large_pool_other_hosts_are_freed_too_if_that_is_sooner():
    names = [f"h{n}" for n in range(12)]
    pool = pool_of(
        hosts(*({} for _ in names), ram_mib=40),
        vms(slow=50, quick=5, brisk=5) + vms(**{f"{end}{n}": 90 for n in range(2, 12) for end in "xy"}),
        {"slow": "h0", "quick": "h1", "brisk": "h1"}
        | {f"{e}{n}": f"h{n}" for n in range(2, 12) for e in "xy"},
    )
    few = GoalParameters.of("earliest.most_pairs=60")
    result = in_time(pool, Consolidate(1), parameters=few)
    assert (result.status, result.cost, result.schedule.makespan_s) == ("feasible", 2, 10)


@pytest.mark.parametrize("number", range(8))
def test_ctrl_c_at_any_event_leaves_a_plan_and_its_schedule(number):
    pool = pool_of(
        hosts({}, {}, {"accepts": True}, ram_mib=40),
        vms(slow=50, quick=5, brisk=5, stays=90, other=90),
        {"slow": "h0", "quick": "h1", "brisk": "h1", "stays": "h2", "other": "h2"},
    )
    events = []
    result = in_time(pool, Consolidate(1), on_progress=interrupting(number, events))
    assert result.interrupted == (len(events) > number)
    known = [told.makespan_s for told in events if told.makespan_s is not None]
    if known:
        assert result.schedule.makespan_s == min(known)


@pytest.mark.parametrize("number", range(8))
def test_ctrl_c_at_any_event_leaves_the_cheapest_plan_and_a_schedule_of_it(number):
    """Also while the schedule is made."""
    pool, events = pool_of(hosts({}, {}, {}), vms(a=8, b=3), {"a": "h0", "b": "h0"}), []
    listen = interrupting(number, events)
    result = reached(pool, Drain("h0"), schedule=True, on_progress=listen)
    assert result.interrupted == (len(events) > number)
    if any(told.stage == "schedule" for told in events):
        assert (result.cost, result.schedule.makespan_s) == (2, 11)


def test_an_explanation_speaks_of_costs_and_says_so():
    pool = parse_wanted(json.dumps(pool_of(hosts({}, {}), vms(a=5), {"a": "h0"})).encode())
    with pytest.raises(ValueError, match="--explain"):
        explain_goal(pool.current, Drain("h0"), deadline=Deadline(5.0), objective="time")


def test_the_plan_of_a_goal_in_time_costs_what_its_actions_cost():
    pool = pool_of(hosts({"max_out": 2}, {}, {}), vms(a=8, b=8), {"a": "h0", "b": "h0"})
    result = in_time(pool, Drain("h0"))
    state = parse_wanted(json.dumps(pool).encode()).current
    assert Plan.of(Pool(state, result.target), result.plan.actions, "time").cost == result.cost


def vm_for(name, ram, trait, seconds=10, *, movable=True):
    """Give a VM that only hosts with a trait may take."""
    return VM(
        name,
        {"ram_mib": ram},
        requires=(trait,),
        movable=movable,
        migration_s=seconds,
        copied_mib=1_000,
        free=True,
    )


def host_for(name, ram, *traits, mbps=None):
    """Give a host with such traits that lets nine VMs in and out at a time."""
    return Host(name, {"ram_mib": ram}, traits=traits, bandwidth_mbps=mbps, max_in=9, max_out=9)


def to_be_drained(traits_of_c):
    """Give a cluster where B is to be drained of x, and y2 and z2 change places: over B, or over a slow host.

    Where x may go to C, that needs y out of it, and y goes over B. On K are four small VMs in its way.
    """
    hosts = [
        host_for("B", 8, "tx", "t1", "t2"),
        host_for("C", 10, *traits_of_c),
        host_for("D", 10, "t1"),
        host_for("C2", 10, "t2"),
        host_for("D2", 10, "t2"),
        host_for("F2", 4, "t2", mbps=10),
        host_for("K", 4, "tx", "u1", "u2", "u3", "u4"),
        *(host_for(f"L{number}", 1, f"u{number}") for number in range(1, 5)),
    ]
    vms = [
        vm_for("x", 4, "tx"),
        vm_for("y", 6, "t1", 1_000),
        vm_for("pc", 2, "t1", movable=False),
        vm_for("z", 4, "t1"),
        vm_for("pd", 4, "t1", movable=False),
        vm_for("y2", 6, "t2"),
        vm_for("pc2", 2, "t2", movable=False),
        vm_for("z2", 4, "t2", None),
        vm_for("pd2", 4, "t2", movable=False),
        *(vm_for(f"k{number}", 1, f"u{number}") for number in range(1, 5)),
    ]
    at = {
        "x": "B",
        "y": "C",
        "pc": "C",
        "z": "D",
        "pd": "D",
        "y2": "C2",
        "pc2": "C2",
        "z2": "D2",
        "pd2": "D2",
    }
    return PoolState(hosts, vms, at | {f"k{number}": "K" for number in range(1, 5)})


def drained_of_x(traits_of_c):
    """Drain B as early as can be; y2 and z2 change places."""
    target = {"y2": "D2", "z2": "C2"}
    options = {"target": target, "objective": "time", "time_limit_s": 20.0, "workers": 1}
    return reach(to_be_drained(traits_of_c), Drain("B"), **options)


def test_what_one_plan_may_pass_over_is_open_to_the_plans_to_all_placements():
    """The cheapest passes over B; what a plan that does not takes at least bounds no other."""
    result = drained_of_x(["tx", "t1"])
    assert result.schedule.makespan_s == result.schedule.makespan_bound_s == 34
    assert result.reason == "proven: no plan to any placement that meets the goal ends before 34 s"


def test_the_reason_says_of_which_plans_the_bound_is():
    result = drained_of_x(["t1"])
    assert "over no host that is being emptied, ends before" in result.reason


def test_a_placement_whose_plan_takes_more_migrations_than_are_allowed_is_left():
    """A is emptied at once but slowly; B quickly, by four migrations where three are allowed."""
    hosts = [host_for("A", 4, "big"), host_for("E", 4, "big"), host_for("B", 4, "small")]
    hosts += [host_for(name, 5, "small") for name in ("C", "D")]
    vms = [
        vm_for("s", 2, "big", 1_000),
        vm_for("e", 1, "big", movable=False),
        vm_for("x", 2, "small"),
        vm_for("y", 3, "small"),
        vm_for("pc", 1, "small", movable=False),
        vm_for("z", 2, "small"),
        vm_for("pd", 2, "small", movable=False),
    ]
    at = {"s": "A", "e": "E", "x": "B", "y": "C", "pc": "C", "z": "D", "pd": "D"}
    goal = Consolidate(free=1, at_most=3)
    result = reach(PoolState(hosts, vms, at), goal, objective="time", time_limit_s=20.0, workers=1)
    assert sum(isinstance(action, Migration) for action in result.plan.actions) <= 3
