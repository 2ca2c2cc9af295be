"""A pool with all rules declared and none of them in the way: what rules cost when they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models import VM, Host, Pool, PoolState

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED_MIB = 64
PLENTY = 10_000
"""Of a resource that never runs short."""


def with_slack_rules(pool: Pool) -> Pool:
    """Declare every rule on a pool of RAM alone, so that its plans stay what they are.

    The groups kept apart have members whose hosts, before and after, are all different: without a detour
    they cannot meet.
    """
    hosts, vms = [_host(host) for host in pool.hosts], [_vm(n, vm) for n, vm in enumerate(pool.vms)]
    groups = list(_groups(pool))
    state = PoolState(hosts, vms, pool.current.placement, anti_affinity=groups)
    return Pool(state, state.placed(pool.target.placement))


def _host(host: Host) -> Host:
    return replace(
        host,
        arch="x86_64",
        capacity={"ram_mib": host.capacity["ram_mib"] + RESERVED_MIB, "vcpus": PLENTY, "disk_gib": PLENTY},
        reserved={"ram_mib": RESERVED_MIB},
        overcommit={"vcpus": 2.5},
        traits=("avx2", "ssd"),
        version=8,
        accepts=True,
        labels={"rack": "A"},
    )


def _vm(number: int, vm: VM) -> VM:
    return replace(
        vm,
        arch="i386" if number % 2 else "x86_64",
        demand={**vm.demand, "vcpus": 2, "disk_gib": 20},
        requires=("avx2",) if number % 3 else ("avx2", "ssd"),
        movable=True,
        detours=True,
        cost=vm.ram_mib,
        labels={"role": "web"},
    )


def _groups(pool: Pool) -> Iterator[tuple[str, str, str]]:
    """Take threes of VMs in pool order as long as all their hosts differ: about one VM in five."""
    here, there = pool.current.placement, pool.target.placement
    names = [vm.name for vm in pool.vms]
    for first in range(0, len(names) - 2, 15):
        one, two, three = names[first : first + 3]
        hosts = [{here[name], there[name]} for name in (one, two, three)]
        if sum(map(len, hosts)) == len(set().union(*hosts)):
            yield one, two, three
