"""Convergence: no VM migrates on a way that carries less than it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.durations import Ways, converges, never_converges
from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.timing import Timing
    from models.vm import VM


class Convergence(Filter):
    """Pre-copy ends only where pages are sent faster than the VM makes them dirty, or was measured to end.

    Parameters
    ----------
    timing
        Of the pool: caps, links, efficiency.
    """

    name = "convergence"

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._ways = Ways(timing)

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Refuse a live migration that never comes to its end, with the figures."""
        if source is None or not vm.dirty_mib_s:
            return None
        rate = self._ways.between(source, host).rate_mbps
        return None if converges(self._timing, vm, rate) else never_converges(self._timing, vm, rate)

    def vm_key(self, vm: VM) -> float:
        """What it writes each second; nothing where its time was measured."""
        return 0 if vm.migration_s is not None else vm.dirty_mib_s

    def host_key(self, host: Host) -> tuple[float | None, tuple[int, ...]]:
        """Its NIC, and the links that it is behind."""
        return host.bandwidth_mbps, self._ways.links_of(host.name)
