"""How long the actions of a pool take, and what they hold meanwhile, by the names of its hosts and VMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.actions import Migration, Provision, Shutdown, Start, Step, Stop, Update
from models.host import Host
from models.precopy import migration_seconds
from models.ways import Slot, Way, Ways, Wire, slots_between

if TYPE_CHECKING:
    from models.state import PoolState
    from models.timing import Link
    from models.vm import VM

OUTSIDE = Host("outside of the pool", {})
"""Stands for a host that a pool does not have: behind no link, and with no limit of its own that is known."""


class Durations:
    """How long the actions of a pool take and what they hold, by name.

    Parameters
    ----------
    state
        Any placement of the pool.
    """

    def __init__(self, state: PoolState) -> None:
        self._state = state
        self._ways = Ways(state.timing)
        self._links: dict[str, Link] = {link.name: link for link in state.timing.links}

    def way(self, source: str, destination: str) -> Way:
        """Give the rate and the wires of a migration; ``KeyError`` for a host that the pool does not have."""
        return self._ways.between(self._state.host(source), self._state.host(destination))

    def migration(self, vm: str, source: str, destination: str) -> int:
        """Give the whole seconds of a migration; see :func:`migration_seconds` for the errors."""
        guest = self._state.vm(vm)
        return migration_seconds(self._state.timing, guest, self.way(source, destination).rate_mbps)

    def copying(self, action: Migration, mib: float) -> int:
        """Give the whole seconds of a migration that is found to copy so much; measured ones stay."""
        guest = replace(self._state.vm(action.vm), copied_mib=mib)
        rate_mbps = self.way(action.source, action.destination).rate_mbps
        return migration_seconds(self._state.timing, guest, rate_mbps)

    def of(self, step: Step) -> int:
        """Give the whole seconds of an action, or of an update of a host."""
        match step:
            case Migration(vm, source, destination):
                return self.migration(vm, source, destination)
            case Shutdown() | Stop():
                return self._state.timing.shutdown_s
            case Start() | Provision():
                return self._state.timing.provision_s
            case Update():
                return self._state.timing.update_s

    def capacity_mbps(self, wire: Wire) -> float:
        """Give what a wire carries; wires without a limit are on no way."""
        if wire.direction in ("up", "down"):
            return self._links[wire.name].mbps
        limit = self._state.host(wire.name).bandwidth_mbps
        assert limit is not None
        return limit

    def held_by_others(self, source: str | None, destination: str | None) -> list[tuple[Slot | Wire, float]]:
        """Give what of the pool's limits a migration holds that may have an end outside of it, or unknown."""
        leaves, arrives = self._ends(source, destination)
        known = [host.name for host in (leaves, arrives) if host is not OUTSIDE]
        if not known:
            return []
        slots = [slot for slot, _ in slots_between(self._state.timing, leaves, arrives)]
        way = self._ways.between(leaves, arrives)
        return [
            *((slot, 1) for slot in slots if slot.owner is None or slot.owner in known),
            *((wire, way.rate_mbps) for wire in way.wires),
        ]

    def of_others(self, vm: VM, source: str | None, destination: str | None) -> int:
        """Give the whole seconds of such a migration of such a VM, which may be a stranger.

        See :func:`migration_seconds` for the errors.
        """
        rate_mbps = self._ways.between(*self._ends(source, destination)).rate_mbps
        return migration_seconds(self._state.timing, vm, rate_mbps)

    def _ends(self, source: str | None, destination: str | None) -> tuple[Host, Host]:
        return self._end(source), self._end(destination)

    def _end(self, host: str | None) -> Host:
        return self._state.host(host) if host is not None and self._state.has_host(host) else OUTSIDE

    def slots(self, source: str, destination: str) -> list[tuple[Slot, int]]:
        """Give the limits that a migration takes one slot of, and how many each has."""
        return slots_between(self._state.timing, self._state.host(source), self._state.host(destination))
