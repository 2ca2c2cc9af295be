"""Who takes room where in a simulated cloud, kept as VMs come and go."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from models.durations import Durations
from models.state import PoolState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.host import Host
    from models.timing import Timing
    from models.vm import VM


class Occupancy:
    """A ledger, and lists by host; a VM in flight is in both."""

    def __init__(
        self, hosts: Iterable[Host], vms: Iterable[VM], apart: Sequence[Sequence[str]], timing: Timing
    ) -> None:
        vms = tuple(vms)
        there = {vm.name for vm in vms}
        groups = [[vm for vm in group if vm in there] for group in apart]
        state = PoolState(hosts, vms, {}, anti_affinity=groups, timing=timing)
        self.ledger = state.ledger()
        self.durations = Durations(state)
        self._at: dict[str, dict[str, int]] = defaultdict(dict)

    def put(self, vm: str, host: str) -> None:
        """Count a VM on a host, once more if it is there already."""
        times = self._at[host]
        times[vm] = times.get(vm, 0) + 1
        self.ledger.put(vm, host)

    def take(self, vm: str, host: str) -> None:
        """Count it on a host once less."""
        times = self._at[host]
        times[vm] -= 1
        if not times[vm]:
            del times[vm]
        self.ledger.take(vm, host)

    def at(self, host: str) -> list[str]:
        """Give the VMs on a host or on their way to it."""
        return list(self._at[host])
