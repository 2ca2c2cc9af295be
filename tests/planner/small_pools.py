"""Pools small enough to be worked by hand, for the tests of what is said about them."""

from __future__ import annotations

import numpy as np

from models import Filter
from planner.soak.pools.shuffles import shuffled
from tests.builders import host, pool, vm


def deadlock():
    """Two hosts of 4096 with 256 reserved, each with a VM of 3256, to be swapped: no plan exists.

    Each host has 3840 usable. One that holds both VMs has 2 x 3256 = 6512 usable, so 2672 more on either is
    the least that helps.
    """
    hosts = [host(name, 4096, reserved={"ram_mib": 256}) for name in ("h1", "h2")]
    return pool(hosts, [vm("vm1", 3256), vm("vm2", 3256)], "h1: vm1, h2: vm2", "h1: vm2, h2: vm1")


def two_deadlocks():
    """Two swaps without room on hosts of different architectures: nothing single unlocks both."""
    hosts = [host("a1"), host("a2"), host("b1", arch="aarch64"), host("b2", arch="aarch64")]
    vms = [vm("u", 8), vm("v", 8), vm("x", 8, arch="aarch64"), vm("y", 8, arch="aarch64")]
    return pool(hosts, vms, "a1: u, a2: v, b1: x, b2: y", "a1: v, a2: u, b1: y, b2: x")


def rivals():
    """Two VMs that may not meet swap the only two hosts: room does not help, a stop does."""
    hosts = [host("h1", 100), host("h2", 100)]
    groups = {"anti_affinity": [("a", "b")]}
    return pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h1: b, h2: a", **groups)


def making_way():
    """Swap a (6) on h1 (12) and b (6) on h2 (10), where settled (3) is at home on h1 and h3 has 5.

    h1 holds a and settled, 3 free: b does not fit. h3 takes neither a nor b, but settled: then h1 has 6 free,
    b comes, a goes, and settled comes back. 4 moves.
    """
    hosts = [host("h1", 12), host("h2", 10), host("h3", 5)]
    vms = [vm("a", 6), vm("b", 6), vm("settled", 3)]
    return pool(hosts, vms, "h1: a settled, h2: b", "h1: b settled, h2: a")


class Neighbours(Filter):
    """A VM migrates only to the host next to it, by number."""

    name = "neighbours"

    def refuses_move(self, vm, source, host, target):
        """Refuse a longer way."""
        if source is None or abs(int(source.name[1:]) - int(host.name[1:])) <= 1:
            return None
        return "not next to it"


def upgrade(**fields):
    """Take a from version 8 down to 7: directly forbidden, over h2, which tells no version, allowed."""
    hosts = [host("h1", version=8), host("h2"), host("h3", version=7)]
    return pool(hosts, [vm("a", 3, cost=5, **fields)], "h1: a", "h3: a")


def line(num_hosts, to, others=0):
    """Take a from h1 to another host of a line, host by host; the others stay."""
    hosts = [host(f"h{number}", 99) for number in range(1, num_hosts + 1)]
    vms = [vm("a", 5), *(vm(f"s{number}") for number in range(others))]
    here = {"a": "h1"} | {f"s{number}": hosts[number % num_hosts].name for number in range(others)}
    return pool(hosts, vms, here, here | {"a": to}, rules=[Neighbours()])


def swaps(count, name="v"):
    """Give a pool of swaps, each a component of its own, one empty host in reserve: 3 moves a swap."""
    hosts = [host(f"h{number}") for number in range(2 * count + 1)]
    vms = [vm(f"{name}{number}", 6) for number in range(2 * count)]
    current = {f"{name}{number}": f"h{number}" for number in range(2 * count)}
    return pool(hosts, vms, current, {name: f"h{int(h[1:]) ^ 1}" for name, h in current.items()})


def tight(num_hosts=8, load=0.9, seed=1):
    """Give a full shuffle."""
    return shuffled(np.random.default_rng(seed), num_hosts, load)


def scattered():
    """Swap two large VMs of two resources; the room for one is in pieces, each short of something else."""
    hosts = [host(name, capacity={"ram_mib": 10, "vcpus": 10}) for name in ("h1", "h2", "h3", "h4")]
    big, half = {"ram_mib": 9, "vcpus": 9}, {"ram_mib": 5, "vcpus": 1}
    vms = [vm("a", demand=big), vm("b", demand=big), vm("c", demand=half), vm("d", demand=half)]
    return pool(hosts, vms, "h1: a, h2: b, h3: c, h4: d", "h1: b, h2: a, h3: c, h4: d")
