"""What placement says of many hosts, in few requests and without a guess.

It answers for one host at a time, but for one question: where would a little more fit? That answer holds,
of every host with room, its traits, how much of it is used, and ``(total - reserved) * ratio`` of each
resource as one number. How that number is made of the three, an inventory tells, and hosts are mostly alike:
of those with the same numbers, here and in nova's own list, one is asked. Should two come to the same room
from the same total in different ways, the room is right all the same.

Who uses a host is asked where what is used is not, resource by resource, what the flavors of the servers in
sight come to: an allocation of something else, one that is missing, a flavor with resources of its own, a
resize that waits to be confirmed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.clouds.openstack.servers import flavor_demand, resource

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Mapping, Sequence

    from planner.clouds.openstack.api import Api, Json

PROBES = ("VCPU", "MEMORY_MB")
"""Of what a host with room has a unit left; processors are mostly overcommitted, so nearly all have one."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the question for room tells of a host.

    Parameters
    ----------
    used, usable
        Resource -> amount, of every resource that it has.
    """

    used: Mapping[str, int]
    usable: Mapping[str, int]
    traits: Sequence[str]


@dataclass(frozen=True, slots=True)
class Placement:
    """What placement says of hosts, by their ids.

    Parameters
    ----------
    inventories
        Host -> resource class -> total, reserved, ratio and more.
    allocated
        Host -> consumer -> resource -> amount, of those hosts where flavors do not tell it.
    """

    inventories: Mapping[str, Json]
    traits: Mapping[str, Sequence[str]]
    allocated: Mapping[str, Mapping[str, Mapping[str, int]]]

    @property
    def demands(self) -> dict[str, Mapping[str, int]]:
        """What each consumer takes; of one in flight what it takes where it goes, which is the same."""
        return {consumer: amounts for held in self.allocated.values() for consumer, amounts in held.items()}

    def strangers(self, known: Mapping[str, Container[str]]) -> dict[str, dict[str, int]]:
        """Give host -> resource -> amount that is held by something else than the consumers known on it.

        Parameters
        ----------
        known
            Host -> consumers: servers that are there or on their way to it, migrations that leave it.
        """
        found: dict[str, dict[str, int]] = {}
        for host, consumers in self.allocated.items():
            total: Counter[str] = Counter()
            for consumer, amounts in consumers.items():
                if consumer not in known.get(host, ()):
                    total.update(amounts)
            if total:
                found[host] = dict(total)
        return found


TOTALS = ("memory_mb", "vcpus", "local_gb")
"""What nova's list of hypervisors tells of their sizes."""


def models_of(machines: Iterable[Json], summaries: Mapping[str, Summary]) -> dict[str, str]:
    """Give host -> the one whose inventory is the same: one of each kind, itself where no summary tells.

    Parameters
    ----------
    machines
        Hypervisors, as nova lists them.
    """
    kinds: dict[Hashable, str] = {}
    found = {}
    for machine in machines:
        host = machine["id"]
        summary = summaries.get(host)
        kind = host if summary is None else _kind(machine, summary)
        found[host] = kinds.setdefault(kind, host)
    return found


def _kind(machine: Json, summary: Summary) -> Hashable:
    """Give what hosts with equal inventories have in common."""
    return (*map(machine.get, TOTALS), frozenset(summary.usable.items()))


def comes_to(inventories: Json, usable: Mapping[str, int]) -> bool:
    """Tell whether inventories of a host leave just so much to be used of each resource."""
    return usable == {
        resource(kind): int((it["total"] - it["reserved"]) * it["allocation_ratio"])
        for kind, it in inventories.items()
    }


def amounts(allocations: Json) -> dict[str, dict[str, int]]:
    """Give consumer -> resource -> amount, of an answer about one host."""
    return {
        consumer: {resource(name): amount for name, amount in held["resources"].items()}
        for consumer, held in allocations.get("allocations", {}).items()
    }


def read_summaries(api: Api, hosts: Iterable[str]) -> dict[str, Summary]:
    """Give what is told of hosts with room; one request, and another where some of them have no processor."""
    missing = set(hosts)
    found: dict[str, Summary] = {}
    for probe in PROBES:
        if not missing:
            break
        found |= {host: _summary(said) for host, said in api.with_room(probe).items()}
        missing -= found.keys()
    return found


def read_summary(api: Api, host: str) -> Summary | None:
    """Give what is told of one host where it has a processor left; one request."""
    said = api.with_room(PROBES[0], host).get(host)
    return None if said is None else _summary(said)


def _summary(said: Json) -> Summary:
    told = {resource(kind): it for kind, it in said["resources"].items()}
    used, usable = ({kind: it[what] for kind, it in told.items()} for what in ("used", "capacity"))
    return Summary(used, usable, said["traits"])


def unclear(
    summaries: Mapping[str, Summary],
    machines: Iterable[Json],
    servers: Iterable[Json],
    flights: Mapping[str, Json],
) -> list[str]:
    """Give the ids of hosts of which flavors do not tell what is allocated, or of which nothing is known.

    Parameters
    ----------
    machines
        Hypervisors.
    flights
        Id of a server -> its live migration that has not ended; it is allocated on both hosts.
    """
    machines = list(machines)
    come_to: dict[str, Counter[str]] = {it["hypervisor_hostname"]: Counter() for it in machines}
    for server in servers:
        flight = flights.get(server["id"], {})
        at = {
            server.get("OS-EXT-SRV-ATTR:hypervisor_hostname"),
            *map(flight.get, ("source_node", "dest_node")),
        }
        for name in come_to.keys() & at:
            come_to[name].update(flavor_demand(server))
    return [
        it["id"]
        for it in machines
        if it["id"] not in summaries
        or +Counter(summaries[it["id"]].used) != +come_to[it["hypervisor_hostname"]]
    ]
