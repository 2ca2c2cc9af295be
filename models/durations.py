"""How long each action takes, and what a migration holds from its start to its end.

The rate of a migration is the least of the pool's cap, the NICs of its two hosts and the links on its way;
``DEFAULT_RATE_MBPS`` where none of them is given. With b = rate x 10^6 / 8 / 2^20 x efficiency, in MiB/s, it
takes ``overhead_s + copied_mib / (b - dirty_mib_s) + hot_mib / b``, in whole seconds, at least 1: the rounds
of pre-copy add up to a geometric series (Clark et al., NSDI 2005; Akoush et al., MASCOTS 2010), and what is
rewritten all the time is sent once more at the end.
"""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec.structs import replace

from models.actions import Migration, Provision, Shutdown, Start, Step, Stop, Update
from models.amounts import LONGEST_S
from models.errors import PlannerError
from models.host import Host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.state import PoolState
    from models.timing import Link, Timing
    from models.vm import VM

DEFAULT_RATE_MBPS = 1000.0
"""The rate where a pool gives none on the way."""

FORGIVEN_S = 1e-9
"""Rounding of the formula that costs no whole second."""


MANY_MIB = 2**30
"""A petabyte in MiB, and a GiB in bytes: so many are most likely bytes."""

OUTSIDE = Host("outside of the pool", {})
"""Stands for a host that a pool does not have: behind no link, and with no limit of its own that is known."""


class Wire(NamedTuple):
    """One direction of a NIC or a link.

    Parameters
    ----------
    direction
        ``out`` of and ``in`` to the NIC of a host; ``up`` from the hosts of a link to all others, ``down``.
    name
        Of the host or the link.
    """

    direction: Literal["out", "in", "up", "down"]
    name: str

    @property
    def owner(self) -> str | None:
        """The host whose NIC it is; None: of a link, which many hosts share."""
        return self.name if self.direction in ("out", "in") else None


class Way(NamedTuple):
    """What a migration between two hosts goes through.

    Parameters
    ----------
    rate_mbps
        What it holds on every wire, Mb/s.
    wires
        Those with a limit, in order: NICs, then links.
    """

    rate_mbps: float
    wires: tuple[Wire, ...]


class Slot(NamedTuple):
    """One limit on the number of migrations at a time.

    Parameters
    ----------
    field
        ``max_in``, ``max_out``, ``max_moves`` of a host, or ``max_parallel`` of the pool.
    host
        The host; empty for the pool.
    """

    field: Literal["max_in", "max_out", "max_moves", "max_parallel"]
    host: str = ""

    @property
    def owner(self) -> str | None:
        """The host whose limit it is; None: of the pool, which all hosts share."""
        return None if self.field == "max_parallel" else self.host


class Ways:
    """The rate between any two hosts, under the caps of a pool."""

    def __init__(self, timing: Timing) -> None:
        self._cap = timing.rate_mbps
        self._links = timing.links
        self._links_of: dict[str, list[int]] = defaultdict(list)
        for number, link in enumerate(timing.links):
            for host in dict.fromkeys(link.hosts):
                self._links_of[host].append(number)

    def links_of(self, host: str) -> tuple[int, ...]:
        """Give the numbers of the links that the host is behind."""
        return tuple(self._links_of.get(host, ()))

    def between(self, source: Host, destination: Host) -> Way:
        """Give the rate and the wires of a migration."""
        wires, rates = [], [] if self._cap is None else [self._cap]
        if source.bandwidth_mbps is not None:
            wires.append(Wire("out", source.name))
            rates.append(source.bandwidth_mbps)
        if destination.bandwidth_mbps is not None:
            wires.append(Wire("in", destination.name))
            rates.append(destination.bandwidth_mbps)
        for number in self._crossed(source.name, destination.name):
            link = self._links[number]
            wires.append(Wire("up" if number in self._links_of[source.name] else "down", link.name))
            rates.append(link.mbps)
        return Way(min(rates, default=DEFAULT_RATE_MBPS), tuple(wires))

    def _crossed(self, source: str, destination: str) -> list[int]:
        if not self._links_of:
            return []
        return sorted({*self._links_of.get(source, ())} ^ {*self._links_of.get(destination, ())})


def copy_rate(timing: Timing, rate_mbps: float) -> float:
    """Give the MiB of pages that a migration at that rate carries in a second."""
    return rate_mbps * 1e6 / 8 / 2**20 * timing.efficiency


def why_endless(timing: Timing, vm: VM, rate_mbps: float) -> str | None:
    """Say why a live migration at that rate never ends, or not within ``LONGEST_S``; None: it does."""
    if vm.migration_s is not None:
        return None
    if vm.dirty_mib_s >= copy_rate(timing, rate_mbps):
        return _never_converges(timing, vm, rate_mbps)
    seconds = unrounded_seconds(timing, vm, rate_mbps)
    if seconds > LONGEST_S:
        mib = copied_mib(vm)
        unit = ", is it given in bytes?" if mib >= MANY_MIB else ""
        return (
            f"at {rate_mbps:g} Mb/s its migration takes {seconds:.6g} s, must be at most 10^9; "
            f"it copies {mib:.6g} MiB{unit}"
        )
    return None


def rates_mbps(timing: Timing, hosts: Iterable[Host]) -> list[float]:
    """Give the rates of which each migration has one, the slowest first."""
    rates = {host.bandwidth_mbps for host in hosts if host.bandwidth_mbps is not None}
    rates.update(link.mbps for link in timing.links)
    return sorted({DEFAULT_RATE_MBPS if timing.rate_mbps is None else timing.rate_mbps, *rates})


def migration_seconds(timing: Timing, vm: VM, rate_mbps: float) -> int:
    """Give the whole seconds of a live migration at that rate.

    Raises
    ------
    PlannerError
        It never converges, or takes more than ``LONGEST_S``.
    """
    if vm.migration_s is not None:
        return vm.migration_s
    if why := why_endless(timing, vm, rate_mbps):
        raise PlannerError(f"vm {vm.name!r}: {why}")
    return max(1, ceil(unrounded_seconds(timing, vm, rate_mbps) - FORGIVEN_S))


def unrounded_seconds(timing: Timing, vm: VM, rate_mbps: float) -> float:
    """Give the seconds of a migration that converges, by the formula alone."""
    per_s = copy_rate(timing, rate_mbps)
    return timing.overhead_s + copied_mib(vm) / (per_s - vm.dirty_mib_s) + vm.hot_mib / per_s


def copied_mib(vm: VM) -> float:
    """Give what the first round of a migration copies."""
    return vm.ram_mib if vm.copied_mib is None else vm.copied_mib


def _never_converges(timing: Timing, vm: VM, rate_mbps: float) -> str:
    """Say why a migration at that rate never ends, with the figures."""
    return (
        f"dirty_mib_s={vm.dirty_mib_s:g} is not below the {copy_rate(timing, rate_mbps):.4g} MiB/s that "
        f"{rate_mbps:g} Mb/s at efficiency {timing.efficiency:g} carry, so its migration never converges"
    )


def slots_between(timing: Timing, source: Host, destination: Host) -> list[tuple[Slot, int]]:
    """Give the limits that a migration between two hosts takes one slot of, and how many each has."""
    found = [
        (Slot("max_out", source.name), source.max_out),
        (Slot("max_in", destination.name), destination.max_in),
    ]
    for host in (source, destination):
        if host.max_moves is not None:
            found.append((Slot("max_moves", host.name), host.max_moves))
    if timing.max_parallel is not None:
        found.append((Slot("max_parallel"), timing.max_parallel))
    return found


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
