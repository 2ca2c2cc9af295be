"""The bound host by host: never above what the cheapest plan costs, and mostly as much."""

from __future__ import annotations

import json

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heuristics.deadline import Deadline
from models.reading import parse_wanted
from planner import Balance, Consolidate, Drain, MakeRoom
from planner.goals.by_host import bound_by_hosts
from planner.goals.choice import Choice
from planner.goals.parameters import DEFAULT, GoalParameters
from tests.goal_oracle import open_pool, reachable
from tests.oracle import within_reach
from tests.planner.goals.packing import packed
from tests.strategies import RULES, random_pools


def choice_of(pool, objective="moves", parameters=DEFAULT):
    """Give what there is to choose from."""
    return Choice(parse_wanted(json.dumps(pool).encode()), objective, parameters)


def goals_of(pool, data):
    """Draw a goal of each sort."""
    resources = sorted({resource for vm in pool["vms"] for resource in vm["demand"]})
    assume(resources and len(pool["hosts"]) > 1)
    yield Drain(data.draw(st.sampled_from(sorted(set(pool["current"].values())))))
    yield Consolidate(1)
    yield Balance(within=data.draw(st.sampled_from([0.1, 0.3])))
    yield MakeRoom({resources[0]: data.draw(st.integers(1, 8))}, count=data.draw(st.integers(1, 2)))


@settings(max_examples=60)
@given(
    random_pools(RULES - {"provisions", "shutdowns"}, max_hosts=4, max_vms=5),
    st.sampled_from(["moves", "ram", "custom"]),
    st.data(),
)
def test_it_is_never_above_the_cheapest_plan(drawn, objective, data):
    pool = open_pool(drawn)
    with within_reach():
        costs = reachable(pool, objective)
    choice = choice_of(pool, objective)
    names = [vm["name"] for vm in pool["vms"]]
    for goal in goals_of(pool, data):
        bound = bound_by_hosts(choice, goal, Deadline(10.0))
        for key, cost in costs.items():
            after = choice.wanted.current.placed(dict(zip(names, key, strict=True)))
            if not list(goal.judge(choice.state, after)):
                assert bound <= cost, goal.words()


def test_it_sees_what_must_make_room():
    choice, goal = choice_of(packed()), Drain("h0")
    assert goal.bound(choice) == 2
    assert bound_by_hosts(choice, goal, Deadline(10.0)) == 4


def test_with_more_kinds_than_it_is_told_to_look_at_it_says_nothing():
    choice = choice_of(packed(), parameters=GoalParameters.of("prices.most_kinds=0"))
    assert bound_by_hosts(choice, Drain("h0"), Deadline(10.0)) == 0


def test_costs_too_large_for_64_bits_are_left_to_others():
    """The cost of one migration goes to 2^53 - 1: sums of prices beyond it would wrap around."""
    pool = packed()
    for vm in pool["vms"]:
        vm["cost"] = 2**49
    choice = choice_of(pool, "custom")
    assert bound_by_hosts(choice, Drain("h0"), Deadline(10.0)) <= 4 * 2**49


def test_amounts_too_fine_for_the_grid_weaken_it_and_keep_it_a_bound():
    pool = packed()
    for thing in [*pool["hosts"], *pool["vms"]]:
        sizes = thing.get("capacity") or thing["demand"]
        sizes["ram_mib"] = sizes["ram_mib"] * 1_000_003 + (1 if "capacity" in thing else 0)
    pool["vms"][0]["demand"]["ram_mib"] -= 7
    bound = bound_by_hosts(choice_of(pool), Drain("h0"), Deadline(10.0))
    assert 2 <= bound <= 4


def test_what_many_newcomers_are_worth_together_stays_within_64_bits():
    """Three hosts with room for 100,000 and more as they are, and VMs that are dear to move: nobody need."""
    hosts = [{"name": f"h{n}", "capacity": {"ram_mib": 2**20}} for n in range(3)]
    vms = [{"name": f"v{n}", "demand": {"ram_mib": 2**19}, "cost": 10**10} for n in range(3)]
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms}
    pool["current"] = {f"v{n}": f"h{n}" for n in range(3)}
    choice = choice_of(pool, "custom")
    for count in (1, 10_000, 100_000, 1_000_000):
        assert bound_by_hosts(choice, MakeRoom({"ram_mib": 1}, count=count), Deadline(5.0)) == 0
