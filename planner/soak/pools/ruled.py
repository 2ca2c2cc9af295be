"""Pools with every rule at once but the one on what NICs carry, planted by a walk that keeps them all.

RAM that hosts reserve some of, vCPUs that they overcommit, disk; architectures, traits, one-way versions,
a cordoned host, pinned VMs, VMs that make no detours, VMs that may be stopped, groups kept apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models import VM, Host, PoolState
from planner.soak.pools.packing import packed
from planner.soak.pools.walk import Walk, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

TRAITS = ("avx2", "gpu", "ssd")
WALK = 40
"""Migrations drawn for each VM."""


def ruled(rng: Generator, num_hosts: int = 8, load: float = 0.75) -> Walk:
    """Plant a pool; at 8 hosts it has about 40 VMs.

    Parameters
    ----------
    load
        Share of the RAM that VMs can use, 0 to 1, that is taken.
    """
    hosts = [_host(rng, number) for number in range(1, num_hosts + 1)]
    vms, placement = packed(rng, hosts, load, _demand, guest=_vm)
    groups = _groups(rng, [vm.name for vm in vms], placement)
    state = PoolState(_cordoned(rng, hosts), vms, placement, anti_affinity=groups)
    return walk(rng, state, WALK * len(vms), once={vm.name for vm in vms if not vm.detours})


def _host(rng: Generator, number: int) -> Host:
    # The first host runs whatever can be drawn.
    traits = rng.choice(TRAITS, size=int(rng.integers(1, 4)), replace=False) if number > 1 else TRAITS
    return Host(
        f"h{number}",
        {"ram_mib": int(rng.choice([8192, 16384])), "vcpus": int(rng.choice([8, 16])), "disk_gib": 500},
        arch="x86_64" if number == 1 or rng.random() < 2 / 3 else "i386",
        reserved={"ram_mib": 512},
        overcommit={"vcpus": 2.0},
        traits=tuple(map(str, traits)),
        version=int(rng.choice([7, 7, 8])),
        labels={"rack": "AB"[number % 2]},
    )


def _demand(rng: Generator) -> dict[str, int]:
    return {
        "ram_mib": int(rng.choice([512, 1024, 2048, 4096])),
        "vcpus": int(rng.choice([1, 2, 4])),
        "disk_gib": int(rng.choice([10, 40])),
    }


def _vm(rng: Generator, name: str, demand: dict[str, int]) -> VM:
    return VM(
        name,
        demand,
        arch=str(rng.choice(["x86_64", "i386"])),
        requires=(str(rng.choice(TRAITS)),) if rng.random() < 1 / 3 else (),
        movable=bool(rng.random() < 0.9),
        detours=bool(rng.random() < 0.9),
        offline=bool(rng.random() < 0.1),
    )


def _cordoned(rng: Generator, hosts: Sequence[Host]) -> list[Host]:
    """Cordon one host, which VMs may leave but not enter, in half of the pools."""
    one = int(rng.integers(2 * len(hosts)))
    return [replace(host, accepts=number != one) for number, host in enumerate(hosts)]


def _groups(rng: Generator, names: Sequence[str], placement: dict[str, str]) -> list[list[str]]:
    """Draw disjoint threes of VMs that are apart to begin with."""
    groups: list[list[str]] = []
    taken: set[str] = set()
    for _ in range(len(names) // 5):
        group = [str(name) for name in rng.choice(names, size=min(3, len(names)), replace=False)]
        if taken.isdisjoint(group) and len({placement[name] for name in group}) == len(group):
            groups.append(group)
            taken.update(group)
    return groups
