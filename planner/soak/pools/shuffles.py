"""Full shuffles: two packings of the same VMs that know nothing of each other, so that nearly all move.

Not planted: at 95% load and few hosts a plan need not exist, though no pool without one has been met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models import VM, Host, Pool, PoolState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

CAPACITY_MIB = 1000
SIZES_MIB = (50, 100, 150, 200, 300, 400, 500)

SMALL_MIB = (50, 100, 150, 200, 350)
"""Sizes of which five fill a host to 85%."""

HOSTS_DRAWN = 30
"""Hosts drawn for each VM before all are looked at."""

ATTEMPTS = 200
"""Draws of a whole pool; at 95% load one in a few cannot be packed."""


def shuffled(rng: Generator, num_hosts: int, load: float) -> Pool:
    """Draw VMs of 50 to 500 for hosts of 1000 until so much is taken, and pack them twice."""
    for _ in range(ATTEMPTS):
        pool = packed_twice(rng, num_hosts, drawn_up_to(rng, num_hosts, load))
        if pool is not None:
            return pool
    raise ValueError(f"{num_hosts} hosts cannot be packed to a load of {load}")


def five_a_host(rng: Generator, num_hosts: int) -> Pool:
    """Draw five VMs a host, at about 85% load, and pack them twice."""
    for _ in range(ATTEMPTS):
        pool = packed_twice(rng, num_hosts, rng.choice(SMALL_MIB, size=5 * num_hosts))
        if pool is not None:
            return pool
    raise ValueError(f"{num_hosts} hosts cannot be packed")


def drawn_up_to(rng: Generator, num_hosts: int, load: float) -> NDArray[np.int64]:
    """Draw sizes of VMs until at least so much of all hosts is taken."""
    drawn = rng.choice(SIZES_MIB, size=int(num_hosts * CAPACITY_MIB / min(SIZES_MIB)) + 1)
    count = int(np.searchsorted(np.cumsum(drawn), load * num_hosts * CAPACITY_MIB)) + 1
    return drawn[:count]


def packed_twice(rng: Generator, num_hosts: int, sizes: NDArray[np.int64]) -> Pool | None:
    """Pack VMs of these sizes twice; None where a packing fails."""
    here, there = _packed(rng, num_hosts, sizes), _packed(rng, num_hosts, sizes)
    if here is None or there is None:
        return None
    state = _state(num_hosts, sizes, here)
    return Pool(state, state.placed(_placement(state.hosts, state.vms, there)))


def packed_once(rng: Generator, num_hosts: int, sizes: NDArray[np.int64]) -> PoolState | None:
    """Pack VMs of these sizes; None where that fails."""
    here = _packed(rng, num_hosts, sizes)
    return None if here is None else _state(num_hosts, sizes, here)


def _state(num_hosts: int, sizes: NDArray[np.int64], host_of: Sequence[int]) -> PoolState:
    hosts = [Host(f"h{number:05d}", {"ram_mib": CAPACITY_MIB}) for number in range(num_hosts)]
    vms = [VM(f"vm{number:06d}", {"ram_mib": size}) for number, size in enumerate(sizes.tolist())]
    return PoolState(hosts, vms, _placement(hosts, vms, host_of))


def _placement(hosts: Sequence[Host], vms: Sequence[VM], host_of: Sequence[int]) -> dict[str, str]:
    return {vm.name: hosts[host].name for vm, host in zip(vms, host_of, strict=True)}


def _packed(rng: Generator, num_hosts: int, sizes: NDArray[np.int64]) -> list[int] | None:
    """Give a host to each VM, roughly the largest first, at random among those with room."""
    free = np.full(num_hosts, CAPACITY_MIB)
    host_of = [0] * len(sizes)
    order = np.argsort(rng.random(len(sizes)) * 100 - sizes)
    some = rng.integers(num_hosts, size=(len(sizes), HOSTS_DRAWN))
    for draw, vm in enumerate(order.tolist()):
        size = sizes[vm]
        drawn = some[draw]
        fitting = drawn[free[drawn] >= size]
        if not len(fitting):
            fitting = np.flatnonzero(free >= size)
            if not len(fitting):
                return None
            # As at random as the others, which the first of a list would not be.
            host = int(rng.choice(fitting))
        else:
            host = int(fitting[0])
        free[host] -= size
        host_of[vm] = host
    return host_of
