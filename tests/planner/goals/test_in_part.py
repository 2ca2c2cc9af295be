"""Goals beside a target given in part, which shuts VMs down and provisions others."""

from __future__ import annotations

from planner import Balance, Consolidate, Status
from tests.planner.goals.reaching import reached


def three(sizes, current, target):
    """Give three hosts of 10, ``a``, ``b`` and ``c``; who has no target is free, but ``old``."""
    vms = [
        {"name": name, "demand": {"ram_mib": size}, "free": name not in ("old", *target)}
        for name, size in sizes.items()
    ]
    hosts = [{"name": name, "capacity": {"ram_mib": 10}} for name in "abc"]
    return {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current, "target": target}


def test_a_host_that_a_shutdown_empties_counts_as_freed():
    """6 and 5 fit on no host together; ``b`` is empty once ``old`` is shut down, and was not before."""
    pool = three({"x": 6, "old": 5, "z": 5}, {"x": "a", "old": "b", "z": "c"}, {})
    for goal in (Consolidate(1), Consolidate(1, at_most=0), Consolidate()):
        result = reached(pool, goal)
        assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 0, 0), result.reason
    assert reached(pool, Consolidate(2)).status is Status.INFEASIBLE
    assert "1 host more is empty" in reached(pool, Consolidate()).reason


def test_a_host_that_a_provision_fills_is_made_up_for():
    """``b`` is empty now: for one more ``x`` and ``z`` must both leave, to where ``new`` comes."""
    pool = three({"x": 2, "z": 2, "new": 2}, {"x": "a", "z": "c"}, {"new": "b"})
    result = reached(pool, Consolidate(1))
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 2, 2)
    assert set(result.target.placement.values()) == {"b"}
    assert reached(pool, Consolidate(1, at_most=1)).status is Status.INFEASIBLE
    assert reached(pool, Consolidate(0)).cost == 1


def test_where_a_provision_fills_a_host_the_best_may_be_fewer():
    pool = three({"x": 6, "z": 6, "new": 6}, {"x": "a", "z": "c"}, {"new": "b"})
    result = reached(pool, Consolidate())
    assert (result.status, result.cost) == (Status.OPTIMAL, 0)
    assert "1 host fewer is empty" in result.reason
    refused = reached(pool, Consolidate(0))
    assert refused.status is Status.INFEASIBLE
    assert "at best 1 host fewer is empty" in refused.reason


def test_the_share_of_the_pool_is_that_of_who_runs_in_the_end():
    """Once ``old`` is shut down the pool is at 30%, ``a`` at 60%."""
    pool = three({"x": 3, "y": 3, "old": 10}, {"x": "a", "y": "a", "old": "b"}, {})
    pool["hosts"].pop()
    assert reached(pool, Balance(within=0.1)).cost == 1


def test_what_only_who_is_shut_down_takes_is_balanced_once_it_is_gone():
    pool = three({"x": 3, "old": 3}, {"x": "a", "old": "b"}, {})
    pool["vms"][1]["demand"]["gpu"] = 1
    for host in pool["hosts"]:
        host["capacity"]["gpu"] = 2
    for goal in (Balance("gpu"), Balance("gpu", at_most=1), Balance("gpu", within=0.1)):
        result = reached(pool, goal)
        assert (result.status, result.cost) == (Status.OPTIMAL, 0), result.reason
