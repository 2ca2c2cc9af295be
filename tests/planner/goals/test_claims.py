"""What is claimed of goals where the first way of looking comes to nothing: not too much, nor too little."""

from __future__ import annotations

from fractions import Fraction

import pytest

from heuristics import Deadline
from planner import Balance, Consolidate, GoalParameters, Status
from planner.goals import best_reached
from planner.goals.drain import Drain
from planner.goals.goal import Measure
from planner.goals.parameters import EveryPlacement
from tests.planner.goals.reaching import reached


def pool_of(hosts, vms, current, **more):
    """Give a pool file as the tests of goals read it."""
    return {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current, **more}


def host_of(name, **capacity):
    return {"name": name, "capacity": capacity}


def vm_of(name, demand, **fields):
    return {"name": name, "demand": demand, **fields}


def with_a_broken_pair():
    """A large pool that breaks a rule: two VMs that are to be apart are together."""
    hosts = [host_of(f"h{number}", ram_mib=8) for number in range(55)]
    vms = [vm_of(f"v{number}", {"ram_mib": 1}) for number in range(60)]
    current = {f"v{number}": f"h{number % 55}" for number in range(60)}
    return pool_of(hosts, vms, current, rules={"anti_affinity": [["v0", "v55"]]})


def test_a_pool_that_breaks_a_rule_is_still_consolidated():
    """Not all that could be emptied need be; but it was called optimal with none."""
    late = Deadline(120.0)  # nobody proves the fewest migrations: it ends with the first plan
    result = reached(
        with_a_broken_pair(),
        Consolidate(),
        deadline=late,
        on_progress=lambda now: now.cost is not None and late.stop(),
    )
    assert result.status is Status.FEASIBLE or result.reason.startswith("47 hosts more are empty")
    assert len(set(result.target.placement.values())) < 20


def test_what_is_balanced_is_not_called_impossible():
    """Nothing better can be reached, and not all placements were looked at: it stays as it is."""
    hosts = [
        host_of("a", ram_mib=12, cpu=10),
        host_of("b", ram_mib=10, cpu=10),
        host_of("c", ram_mib=5, cpu=10),
    ]
    vms = [
        vm_of("x", {"ram_mib": 6, "cpu": 1}),
        vm_of("y", {"ram_mib": 6, "cpu": 5}),
        vm_of("p", {"ram_mib": 3, "cpu": 5}, movable=False),
        *(vm_of(f"nothing{number}", {}) for number in range(3)),
    ]
    current = {"x": "b", "y": "a", "p": "a", **{f"nothing{number}": "a" for number in range(3)}}
    few = GoalParameters(every=EveryPlacement(most_placements=10))
    for at_most in (None, 2):
        result = reached(pool_of(hosts, vms, current), Balance(at_most=at_most, even=False), parameters=few)
        assert result.status in (Status.OPTIMAL, Status.FEASIBLE)
        assert result.cost == 0


@pytest.mark.parametrize("objective", ["moves", "time"])
def test_a_cheaper_placement_that_is_better_too_is_told_as_it_is(monkeypatch, objective):
    """Time was up when all that was known was to spread out; to stay costs nothing, and is better."""
    spread = Measure(Fraction(1), Fraction(0), "1 host fewer is empty", "0 hosts more are empty")
    monkeypatch.setattr(best_reached, "best_placement", lambda *_: ([0, 1], spread))
    vms = [vm_of("a", {"ram_mib": 6}), vm_of("b", {"ram_mib": 2})]
    pool = pool_of([host_of(name, ram_mib=8) for name in "hij"], vms, {"a": "h", "b": "h"})
    result = reached(pool, Consolidate(), objective=objective)
    assert (result.status, result.cost) == (Status.OPTIMAL, 0)
    assert result.reason.startswith("0 hosts more are empty, proven the best that can be")
    assert result.goal.found == "0 hosts more are empty"


def test_a_stop_and_its_start_cost_once_where_all_placements_are_searched():
    """As few as 921: the bound once was 1,001."""
    hosts = [host_of(name, ram_mib=size) for name, size in zip("abcd", (4, 4, 4, 1), strict=True)]
    vms = [
        vm_of("x", {"ram_mib": 4}, cost=1),
        vm_of("y", {"ram_mib": 3}, cost=10, offline=True),
        vm_of("z", {"ram_mib": 1}, cost=0, free=True),
        vm_of("s", {}, cost=90, movable=False, offline=True),
    ]
    pool = pool_of(
        hosts, vms, {"x": "a", "y": "b", "z": "c", "s": "a"}, target={"x": "b", "y": "a", "s": "c"}
    )
    result = reached(pool, Consolidate(0, at_most=4), objective="custom")
    assert result.bound <= 921
    assert result.cost == 921


def test_a_stop_counts_as_one_where_its_migrations_would_be_cheaper():
    """Two migrations by way of b cost less than a stop, and are one more than is allowed."""
    hosts = [
        {**host_of("a", ram_mib=4), "version": 2},
        host_of("b", ram_mib=4),
        {**host_of("c", ram_mib=4), "version": 1},
    ]
    vms = [vm_of("v", {"ram_mib": 3}, offline=True), vm_of("w", {"ram_mib": 3})]
    pool = pool_of(hosts, vms, {"v": "a", "w": "b"}, rules={"offline_cost_factor": 3})
    assert reached(pool, Drain("a", at_most=1)).cost == 3


def test_evening_out_never_lifts_the_highest_share():
    """By a millionth of a millionth either: amounts may be bytes."""
    much = 10**12
    hosts = [host_of(f"h{number}", ram_mib=much) for number in range(3)]
    half = much // 2
    vms = [
        vm_of(f"p{number}", {"ram_mib": half - less}, movable=False)
        for number, less in enumerate((0, 5, 100))
    ]
    vms += [vm_of(f"t{number}", {"ram_mib": 10}) for number in range(6)]
    current = {f"p{number}": f"h{number}" for number in range(3)} | {
        f"t{number}": "h2" for number in range(6)
    }
    for each in vms:
        each["migration_s"] = 1
    assert reached(pool_of(hosts, vms, current), Balance(at_most=1)).status is Status.OPTIMAL
