"""Many small knots in one pool: racks that exchange VMs within themselves alone, each full to the brim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from models import VM, Host, Pool, PoolState
from planner.soak.pools.rival import rival

if TYPE_CHECKING:
    from numpy.random import Generator


def knots(rng: Generator, count: int, load: float) -> Pool:
    """Draw small pools and put them side by side; VMs may step aside to any host of them all.

    Parameters
    ----------
    count
        How many small pools, of 6 hosts and about 40 VMs each.
    load
        Share of all RAM that is taken, 0 to 1.
    """
    hosts: list[Host] = []
    vms: list[VM] = []
    here: dict[str, str] = {}
    there: dict[str, str] = {}
    for number in range(1, count + 1):
        small = rival(rng, load, 1.0).pool
        rack = f"r{number}-"
        hosts += [msgspec.structs.replace(host, name=rack + host.name) for host in small.hosts]
        vms += [msgspec.structs.replace(vm, name=rack + vm.name) for vm in small.vms]
        here |= {rack + vm: rack + host for vm, host in small.current.placement.items()}
        there |= {rack + vm: rack + host for vm, host in small.target.placement.items()}
    current = PoolState(hosts, vms, here)
    return Pool(current, current.placed(there))
