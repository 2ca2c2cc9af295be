"""VMs that end and VMs that begin: shutdowns, which come first, and provisions, which come last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import VM, Pool, PoolState
from planner.soak.pools.packing import packed, plain_hosts, ram_draw
from planner.soak.pools.walk import walk

if TYPE_CHECKING:
    from numpy.random import Generator


def life(rng: Generator, num_hosts: int) -> Pool:
    """Draw a pool whose plan is a walk between them."""
    hosts = plain_hosts(num_hosts)
    vms, placement = packed(rng, hosts, 0.9, ram_draw)
    here = PoolState(hosts, vms, placement)
    stay = {vm.name for vm in vms if rng.random() < 0.85}
    kept = here.placed({name: host for name, host in placement.items() if name in stay})
    there = dict(walk(rng, kept, 10 * len(vms)).pool.target.placement)
    born = [VM(f"new{n}", ram_draw(rng)) for n in range(1, num_hosts + 1)]
    everyone = PoolState(hosts, (*vms, *born), placement)
    ledger = everyone.placed(there).ledger()
    for vm in born:
        host = hosts[int(rng.integers(num_hosts))].name
        if not ledger.refusals(vm.name, None, host, host):
            ledger.put(vm.name, host)
            there[vm.name] = host
    alive = [vm for vm in everyone.vms if vm.name in placement or vm.name in there]
    state = PoolState(hosts, alive, placement)
    return Pool(state, state.placed(there))
