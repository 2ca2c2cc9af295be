"""A server, a flavor and a server group of nova, in the words of a pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.vm import MOST_ARE
from planner.clouds.found import FoundVM
from planner.clouds.openstack.api import NOT_BEGUN
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from planner.clouds.openstack.api import Json

RESOURCES = {"MEMORY_MB": "ram_mib", "VCPU": "vcpus", "PCPU": "pcpus", "DISK_GB": "disk_gib"}
"""Resource class of placement -> its name in a pool; others are written small."""

POWER = {
    "ACTIVE": Power.ON,
    "MIGRATING": Power.ON,
    "SHUTOFF": Power.OFF,
    "SHELVED_OFFLOADED": Power.OFF,
    "PAUSED": Power.PAUSED,
    "SUSPENDED": Power.PAUSED,
}
"""Status of a server -> whether it runs; of all others, ERROR among them, nothing good is known."""

NUMA = ("hw:numa", "hw:cpu_policy", "hw:mem_page_size", "hw:pci_numa", "hw:emulator_threads", "hw:cpu_thread")
"""What a flavor asks of the inner order of a host, which a pool does not know."""

DEVICES = ("pci_passthrough:alias", "accel:device_profile")
"""What ties a server to a device of its host: it cannot migrate live."""

ENCRYPTED, TPM, TPM_SECRET = "hw:mem_encryption", "hw:tpm_version", "hw:tpm_secret_security"
"""With these nova refuses to migrate live; a TPM whose secret its host keeps goes along (2026.1)."""

TRUE = ("1", "t", "true", "on", "y", "yes")
"""What nova takes for true, in whatever case."""

AGGREGATES = "aggregate_instance_extra_specs:"
"""What a flavor asks of the metadata of aggregates."""

OPERATORS = frozenset(
    ("=", "==", "!=", ">=", "<=", "s==", "s!=", "s<", "s<=", "s>", "s>=", "<in>", "<all-in>", "<or>")
)
"""First words of what a flavor asks of metadata by comparison; all else is the value itself."""


def resource(name: str) -> str:
    """Give the name of a resource class in a pool."""
    return RESOURCES.get(name, name.lower())


def extra_specs(server: Json) -> Mapping[str, str]:
    """Give the extra specs of the flavor inside a server."""
    specs: Mapping[str, str] = server["flavor"].get("extra_specs") or {}
    return specs


def _image_specs(server: Json) -> dict[str, str]:
    """Give what the image of a server asks for in the words of flavors, as far as nova tells."""
    properties = (server.get("image") or {}).get("properties") or {}
    return {key.replace("hw_", "hw:", 1): str(value) for key, value in properties.items()}


def requires(server: Json) -> Iterator[str]:
    """Give the traits and the metadata of aggregates that a flavor requires."""
    for key, value in extra_specs(server).items():
        kind, _, name = key.partition(":")
        if kind == "trait" and value == "required":
            yield name
        if key.startswith(AGGREGATES) and not _compares(value):
            yield aggregate_trait(name, value)


def _compares(value: str) -> bool:
    return not OPERATORS.isdisjoint(value.split()[:1])


def aggregate_trait(key: str, value: str) -> str:
    """Give the trait that stands for a piece of metadata of a host aggregate."""
    return f"aggregate:{key}={value}"


def zone_trait(zone: str) -> str:
    """Give the trait that stands for an availability zone."""
    return f"az:{zone}"


def kind_trait(kind: str) -> str:
    """Give the trait that stands for a type of hypervisor, such as QEMU."""
    return f"hypervisor:{kind}"


def size_trait(kind: str, amount: int) -> str:
    """Give the trait of hosts that give so much of a resource to one server (``max_unit`` of placement)."""
    return f"gives:{kind}={amount}"


def unsaid(server: Json) -> Iterator[str]:
    """Say what a flavor asks for and a pool cannot say."""
    for key, value in extra_specs(server).items():
        if key.startswith(NUMA):
            yield "NUMA, pinned CPUs or huge pages"
        if key.startswith("trait:") and value == "forbidden":
            yield f"the forbidden trait {key.removeprefix('trait:')}"
        if key.startswith(AGGREGATES) and _compares(value):
            yield f"aggregates by operators ({key}={value})"


def _resource_classes(server: Json) -> Iterator[str]:
    """Give the resource classes that a flavor asks for by name, in whatever group."""
    for key, amount in extra_specs(server).items():
        group, _, name = key.partition(":")
        if group.startswith("resources") and amount.strip("0 "):
            yield name


def flavor_demand(server: Json) -> dict[str, int]:
    """Give what a flavor takes, for a server of which placement knows nothing."""
    flavor, specs = server["flavor"], extra_specs(server)
    cpus = "pcpus" if specs.get("hw:cpu_policy") == "dedicated" else "vcpus"
    # A server without an image boots from a volume, and takes no root disk of its host.
    root = flavor["disk"] if server.get("image") else 0
    disk = root + flavor.get("ephemeral", 0) + -(-flavor.get("swap", 0) // 1024)
    return {"ram_mib": flavor["ram"], cpus: flavor["vcpus"], **({"disk_gib": disk} if disk else {})}


@dataclass(frozen=True, slots=True)
class Context:
    """What else is known while servers are read.

    Parameters
    ----------
    hosts
        Hypervisor's name -> its id.
    demands
        Id of a server -> what placement has allocated to it.
    migrations
        Id of a server -> its live migration that has not ended.
    zones
        Compute host -> its availability zone, where there is more than one zone; else empty.
    together
        Id of a server -> the affinity group that keeps it beside others.
    arches
        Hypervisor's name -> its architecture.
    sizes
        Resource -> amounts that not every host with so much of it gives to one server.
    kinds
        Hypervisor's name -> its type, where there is more than one type; else empty.
    """

    hosts: Mapping[str, str]
    demands: Mapping[str, Mapping[str, int]]
    migrations: Mapping[str, Json]
    zones: Mapping[str, str]
    together: Mapping[str, str]
    arches: Mapping[str, str]
    sizes: Mapping[str, Collection[int]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def arch(self, host: str | None) -> str:
        """Give the architecture of a server on a host, which nova does not tell: it runs there.

        Of one that is nowhere it is that of all hosts, where they have one.
        """
        if host is not None and host in self.arches:
            return self.arches[host]
        kinds = set(self.arches.values())
        return kinds.pop() if len(kinds) == 1 else MOST_ARE


def found_vm(server: Json, context: Context) -> FoundVM:
    """Give a server as it is now."""
    host = server.get("OS-EXT-SRV-ATTR:hypervisor_hostname")
    migration = context.migrations.get(server["id"])
    if migration and not server.get("OS-EXT-STS:task_state") and migration["status"] in NOT_BEGUN:
        # Nova has lost it, as when a compute service was killed, and its record stays as it is for good; or
        # it has gone all its way since it was looked at.
        migration = None
    if migration and migration["source_node"]:
        # While it migrates it is where it came from, whatever the server says already.
        host = migration["source_node"]
    status = server["status"]
    demand = demand_of(server, context.demands)
    return FoundVM(
        server["id"],
        server["name"],
        # Of a server on a host that is gone the host's name is the best id there is.
        None if not host else context.hosts.get(host, host),
        demand,
        requires=[
            *requires(server),
            *_zone(server, context),
            *_sizes(demand, context),
            *([kind_trait(context.kinds[host])] if host and host in context.kinds else []),
        ],
        arch=context.arch(host),
        fixed=tuple(_fixed(server, context, demand)),
        power=POWER.get(status, Power.OTHER),
        state="" if POWER.get(status) is Power.ON else status,
        busy=_busy(server, migration),
        goes_to=context.hosts.get(migration["dest_node"] or migration["dest_compute"]) if migration else None,
        handle=migration["uuid"] if migration else None,
        locked=bool(server.get("locked")),
        labels={"flavor": str(server["flavor"].get("original_name", "")), "project": server["tenant_id"]},
    )


def _sizes(demand: Mapping[str, int], context: Context) -> Iterator[str]:
    for kind, amount in demand.items():
        if amount in context.sizes.get(kind, ()):
            yield size_trait(kind, amount)


def demand_of(server: Json, demands: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Give what placement has allocated to a server, else what its flavor says.

    In one order, wherever it is from, so that the same cloud gives the same file.
    """
    return dict(sorted((demands.get(server["id"]) or flavor_demand(server)).items()))


def _zone(server: Json, context: Context) -> Iterator[str]:
    """Give the zone that it must stay in: the one it was asked into, else (older novas) the one it is in."""
    here = context.zones.get(server.get("OS-EXT-SRV-ATTR:host") or "")
    zone = server.get("pinned_availability_zone", here) if here else None
    if zone:
        yield zone_trait(zone)


def _fixed(server: Json, context: Context, demand: Mapping[str, int]) -> Iterator[str]:
    specs = extra_specs(server)
    if any(key.startswith(DEVICES) for key in specs):
        yield "has a device of its host"
    # Either may ask; nova boots none whose flavor and image contradict each other.
    asks = {**_image_specs(server), **specs}
    if asks.get(ENCRYPTED, "").strip().lower() in TRUE:
        yield "has its memory encrypted"
    if TPM in asks and specs.get(TPM_SECRET) != "host":
        yield "has a TPM whose secret its host does not keep"
    # What the host itself does not give is of a provider below it, of which a pool knows no room.
    for kind in sorted({kind for kind in _resource_classes(server) if resource(kind) not in demand}):
        yield f"takes {kind} of a part of its host"
    if server["id"] in context.together:
        yield f"server group {context.together[server['id']]} keeps it beside others (affinity)"


def _busy(server: Json, migration: Json | None) -> str:
    task = server.get("OS-EXT-STS:task_state")
    if task:
        return str(task)
    # ACTIVE, no task, and its migration still running: seen on a real nova, and not done.
    return f"migration {migration['status']}" if migration else ""


@dataclass(frozen=True, slots=True)
class ServerGroups:
    """Server groups in the words of a pool.

    Parameters
    ----------
    apart
        Groups of ids, no two on one host.
    together
        Id of a server -> the affinity group that keeps it beside others.
    """

    apart: tuple[tuple[str, ...], ...]
    together: Mapping[str, str]
    warnings: tuple[str, ...]


def read_groups(groups: Sequence[Json], servers: Iterable[str]) -> ServerGroups:
    """Sort the server groups into what a pool can say and what it cannot."""
    known = set(servers)
    apart, together, warnings = [], {}, []
    for group in groups:
        members = tuple(member for member in group["members"] if member in known)
        if len(members) < 2:
            continue
        policy = group.get("policy") or next(iter(group.get("policies") or []), "")
        at_most = (group.get("rules") or {}).get("max_server_per_host", 1)
        name = f"server group {group['name']!r} ({len(members)} servers)"
        if policy == "anti-affinity" and int(at_most) == 1:
            apart.append(members)
        elif policy == "anti-affinity":
            warnings.append(f"{name}: at most {at_most} on one host; a pool knows anti-affinity of one alone")
        elif policy == "affinity":
            together.update(dict.fromkeys(members, repr(group["name"])))
            warnings.append(f"{name}: affinity; they cannot be moved one by one, so they are not movable")
        else:
            warnings.append(f"{name}: {policy}, which a pool cannot say; plans may go against it")
    return ServerGroups(tuple(apart), together, tuple(warnings))


def warnings_of(servers: Iterable[Any]) -> Iterator[str]:
    """Count what flavors ask for and a pool cannot say."""
    counts: dict[str, int] = {}
    for server in servers:
        for text in set(unsaid(server)):
            counts[text] = counts.get(text, 0) + 1
    for text, count in sorted(counts.items()):
        yield f"{count} servers ask for {text}, which a pool cannot say"
