"""Three resources at once: RAM, vCPUs with over-commitment, and network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import Host, PoolState
from planner.soak.pools.packing import packed
from planner.soak.pools.walk import Walk, walk

if TYPE_CHECKING:
    from numpy.random import Generator


def resources(rng: Generator, num_hosts: int) -> Walk:
    """Plant a pool in which no VM is large in all resources."""
    hosts = [
        Host(
            f"h{n}",
            {"ram_mib": int(rng.choice([1000, 2000])), "vcpus": 8, "net_mbit": 1000},
            reserved={"ram_mib": 50},
            overcommit={"vcpus": 2.5},
        )
        for n in range(1, num_hosts + 1)
    ]
    vms, placement = packed(rng, hosts, 0.65, _demand)
    return walk(rng, PoolState(hosts, vms, placement), 30 * len(vms))


def _demand(rng: Generator) -> dict[str, int]:
    return {
        "ram_mib": int(rng.integers(50, 500)),
        "vcpus": int(rng.integers(1, 9)),
        "net_mbit": int(rng.integers(0, 300)),
    }
