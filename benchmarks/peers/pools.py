"""Clusters like those of real life: two resources, and VMs of a dozen sizes, drawn from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models import VM, Host, PoolState
from models.reading import read_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VCPUS, RAM_MIB = 88, 360_448
"""Of each host."""

SIZES = (1, 2, 4, 8, 16, 32, 64)
WEIGHTS = (2, 8, 45, 8, 20, 8, 9)
"""vCPUs of a VM, and how often each is drawn; half of them take 2 GiB a vCPU, half 4."""

MISSES = 200
"""Draws in a row that find no room after which a cluster counts as full."""

TRIES = 12
"""Hosts that a VM is tried on, at random."""


def cluster(num_hosts: int, load: float, seed: int = 0) -> PoolState:
    """Draw a cluster whose VMs take so much of all vCPUs, or as near as it comes."""
    rng = np.random.default_rng(seed)
    names = [f"h{number}" for number in range(num_hosts)]
    free = np.tile(np.array([VCPUS, RAM_MIB]), (num_hosts, 1))
    vms: list[VM] = []
    placement: dict[str, str] = {}
    wanted, misses = load * VCPUS * num_hosts, 0
    chances = np.array(WEIGHTS) / sum(WEIGHTS)
    while wanted > 0 and misses < MISSES:
        vcpus = int(rng.choice(SIZES, p=chances))
        amounts = np.array([vcpus, vcpus * 1024 * int(rng.choice((2, 4)))])
        roomy = [host for host in rng.integers(num_hosts, size=TRIES) if (free[host] >= amounts).all()]
        misses = 0 if roomy else misses + 1
        if roomy:
            free[roomy[0]] -= amounts
            vms.append(VM(f"vm{len(vms)}", {"vcpus": vcpus, "ram_mib": int(amounts[1])}))
            placement[vms[-1].name] = names[roomy[0]]
            wanted -= vcpus
    hosts = [Host(name, {"vcpus": VCPUS, "ram_mib": RAM_MIB}) for name in names]
    return PoolState(hosts, vms, placement)


def files(folder: Path) -> Iterator[tuple[str, PoolState]]:
    """Give the current placements of the pool files of a folder."""
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.json.gz")]):
        yield path.name.split(".json")[0], read_state(path)
