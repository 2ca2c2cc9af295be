"""What a migration between two hosts goes through, and what it holds from its start to its end.

Its rate is the least of the pool's cap, the NICs of its two hosts and the links on its way;
``DEFAULT_RATE_MBPS`` where none of them is given.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.host import Host
    from models.timing import Timing

DEFAULT_RATE_MBPS = 1000.0
"""The rate where a pool gives none on the way."""


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


def rates_mbps(timing: Timing, hosts: Iterable[Host]) -> list[float]:
    """Give the rates of which each migration has one, the slowest first."""
    rates = {host.bandwidth_mbps for host in hosts if host.bandwidth_mbps is not None}
    rates.update(link.mbps for link in timing.links)
    return sorted({DEFAULT_RATE_MBPS if timing.rate_mbps is None else timing.rate_mbps, *rates})


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
