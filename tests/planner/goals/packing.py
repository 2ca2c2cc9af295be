"""A pool whose drain takes more than to move those on the host, worked by hand."""

from __future__ import annotations


def packed():
    """Host h0 (two VMs of 5) is drained; h1 and h2 hold 4 + 2 and have 4 free each, as has h3, which holds 6.

    Neither VM of 5 fits anywhere. A VM of 2 leaves h1, another h2, both for h3: 4 migrations, where 2 must
    leave h0 anyway.
    """
    sizes = {"a": 5, "b": 5, "x1": 4, "y1": 2, "x2": 4, "y2": 2, "z": 6}
    at = {"a": "h0", "b": "h0", "x1": "h1", "y1": "h1", "x2": "h2", "y2": "h2", "z": "h3"}
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": 10}} for number in range(4)]
    vms = [{"name": name, "demand": {"ram_mib": size}} for name, size in sizes.items()]
    return {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": at}
