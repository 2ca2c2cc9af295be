"""A whole OpenStack cloud, read: hypervisors, placement, aggregates, servers and their groups, what migrates.

About ten requests, three for each host (placement answers for one host only), and one more for every thousand
servers.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.clouds.found import FoundHost, FoundVM, SourceFound, named
from planner.clouds.imported import Imported, imported
from planner.clouds.openstack.api import Api
from planner.clouds.openstack.servers import (
    Context,
    aggregate_trait,
    extra_specs,
    found_vm,
    read_groups,
    resource,
    warnings_of,
    zone_trait,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from planner.clouds.openstack.api import Json
    from planner.clouds.seen import Seen

DEFAULT_ZONE = "nova"
"""The availability zone of a host that no aggregate puts into another."""


def read(name: str = "", *, stopped: bool = True) -> Imported:
    """Read a cloud as a pool.

    Parameters
    ----------
    name
        Its name in ``clouds.yaml``; empty: ``OS_*``.
    stopped
        False: servers that are off are left out, and their room counts as reserved.

    Raises
    ------
    CloudError
        It cannot be read.
    """
    api = Api(name)
    try:
        return imported(observe(api), stopped=stopped, keeps_room=True)
    finally:
        api.close()


@dataclass(frozen=True, slots=True)
class Cached:
    """What does not change from minute to minute: names, zones, groups.

    Parameters
    ----------
    services
        Id of a host -> its compute service.
    host_names, vm_names
        Id -> name.
    """

    context: Context
    metadata: Mapping[str, set[str]]
    services: Mapping[str, str]
    host_names: Mapping[str, str] = field(default_factory=dict)
    vm_names: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, host: str) -> str | None:
        """Give the id of a host; None where it was not there when everything was looked at."""
        return next((uuid for uuid, name in self.host_names.items() if name == host), None)


def observe(api: Api) -> Seen:
    """Look at everything."""
    return named(find(api)[0])


def find_host(api: Api, host: str, cached: Cached) -> tuple[FoundHost, list[FoundVM]] | None:
    """Ask for one host, by its id, and the servers on it and on their way to it; None where it is gone."""
    hypervisor = api.hypervisor(host)
    if hypervisor is None:
        return None
    placement = read_placement(api, [host])
    migrations = {it["instance_uuid"]: it for it in api.migrations()}
    servers = {it["id"]: it for it in api.servers(hypervisor["service"]["host"])}
    name = hypervisor["hypervisor_hostname"]
    flying = [vm for vm, it in migrations.items() if name in (it["source_node"], it["dest_node"])]
    for vm in flying:
        if vm not in servers and (server := api.server(vm)) is not None:
            servers[vm] = server
    context = replace(cached.context, demands=placement.demands, migrations=migrations)
    held = placement.strangers(set(servers) | {migrations[vm]["uuid"] for vm in flying}).get(host, {})
    machine = _host(hypervisor, placement, context.zones, cached.metadata, held)
    return machine, [found_vm(server, context) for server in servers.values()]


def find(api: Api) -> tuple[SourceFound, Cached]:
    """Ask for everything; see the module."""
    hypervisors = api.hypervisors()
    machines = [it for it in hypervisors if it["hypervisor_type"] != "ironic"]
    placement = read_placement(api, [it["id"] for it in machines])
    aggregates = api.aggregates()
    # Migrations before servers: one that ends in between is then seen as running, never as idle too early.
    migrations = {it["instance_uuid"]: it for it in api.migrations()}
    servers = api.servers()
    groups = read_groups(api.server_groups(), (server["id"] for server in servers))
    zones = zones_of(aggregates, [it["service"]["host"] for it in machines])
    context = Context(
        {it["hypervisor_hostname"]: it["id"] for it in machines},
        placement.demands,
        migrations,
        zones if len(set(zones.values())) > 1 else {},
        groups.together,
    )
    flying = {it["uuid"] for it in migrations.values()}
    strangers = placement.strangers({server["id"] for server in servers} | flying)
    metadata = _metadata(aggregates, servers)
    ironic = len(hypervisors) - len(machines)
    found = SourceFound(
        [_host(it, placement, context.zones, metadata, strangers.get(it["id"], {})) for it in machines],
        [found_vm(server, context) for server in servers],
        groups.apart,
        (
            *groups.warnings,
            *warnings_of(servers),
            *([f"{ironic} bare metal nodes are left out"] if ironic else []),
            *_stranger_warnings(machines, strangers),
            *_tree_warnings(api.provider_tree()),
        ),
    )
    return found, Cached(context, metadata, {it["id"]: it["service"]["host"] for it in machines})


@dataclass(frozen=True, slots=True)
class Placement:
    """What placement says of hosts, by their ids.

    Parameters
    ----------
    allocated
        Host -> consumer -> resource -> amount.
    """

    inventories: Mapping[str, Json]
    traits: Mapping[str, Sequence[str]]
    allocated: Mapping[str, Mapping[str, Mapping[str, int]]]

    @property
    def demands(self) -> dict[str, Mapping[str, int]]:
        """What each consumer takes; of one in flight what it takes where it goes, which is the same."""
        return {consumer: amounts for held in self.allocated.values() for consumer, amounts in held.items()}

    def strangers(self, known: set[str]) -> dict[str, dict[str, int]]:
        """Give host -> resource -> amount that is held by something else than known consumers."""
        found: dict[str, dict[str, int]] = {}
        for host, consumers in self.allocated.items():
            total: Counter[str] = Counter()
            for consumer, amounts in consumers.items():
                if consumer not in known:
                    total.update(amounts)
            if total:
                found[host] = dict(total)
        return found


def read_placement(api: Api, hosts: Sequence[str]) -> Placement:
    """Ask placement for hosts."""
    inventories = api.providers("inventories", hosts)
    traits = api.providers("traits", hosts)
    allocations = api.providers("allocations", hosts)
    return Placement(
        {host: answer.get("inventories", {}) for host, answer in inventories.items()},
        {host: answer.get("traits", []) for host, answer in traits.items()},
        {
            host: {
                consumer: {resource(name): amount for name, amount in held["resources"].items()}
                for consumer, held in answer.get("allocations", {}).items()
            }
            for host, answer in allocations.items()
        },
    )


def zones_of(aggregates: Iterable[Json], hosts: Iterable[str]) -> dict[str, str]:
    """Give compute host -> availability zone."""
    zones = dict.fromkeys(hosts, DEFAULT_ZONE)
    for aggregate in aggregates:
        zone = aggregate["metadata"].get("availability_zone")
        for host in aggregate["hosts"] if zone else ():
            if host in zones:
                zones[host] = zone
    return zones


def _metadata(aggregates: Iterable[Json], servers: Iterable[Json]) -> dict[str, set[str]]:
    """Give compute host -> traits for the metadata of its aggregates that flavors ask for."""
    asked = {
        key.removeprefix("aggregate_instance_extra_specs:")
        for server in servers
        for key in extra_specs(server)
        if key.startswith("aggregate_instance_extra_specs:")
    }
    found: dict[str, set[str]] = defaultdict(set)
    for aggregate in aggregates:
        traits = {aggregate_trait(key, it) for key, it in aggregate["metadata"].items() if key in asked}
        for host in aggregate["hosts"]:
            found[host] |= traits
    return found


def _host(
    hypervisor: Json,
    placement: Placement,
    zones: Mapping[str, str],
    metadata: Mapping[str, set[str]],
    strangers: Mapping[str, int],
) -> FoundHost:
    """Give a hypervisor as a host; what others hold of it counts as reserved."""
    name, service = hypervisor["hypervisor_hostname"], hypervisor["service"]["host"]
    inventories = placement.inventories[hypervisor["id"]]
    inventory = {resource(kind): it for kind, it in inventories.items()}
    ratios = {kind: float(it["allocation_ratio"]) for kind, it in inventory.items()}
    reserved = {
        kind: it["reserved"] - int(-strangers.get(kind, 0) // ratios[kind]) for kind, it in inventory.items()
    }
    zone = zones.get(service)
    return FoundHost(
        hypervisor["id"],
        name,
        {kind: it["total"] for kind, it in inventory.items()},
        reserved=reserved,
        overcommit=ratios,
        arch=_arch(hypervisor),
        traits=[
            *placement.traits[hypervisor["id"]],
            *metadata.get(service, ()),
            *([zone_trait(zone)] if zone else []),
        ],
        version=int(hypervisor["hypervisor_version"]),
        closed=tuple(_closed(hypervisor, bool(inventories))),
        up=hypervisor["state"] == "up",
        labels={"host": service} if service != name else {},
    )


def _closed(hypervisor: Json, has_inventory: bool) -> Iterator[str]:
    if hypervisor["state"] != "up":
        yield "its compute service is down"
    if hypervisor["status"] != "enabled":
        reason = hypervisor["service"].get("disabled_reason")
        yield f"disabled: {reason}" if reason else "disabled"
    if not has_inventory:
        yield "placement does not know it"


def _arch(hypervisor: Json) -> str:
    """Give the architecture; the drivers write ``cpu_info`` as an object, as a JSON text, or not at all."""
    info = hypervisor.get("cpu_info") or {}
    if isinstance(info, str):
        try:
            info = json.loads(info)
        except ValueError:
            return "x86_64"
    return str(info.get("arch") or "x86_64") if isinstance(info, dict) else "x86_64"


def _stranger_warnings(machines: Iterable[Json], strangers: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for machine in machines:
        if held := strangers.get(machine["id"]):
            amounts = ", ".join(f"{amount} {kind}" for kind, amount in sorted(held.items()))
            name = machine["hypervisor_hostname"]
            yield f"host {name}: {amounts} are allocated to no server in sight, and count as reserved"


def _tree_warnings(providers: Iterable[Json]) -> Iterator[str]:
    nested = sum(it["uuid"] != it["root_provider_uuid"] for it in providers)
    if nested:
        yield f"{nested} nested resource providers (NUMA cells, GPUs) are not in the pool"
