"""The origin's own random pools, drawn as his program drew them, so that his seconds may be set beside ours.

Hosts of 4096 MiB of which 280 are reserved, each filled with VMs of 128 to 4096 MiB until a draw does not
fit; then 100 migrations, each of a random VM to a random one of the hosts that have room for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import VM, Host, Migration, Pool, PoolState
from planner.soak.pools.walk import Walk

if TYPE_CHECKING:
    from numpy.random import Generator

CAPACITY_MIB = 4096
RESERVED_MIB = 280
SMALLEST_MIB = 128
MIGRATIONS = 100


def origin(rng: Generator, num_hosts: int) -> Walk:
    """Plant a pool; fewer than 100 VMs end elsewhere, since some are drawn twice and some find no room."""
    room = {"ram_mib": CAPACITY_MIB}
    hosts = [Host(f"h{n}", room, reserved={"ram_mib": RESERVED_MIB}) for n in range(1, num_hosts + 1)]
    vms: list[VM] = []
    placement: dict[str, str] = {}
    for host in hosts:
        free = host.usable("ram_mib")
        while (draw := int(rng.integers(SMALLEST_MIB, CAPACITY_MIB + 1))) <= free:
            free -= draw
            vms.append(VM(f"vm{len(vms) + 1}", {"ram_mib": draw}))
            placement[vms[-1].name] = host.name
    return _shuffled(rng, PoolState(hosts, vms, placement))


def _shuffled(rng: Generator, start: PoolState) -> Walk:
    ledger, placement = start.ledger(), dict(start.placement)
    names, hosts = list(placement), [host.name for host in start.hosts]
    steps: list[Migration] = []
    for _ in range(MIGRATIONS if names else 0):
        vm = names[int(rng.integers(len(names)))]
        source = placement[vm]
        fitting = [h for h in hosts if h != source and not ledger.refusals(vm, source, h, h)]
        if fitting:
            host = fitting[int(rng.integers(len(fitting)))]
            ledger.take(vm, source)
            ledger.put(vm, host)
            placement[vm] = host
            steps.append(Migration(vm, source, host))
    return Walk(Pool(start, start.placed(placement)), tuple(steps))
