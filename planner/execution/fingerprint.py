"""What a plan was made for, in 32 digits: placement, capacities, rules."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from models.pool import Pool


def fingerprint(pool: Pool) -> str:
    """Give a digest that is the same for two pools where the same plans are safe and lead to the same end.

    Labels and costs are not in it; nor is the order in which hosts, VMs and groups stand in the file.
    """
    state = pool.current
    resources = state.resources
    made_for = {
        "hosts": {
            host.name: [
                [host.usable(resource) for resource in resources],
                [host.arch, sorted(host.traits), host.version, host.accepts],
            ]
            for host in pool.hosts
        },
        "vms": {
            vm.name: [
                [vm.demand.get(resource, 0) for resource in resources],
                [vm.arch, sorted(vm.requires), vm.movable, vm.detours, vm.offline],
            ]
            for vm in pool.vms
        },
        "resources": resources,
        "apart": sorted(sorted(group) for group in state.anti_affinity),
        "current": dict(state.placement),
        "target": dict(pool.target.placement),
    }
    data = msgspec.json.encode(made_for, order="sorted")
    return hashlib.sha256(data).hexdigest()[:32]
