"""Convergence: no VM migrates on a way that carries less than it writes, or hardly anything at all."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from models.amounts import LONGEST_S
from models.precopy import copied_mib, copy_rate, why_endless
from models.rules.base import Filter
from models.timing import UNSAID
from models.ways import Ways, rates_mbps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.host import Host
    from models.timing import Timing
    from models.vm import VM


class Convergence(Filter):
    """Pre-copy ends only where pages are sent faster than the VM makes them dirty, or was measured to end.

    Parameters
    ----------
    timing
        Of the pool: caps, links, efficiency.
    rates
        All that a migration can have in it, in Mb/s, the slowest first.
    """

    name = "convergence"

    def __init__(self, timing: Timing, rates: Sequence[float]) -> None:
        self._timing, self._rates = timing, rates
        self._ways = Ways(timing)

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Refuse a live migration that never comes to its end, or after years, with the figures."""
        if source is None:
            return None
        return why_endless(self._timing, vm, self._ways.between(source, host).rate_mbps)

    def vm_key(self, vm: VM) -> int:
        """How many of the rates are too slow for it: all that counts of what it writes and copies."""
        return bisect_left(self._rates, True, key=lambda mbps: why_endless(self._timing, vm, mbps) is None)

    def host_key(self, host: Host) -> tuple[float | None, tuple[int, ...]]:
        """Its NIC, and the links that it is behind."""
        return host.bandwidth_mbps, self._ways.links_of(host.name)


def convergence_of(
    timing: Timing, hosts: Iterable[Host], vms: Iterable[VM], *, asked: bool
) -> Convergence | None:
    """Give the rule of a pool; None where every migration ends, whatever its way.

    Parameters
    ----------
    asked
        Somebody wants to know how long it takes. If nobody does, and the pool says nothing of time, an amount
        however large is no reason to refuse a migration.
    """
    hosts, vms = tuple(hosts), tuple(vms)
    rates = rates_mbps(timing, hosts)
    most_mib = (LONGEST_S - timing.overhead_s) * copy_rate(timing, rates[0])
    matters = any(vm.dirty_mib_s or copied_mib(vm) + vm.hot_mib > most_mib for vm in vms)
    if not matters or not (asked or _speaks_of_time(timing, hosts, vms)):
        return None
    return Convergence(timing, rates)


def _speaks_of_time(timing: Timing, hosts: Iterable[Host], vms: Iterable[VM]) -> bool:
    """Tell whether a pool says anything that bears on how long a migration takes."""
    return (
        timing != UNSAID
        or any(host.bandwidth_mbps is not None for host in hosts)
        or any(vm.copied_mib is not None or vm.dirty_mib_s or vm.hot_mib for vm in vms)
    )
