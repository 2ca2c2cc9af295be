"""What is said where a wish cannot be met: how well it can be, and that this can be asked for."""

from __future__ import annotations

import re
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heuristics.protocol import Found
from planner import Balance, GoalParameters, Status
from tests import slow_replay
from tests.goal_oracle import open_pool, reachable
from tests.oracle import TooManyStates
from tests.planner.goals.reaching import reached
from tests.strategies import RULES, random_pools

OPEN = RULES - {"provisions", "shutdowns"}


def three(*sizes, capacity=10):
    """Three hosts of 10, all VMs of these sizes on the first ones with room."""
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": capacity}} for number in range(3)]
    vms = [{"name": f"v{number}", "demand": {"ram_mib": size}} for number, size in enumerate(sizes)]
    left, current = [capacity] * 3, {}
    for vm in vms:
        host = next(host for host in range(3) if left[host] >= vm["demand"]["ram_mib"])
        left[host] -= vm["demand"]["ram_mib"]
        current[vm["name"]] = f"h{host}"
    return {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current}


def test_how_near_the_pool_all_shares_can_be():
    """12 of 30 in three VMs of 4 would be even; of 5, 4 and 3 a host is 10% off at best."""
    result = reached(three(5, 4, 3), Balance(within=0.05))
    assert result.status is Status.INFEASIBLE
    assert result.reason == (
        "no plan exists: no placement meets the goal; "
        "within 0.1 of the pool's can be reached, proven the best that can be"
    )
    assert reached(three(5, 4, 3), Balance(within=0.1)).status is Status.OPTIMAL


def test_what_is_told_can_be_asked_for():
    """A third is rounded up."""
    pool = three(2, 1, 1, capacity=3)
    told = reached(pool, Balance(within=0.01)).reason
    assert "within 0.2223 of the pool's can be reached, proven the best that can be" in told
    assert reached(pool, Balance(within=0.2223)).status is Status.OPTIMAL
    assert reached(pool, Balance(within=0.2222)).status is Status.INFEASIBLE


def test_that_no_plan_leads_to_one_of_the_best_does_not_say_so_of_all():
    """Two of h1 and d might change hosts, which none can begin; to move z alone is as near."""
    pool = three(3, 5, 4, capacity=8)
    pool["vms"] += [{"name": "b", "demand": {"ram_mib": 3}}, {"name": "z", "demand": {"ram_mib": 0}}]
    pool["current"] |= {"b": "h0", "z": "h0"}
    names = [vm["name"] for vm in pool["vms"]]
    pool["rules"] = {"anti_affinity": [names[:2], [*names[2:3], "b", "z"]]}
    result = reached(pool, Balance(within="0.05"))
    assert result.reason == (
        "no plan exists: no placement meets the goal; "
        "within 0.125 of the pool's can be reached, proven the best that can be"
    )


def test_how_near_with_so_many_migrations():
    """Two are needed; with one, 7 stay on a host that should have 4."""
    result = reached(three(4, 4, 4, capacity=12), Balance(within=0.05, at_most=1))
    assert result.reason == (
        "no plan exists: it takes 2 migrations at least, 1 is allowed; "
        "within 0.3334 of the pool's can be reached, proven the best that can be"
    )


def test_a_host_whose_load_rises_in_steps_is_named():
    """Eight of 30 in steps of 4: a host holds 0 or 4 where 2.67 would be even."""
    result = reached(three(4, 4), Balance(within=0.1))
    assert result.reason == (
        "no plan exists: what VMs take is a multiple of 4 MiB RAM, "
        "so h0 cannot be nearer to the pool's share than 0.1333; "
        "within 0.2667 of the pool's can be reached, proven the best that can be"
    )


def test_where_there_is_a_way_nothing_is_said():
    assert "within" not in reached(three(4, 4, 4), Balance(within=0.05)).reason


class FindsNothing:
    """A path finder without luck."""

    name = "nothing"

    def find(self, problem, deadline, seed=0, trace=None):
        """Find no plan."""
        return Found(None)


def test_placements_to_which_no_plan_was_found_are_not_refuted_when_they_are_asked_for_again():
    """The wish can be met, so the search goes on from a placement that does: those put by are put by yet."""
    searched_by_nobody = GoalParameters.of("every.tiny=0", "every.most_placements=1")
    options = {"method": FindsNothing(), "parameters": searched_by_nobody}
    result = reached(three(4, 4, 4, capacity=12), Balance(within=0.05), **options)
    assert result.status is Status.NO_PLAN_FOUND, result.reason
    assert result.bound == 2


@settings(max_examples=30)
@given(random_pools(OPEN, max_hosts=3, max_vms=5), st.sampled_from(["0", "0.05", "0.2"]))
def test_nothing_nearer_than_what_is_proven_can_be_reached(drawn, within):
    pool = open_pool(drawn)
    resources = sorted({resource for vm in pool["vms"] for resource in vm["demand"]})
    assume(resources)
    result = reached(pool, Balance(within=Fraction(within)))
    found = re.search(r"within ([\d.]+) of the pool's (.*), (proven)?", result.reason)
    assume(found is not None)
    try:
        names = [vm["name"] for vm in pool["vms"]]
        best = min(distance(pool, dict(zip(names, key, strict=True)), resources) for key in reachable(pool))
    except (TooManyStates, ValueError):
        assume(False)
    assert Fraction(found[1]) + Fraction(1, 10**4) > best or "no plan" in found[2]
    if found[2] == "can be reached" and found[3]:
        assert best <= Fraction(found[1]) < best + Fraction(1, 10**4)


def distance(pool, at, resources):
    """Give how far the share that is furthest from the pool's is from it."""
    hosts = [host for host in pool["hosts"] if host.get("accepts", True)]
    furthest = Fraction(0)
    for resource in resources:
        usable = {host["name"]: slow_replay.usable(host, resource) for host in hosts}
        load = sum(slow_replay.load(pool, pool["current"], name, resource) for name in usable)
        whole = sum(usable.values())
        for name, most in usable.items():
            if most:
                share = Fraction(slow_replay.load(pool, at, name, resource), most)
                furthest = max(furthest, abs(share - Fraction(load, whole)))
    return furthest
