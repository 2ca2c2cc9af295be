"""Random pools, by family; those of a planted family are solvable because they were made by walking.

A walk moves VMs one legal migration at a time, so the placement it ends in can be reached from where it
began. Every pool is made by a ``numpy`` generator that is passed in, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.host import Host
from models.pool import Pool
from models.state import PoolState
from models.vm import VM

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from numpy.random import Generator

Make = Callable[["Generator", int], Pool]

CAPACITY_MIB = 4096
RESERVED_MIB = 256
SMALLEST_MIB = 100
"""The origin's hosts, and the smallest VM drawn for them."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of random pools.

    Parameters
    ----------
    name, make
        ``make(rng, num_hosts)`` gives a pool.
    planted
        Every pool of it has a plan.
    """

    name: str
    make: Make
    planted: bool = True


def origin(rng: Generator, num_hosts: int) -> Pool:
    """The origin's own: hosts of 4096 MiB filled until a draw does not fit, then random legal moves."""
    hosts = [
        Host(f"h{n}", {"ram_mib": CAPACITY_MIB}, reserved={"ram_mib": RESERVED_MIB})
        for n in range(1, num_hosts + 1)
    ]
    vms: list[VM] = []
    placement: dict[str, str] = {}
    for host in hosts:
        room = host.usable("ram_mib")
        while (draw := int(rng.integers(SMALLEST_MIB, CAPACITY_MIB - RESERVED_MIB))) <= room:
            room -= draw
            vms.append(VM(f"vm{len(vms) + 1}", {"ram_mib": draw}))
            placement[vms[-1].name] = host.name
    return walked(rng, PoolState(hosts, vms, placement), 3 * len(vms))


def tight(rng: Generator, num_hosts: int) -> Pool:
    """RAM alone, at 80 to 95% load, walked for long."""
    hosts = [Host(f"h{n}", {"ram_mib": 1000}) for n in range(1, num_hosts + 1)]
    vms, placement = packed(rng, hosts, rng.uniform(0.8, 0.95), ram_draw)
    return walked(rng, PoolState(hosts, vms, placement), 20 * len(vms))


def resources(rng: Generator, num_hosts: int) -> Pool:
    """RAM, vCPUs with over-commitment, and network, no VM large in all of them."""
    hosts = [
        Host(
            f"h{n}",
            {"ram_mib": int(rng.choice([1000, 2000])), "vcpus": 8, "net_mbit": 1000},
            reserved={"ram_mib": 50},
            overcommit={"vcpus": 2.5},
        )
        for n in range(1, num_hosts + 1)
    ]

    def draw(rng: Generator) -> dict[str, int]:
        return {
            "ram_mib": int(rng.integers(50, 500)),
            "vcpus": int(rng.integers(1, 9)),
            "net_mbit": int(rng.integers(0, 300)),
        }

    vms, placement = packed(rng, hosts, 0.75, draw)
    return walked(rng, PoolState(hosts, vms, placement), 30 * len(vms))


def life(rng: Generator, num_hosts: int) -> Pool:
    """Walks between shutdowns, which come first, and provisions, which come last."""
    hosts = [Host(f"h{n}", {"ram_mib": 1000}) for n in range(1, num_hosts + 1)]
    vms, placement = packed(rng, hosts, 0.9, ram_draw)
    here = PoolState(hosts, vms, placement)
    stay = {vm.name for vm in vms if rng.random() < 0.85}
    kept = here.placed({name: host for name, host in placement.items() if name in stay})
    there = dict(walked(rng, kept, 10 * len(vms)).target.placement)
    born = [VM(f"new{n}", ram_draw(rng)) for n in range(1, num_hosts + 1)]
    everyone = PoolState(hosts, (*vms, *born), placement)
    ledger = everyone.placed(there).ledger()
    for vm in born:
        host = hosts[int(rng.integers(num_hosts))].name
        if not any(ledger.refusals(vm.name, None, host, host)):
            ledger.put(vm.name, host)
            there[vm.name] = host
    alive = [vm for vm in everyone.vms if vm.name in placement or vm.name in there]
    state = PoolState(hosts, alive, placement)
    return Pool(state, state.placed(there))


def ruled(rng: Generator, num_hosts: int) -> Pool:
    """All rules at once: architectures, traits, groups kept apart, pinned VMs, versions, cordoned hosts."""
    hosts = [_ruled_host(rng, n) for n in range(1, num_hosts + 1)]
    vms, placement = packed(rng, hosts, 0.85, ram_draw, guest=_ruled_vm)
    state = PoolState(hosts, vms, placement)
    groups = _groups(rng, state)
    return walked(
        rng,
        PoolState(hosts, vms, placement, anti_affinity=groups),
        30 * len(vms),
        once={vm.name for vm in vms if not vm.detours},
    )


def shuffled(rng: Generator, num_hosts: int) -> Pool:
    """Two packings that know nothing of each other: a plan may not exist."""
    hosts = [Host(f"h{n}", {"ram_mib": 1000}) for n in range(1, num_hosts + 1)]
    vms, placement = packed(rng, hosts, rng.uniform(0.7, 0.97), ram_draw)
    state = PoolState(hosts, vms, placement)
    for _ in range(20):
        order = [vms[n] for n in rng.permutation(len(vms))]
        if (there := _repacked(rng, state, order)) is not None:
            return Pool(state, state.placed(there))
    return Pool(state, state)


FAMILIES: tuple[Family, ...] = (
    Family("origin", origin),
    Family("tight", tight),
    Family("resources", resources),
    Family("life", life),
    Family("rules", ruled),
    Family("shuffled", shuffled, planted=False),
)


def ram_draw(rng: Generator) -> dict[str, int]:
    """Draw a VM for hosts of 1000."""
    return {"ram_mib": int(rng.integers(50, 501))}


def packed(
    rng: Generator,
    hosts: Sequence[Host],
    load: float,
    draw: Callable[[Generator], dict[str, int]],
    guest: Callable[[Generator, str, dict[str, int]], VM] | None = None,
) -> tuple[list[VM], dict[str, str]]:
    """Fill hosts with drawn VMs until so much of all RAM is taken, or ten draws in a row fit nowhere."""
    vms: list[VM] = []
    placement: dict[str, str] = {}
    left = load * sum(host.usable("ram_mib") for host in hosts)
    misses = 0
    while left > 0 and misses < 10:
        name, amounts = f"vm{len(vms) + 1}", draw(rng)
        vm = guest(rng, name, amounts) if guest else VM(name, amounts)
        ledger = PoolState(hosts, [*vms, vm], placement).ledger()
        fitting = [host.name for host in hosts if not any(ledger.refusals(name, None, host.name, None))]
        if not fitting:
            misses += 1
            continue
        misses = 0
        vms.append(vm)
        placement[name] = str(rng.choice(fitting))
        left -= amounts.get("ram_mib", 0)
    return vms, placement


def walked(rng: Generator, start: PoolState, tries: int, once: Container[str] = ()) -> Pool:
    """Walk from a placement by random legal migrations; where it ends is the target.

    Parameters
    ----------
    tries
        Migrations tried; those that a rule forbids are passed over.
    once
        VMs that make one migration at most.
    """
    ledger, placement = start.ledger(), dict(start.placement)
    running, moved = list(placement), set[str]()
    hosts = [host.name for host in start.hosts]
    for _ in range(tries if running else 0):
        vm, host = running[int(rng.integers(len(running)))], hosts[int(rng.integers(len(hosts)))]
        source = placement[vm]
        if host == source or (vm in once and vm in moved) or any(ledger.refusals(vm, source, host, host)):
            continue
        ledger.take(vm, source)
        ledger.put(vm, host)
        placement[vm] = host
        moved.add(vm)
    return Pool(start, start.placed(placement))


def _ruled_host(rng: Generator, number: int) -> Host:
    traits = tuple(trait for trait in ("avx2", "gpu") if rng.random() < 0.7)
    # The first host runs everything, so that every VM that can be drawn has a place.
    return Host(
        f"h{number}",
        {"ram_mib": 1000},
        arch="x86_64" if number == 1 or rng.random() < 0.8 else "i386",
        traits=("avx2", "gpu") if number == 1 else traits,
        version=int(rng.integers(7, 9)) if rng.random() < 0.5 else None,
        accepts=number == 1 or bool(rng.random() < 0.9),
    )


def _ruled_vm(rng: Generator, name: str, demand: dict[str, int]) -> VM:
    return VM(
        name,
        demand,
        arch="x86_64" if rng.random() < 0.7 else "i386",
        requires=tuple(trait for trait in ("avx2", "gpu") if rng.random() < 0.2),
        movable=bool(rng.random() < 0.9),
        detours=bool(rng.random() < 0.8),
    )


def _groups(rng: Generator, state: PoolState) -> list[list[str]]:
    """Draw pairs and triples of VMs that are apart to begin with."""
    groups: list[list[str]] = []
    names = list(state.placement)
    for _ in range(len(names) // 6):
        group = [str(name) for name in rng.choice(names, size=int(rng.integers(2, 4)), replace=False)]
        if len({state.placement[name] for name in group}) == len(group):
            groups.append(group)
    return groups


def _repacked(rng: Generator, state: PoolState, order: Sequence[VM]) -> Mapping[str, str] | None:
    """Place VMs anew, large ones first; None where one finds no room."""
    ledger = state.placed({}).ledger()
    placement: dict[str, str] = {}
    for vm in sorted(order, key=lambda vm: -vm.ram_mib):
        fitting = [
            host.name for host in state.hosts if not any(ledger.refusals(vm.name, None, host.name, None))
        ]
        if not fitting:
            return None
        host = str(rng.choice(fitting))
        ledger.put(vm.name, host)
        placement[vm.name] = host
    return placement
