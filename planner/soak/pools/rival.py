"""Small pools in which room is scarce: the ones on which a live rival's planner was measured.

6 hosts of 128 GiB, VMs of 4 to 48 GiB, and a share of the VMs that walks until the placement is another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import VM, Host, PoolState
from planner.soak.pools.walk import Walk, walk

if TYPE_CHECKING:
    from numpy.random import Generator

GIB = 1024
NUM_HOSTS = 6
CAPACITY_GIB = 128
SIZES_GIB = (4, 8, 16, 24, 32, 48)

MISSES = 60
"""Draws that do not fit before a pool is full enough."""

TRIES = 20_000
"""Migrations drawn; at 95% load few of them fit."""


def rival(rng: Generator, load: float, share: float) -> Walk:
    """Plant a pool.

    Parameters
    ----------
    load
        Share of all RAM that is taken, 0 to 1; at 0.95 a little less may be reached.
    share
        Share of the VMs that may walk, 0 to 1; two walk at least.
    """
    hosts = [Host(f"h{number}", {"ram_mib": CAPACITY_GIB * GIB}) for number in range(1, NUM_HOSTS + 1)]
    vms, placement = _filled(rng, hosts, load)
    names = [vm.name for vm in vms]
    walkers = rng.choice(names, size=min(len(names), max(2, int(share * len(names)))), replace=False)
    return walk(rng, PoolState(hosts, vms, placement), TRIES, among=[str(name) for name in walkers])


def _filled(rng: Generator, hosts: list[Host], load: float) -> tuple[list[VM], dict[str, str]]:
    vms: list[VM] = []
    placement: dict[str, str] = {}
    free = [CAPACITY_GIB] * len(hosts)
    left, misses = load * CAPACITY_GIB * len(hosts), 0
    while left > 0 and misses < MISSES:
        size, host = int(rng.choice(SIZES_GIB)), int(rng.integers(len(hosts)))
        # The smallest size may go over the mark, so that the load is not always short of it.
        if size > free[host] or size > left + min(SIZES_GIB):
            misses += 1
            continue
        vms.append(VM(f"vm{len(vms) + 1}", {"ram_mib": size * GIB}))
        placement[vms[-1].name] = hosts[host].name
        free[host] -= size
        left -= size
    return vms, placement
