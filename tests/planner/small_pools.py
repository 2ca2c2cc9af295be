"""Pools small enough to be worked by hand, for the tests of what is said about them."""

from __future__ import annotations

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
