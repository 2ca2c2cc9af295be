"""Pools of several resources, each host hardly larger than the fuller of its two placements."""

from __future__ import annotations

from random import Random

from tests.builders import host, pool, vm

RESOURCES = ("ram_mib", "vcpus", "disk_gib", "iops")
VMS_A_HOST = 10


def full(seed, hosts=8, slack=0.04):
    """Make one from two placements drawn at random, both evenly packed: nearly all VMs move."""
    rng = Random(seed)
    demands = [{r: rng.randint(1, 40) for r in RESOURCES} for _ in range(hosts * VMS_A_HOST)]
    placements = [_even(demands, hosts, rng) for _ in range(2)]
    loads = [[_load(demands, at, h) for h in range(hosts)] for at in placements]
    usable = [
        {r: int((1 + slack) * max(load[h][r] for load in loads)) for r in RESOURCES} for h in range(hosts)
    ]
    return pool(
        [host(f"h{h}", capacity=usable[h]) for h in range(hosts)],
        [vm(f"v{n}", demand=demand) for n, demand in enumerate(demands)],
        *({f"v{n}": f"h{h}" for n, h in enumerate(at)} for at in placements),
    )


def _even(demands, hosts, rng):
    """Place VMs one after another, in any order, on the emptiest of some hosts."""
    load, at = [0] * hosts, [0] * len(demands)
    for n in rng.sample(range(len(demands)), len(demands)):
        at[n] = min(rng.sample(range(hosts), 3), key=lambda h: load[h])
        load[at[n]] += sum(demands[n].values())
    return at


def _load(demands, at, one):
    return {r: sum(d[r] for d, h in zip(demands, at, strict=True) if h == one) for r in RESOURCES}
