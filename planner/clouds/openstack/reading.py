"""A whole OpenStack cloud, read: hypervisors, placement, aggregates, servers and their groups, what migrates.

About ten requests, one for each kind of host, one more for every thousand servers, and for a host that is
full or whose allocations are not what flavors say up to three; see
:mod:`planner.clouds.openstack.placement`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from planner.clouds.found import FoundHost, FoundVM, SourceFound, named, reserved_for
from planner.clouds.imported import Imported, imported
from planner.clouds.openstack.api import Api
from planner.clouds.openstack.placement import (
    Placement,
    amounts,
    comes_to,
    models_of,
    read_summaries,
    read_summary,
    unclear,
)
from planner.clouds.openstack.servers import (
    AGGREGATES,
    Context,
    ServerGroups,
    aggregate_trait,
    demand_of,
    extra_specs,
    found_vm,
    kind_trait,
    read_groups,
    resource,
    size_trait,
    warnings_of,
    zone_trait,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from planner.clouds.openstack.api import Json

TENANTS = "filter_tenant_id"
"""Metadata of an aggregate, with whatever behind it, that names projects that may use its hosts."""

ISOLATES = "trait:"
"""Metadata of an aggregate, before a trait: where that is ``required``, nova may keep its hosts for servers
that require it (``[scheduler] enable_isolated_aggregate_filtering``, of which its API says nothing)."""

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
        found, _ = find(api, imaged=True)
        return imported(named(found), stopped=stopped, keeps_room=True)
    finally:
        api.close()


@dataclass(frozen=True, slots=True)
class Cached:
    """What does not change from minute to minute: names, zones, groups.

    Parameters
    ----------
    services
        Id of a host -> its compute service.
    inventories
        Id of a host -> resource class -> its inventory; may change, and is asked for again where it has.
    host_names, vm_names
        Id -> name.
    """

    context: Context
    metadata: Mapping[str, set[str]]
    services: Mapping[str, str]
    inventories: Mapping[str, Json]
    host_names: Mapping[str, str] = field(default_factory=dict)
    vm_names: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, host: str) -> str | None:
        """Give the id of a host; None where it was not there when everything was looked at."""
        return next((uuid for uuid, name in self.host_names.items() if name == host), None)


def find_host(api: Api, host: str, cached: Cached) -> tuple[FoundHost, list[FoundVM]] | None:
    """Ask for one host, by its id, and the servers on it and on their way to it; None where it is gone."""
    hypervisor, placement, listed = _ask_of_host(api, host, cached)
    if hypervisor is None:
        return None
    migrations: dict[str, Json] = {}
    if suspects := _suspects(listed, placement.allocated[host]):
        # Migrations before servers: one that ends in between is seen as running, never as idle too early.
        migrations = _flights_of(api, suspects, {it["id"] for it in listed})
        listed = api.servers(cached.services[host], pinned=bool(cached.context.zones))
    servers = {it["id"]: it for it in listed}
    name = hypervisor["hypervisor_hostname"]
    flying = [vm for vm, it in migrations.items() if name in (it["source_node"], it["dest_node"])]
    for vm in flying:
        if vm not in servers and (server := api.server(vm, pinned=bool(cached.context.zones))) is not None:
            servers[vm] = server
    context = replace(cached.context, demands=placement.demands, migrations=migrations)
    known = {*servers, *(migrations[vm]["uuid"] for vm in flying)}
    held = placement.strangers({host: known}).get(host, {})
    machine = _host(hypervisor, placement, context, cached.metadata, held)
    return machine, [found_vm(server, context) for server in servers.values()]


def _ask_of_host(api: Api, host: str, cached: Cached) -> tuple[Json | None, Placement, list[Json]]:
    """Give the hypervisor, what placement says of it, and the servers on it, all asked at a time.

    Its inventory as it was seen before is taken where it comes to what placement says can be used.
    """
    hypervisor, listed, summary, allocations = api.together(
        [
            partial(api.hypervisor, host),
            partial(api.servers, cached.services[host], pinned=bool(cached.context.zones)),
            partial(read_summary, api, host),
            partial(api.provider, "allocations", host),
        ]
    )
    inventory = cached.inventories.get(host, {})
    if summary is not None and comes_to(inventory, summary.usable):
        traits = summary.traits
    else:
        told = api.together(partial(api.provider, part, host) for part in ("inventories", "traits"))
        inventory, traits = told[0].get("inventories", {}), told[1].get("traits", [])
    return hypervisor, Placement({host: inventory}, {host: traits}, {host: amounts(allocations)}), listed


def _suspects(servers: Iterable[Json], allocated: Mapping[str, Any]) -> set[str]:
    """Give the ids of what may be a migration from or to a host, or a server in the middle of one.

    While it runs, the host that it leaves is allocated to the migration itself, and the one it comes to is to
    a server that is not on it yet; when its server is there, it has a task, or has arrived.
    """
    busy = {it["id"] for it in servers if it.get("OS-EXT-STS:task_state")}
    return busy | (allocated.keys() - {it["id"] for it in servers})


def _flights_of(api: Api, suspects: set[str], here: set[str]) -> dict[str, Json]:
    """Give server -> its live migration that has not ended, for all that a host is concerned with.

    Each suspect is asked for by itself, at a time. All migrations of the cloud are asked for only where a
    suspect is neither a server nor the migration of one that was found.
    """
    ids = sorted(suspects)
    told = api.together(partial(api.server_migrations, it) for it in ids)
    found = {vm: flying[-1] for vm, flying in zip(ids, told, strict=True) if flying}
    explained = here | found.keys() | {it["uuid"] for it in found.values()}
    if suspects <= explained:
        return found
    return {it["instance_uuid"]: it for it in api.migrations()}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked of a whole cloud, as it was answered.

    Parameters
    ----------
    zones
        Compute host -> its availability zone; empty where there is one zone only.
    migrations
        Id of a server -> its live migration that has not ended.
    """

    machines: Sequence[Json]
    tree: Sequence[Json]
    aggregates: Sequence[Json]
    zones: Mapping[str, str]
    migrations: Mapping[str, Json]
    servers: Sequence[Json]
    groups: ServerGroups
    placement: Placement


def _ask(api: Api, machines: Sequence[Json], *, imaged: bool) -> Answers:
    """Ask for everything but the hypervisors; at a time what does not depend on other answers."""
    hosts = [it["id"] for it in machines]
    tree, aggregates, summaries, flights = api.together(
        [api.provider_tree, api.aggregates, partial(read_summaries, api, hosts), api.migrations]
    )
    zones = zones_of(aggregates, [it["service"]["host"] for it in machines])
    models = models_of(machines, summaries)
    # Migrations before servers: one that ends in between is seen as running, never as idle too early.
    migrations = {it["instance_uuid"]: it for it in flights}
    listing = partial(api.servers, pinned=bool(zones), imaged=imaged)
    servers, told = _with_providers(api, listing, {"inventories": sorted(set(models.values()))})
    inventories = {host: told["inventories", one].get("inventories", {}) for host, one in models.items()}
    asked = unclear(summaries, machines, servers, migrations)
    silent = [host for host in asked if host not in summaries]
    # Groups after servers: a server that is seen has its group by then.
    groups, told = _with_providers(api, api.server_groups, {"allocations": asked, "traits": silent})
    placement = Placement(
        inventories,
        {
            **{host: summary.traits for host, summary in summaries.items()},
            **{host: told["traits", host].get("traits", []) for host in silent},
        },
        {host: amounts(told["allocations", host]) for host in asked},
    )
    together = read_groups(groups, (server["id"] for server in servers))
    return Answers(machines, tree, aggregates, zones, migrations, servers, together, placement)


def _with_providers(
    api: Api, other: Callable[[], Any], wanted: Mapping[str, Iterable[str]]
) -> tuple[Any, dict[tuple[str, str], Json]]:
    """Ask something else and, at the same time, placement for parts of what it knows of hosts.

    Parameters
    ----------
    wanted
        ``inventories``, ``traits`` or ``allocations`` -> ids of hosts.

    Returns
    -------
    tuple
        The other answer, and (part, host) -> what placement says.
    """
    parts = [(part, host) for part, hosts in wanted.items() for host in hosts]
    answer, *told = api.together([other, *(partial(api.provider, part, host) for part, host in parts)])
    return answer, dict(zip(parts, told, strict=True))


def find(api: Api, *, imaged: bool = False) -> tuple[SourceFound, Cached]:
    """Ask for everything; see the module.

    Parameters
    ----------
    imaged
        For what the images of servers ask, too: by it alone some can never be moved.
    """
    hypervisors = api.hypervisors()
    machines = [it for it in hypervisors if it["hypervisor_type"] != "ironic"]
    said = _ask(api, machines, imaged=imaged)
    strangers = _strangers(api, said)
    context = Context(
        {it["hypervisor_hostname"]: it["id"] for it in said.machines},
        said.placement.demands,
        said.migrations,
        said.zones,
        said.groups.together,
        {it["hypervisor_hostname"]: _arch(it) for it in said.machines},
        _sizes(said),
        _kinds(said.machines),
    )
    metadata = _metadata(said.aggregates, said.servers)
    ironic = len(hypervisors) - len(said.machines)
    found = SourceFound(
        [_host(it, said.placement, context, metadata, strangers.get(it["id"], {})) for it in said.machines],
        [found_vm(server, context) for server in said.servers],
        said.groups.apart,
        (
            *said.groups.warnings,
            *warnings_of(said.servers),
            *([f"{ironic} bare metal nodes are left out"] if ironic else []),
            *_stranger_warnings(said.machines, strangers),
            *_tree_warnings(said.tree),
            *_tenant_warnings(said.aggregates),
            *_isolation_warnings(said.aggregates),
        ),
    )
    services = {it["id"]: it["service"]["host"] for it in said.machines}
    return found, Cached(context, metadata, services, said.placement.inventories)


def _strangers(api: Api, said: Answers) -> dict[str, dict[str, int]]:
    """Give what no server there and no migration holds, nor one that has begun since the first look."""
    if not said.placement.strangers(_known(said, said.migrations.values())):
        return {}
    return said.placement.strangers(_known(said, [*said.migrations.values(), *api.migrations()]))


def _known(said: Answers, migrations: Iterable[Json]) -> dict[str, set[str]]:
    """Give id of a host -> the servers on it and on their way to it, and the migrations of these."""
    at: dict[str, set[str]] = defaultdict(set)
    for server in said.servers:
        at[server.get("OS-EXT-SRV-ATTR:hypervisor_hostname") or ""].add(server["id"])
    for migration in migrations:
        for node in (migration["source_node"], migration["dest_node"]):
            at[node or ""] |= {migration["instance_uuid"], migration["uuid"]}
    return {it["id"]: at[it["hypervisor_hostname"]] for it in said.machines}


def _sizes(said: Answers) -> dict[str, set[int]]:
    """Give resource -> amounts of servers that some host has room for, and gives to no single server.

    With overcommit a host of 16 processors has room for 64, and none for a server of 20.
    """
    found: dict[str, set[int]] = defaultdict(set)
    asked: dict[str, set[int]] = defaultdict(set)
    demands = said.placement.demands
    for server in said.servers:
        for kind, amount in demand_of(server, demands).items():
            asked[kind].add(amount)
    for inventories in said.placement.inventories.values():
        for name, it in inventories.items():
            usable, kind = (it["total"] - it["reserved"]) * it["allocation_ratio"], resource(name)
            found[kind] |= {amount for amount in asked[kind] if it["max_unit"] < amount <= usable}
    return found


def _kinds(machines: Iterable[Json]) -> dict[str, str]:
    """Give hypervisor -> its type; nothing where all are of one: nova migrates to no other."""
    kinds = {it["hypervisor_hostname"]: str(it["hypervisor_type"]) for it in machines}
    return kinds if len(set(kinds.values())) > 1 else {}


def zones_of(aggregates: Iterable[Json], hosts: Iterable[str]) -> dict[str, str]:
    """Give compute host -> availability zone; nothing where there is one zone only."""
    zones = dict.fromkeys(hosts, DEFAULT_ZONE)
    for aggregate in aggregates:
        zone = aggregate["metadata"].get("availability_zone")
        for host in aggregate["hosts"] if zone else ():
            if host in zones:
                zones[host] = zone
    return zones if len(set(zones.values())) > 1 else {}


def _metadata(aggregates: Iterable[Json], servers: Iterable[Json]) -> dict[str, set[str]]:
    """Give compute host -> traits for the metadata of its aggregates that flavors ask for."""
    asked = {
        key.removeprefix(AGGREGATES)
        for server in servers
        for key in extra_specs(server)
        if key.startswith(AGGREGATES)
    }
    found: dict[str, set[str]] = defaultdict(set)
    for aggregate in aggregates:
        # One value may be several, between commas.
        traits = {
            aggregate_trait(key, one.strip())
            for key, value in aggregate["metadata"].items()
            if key in asked
            for one in value.split(",")
        }
        for host in aggregate["hosts"]:
            found[host] |= traits
    return found


def _host(
    hypervisor: Json,
    placement: Placement,
    context: Context,
    metadata: Mapping[str, set[str]],
    strangers: Mapping[str, int],
) -> FoundHost:
    """Give a hypervisor as a host; what others hold of it counts as reserved."""
    name, service = hypervisor["hypervisor_hostname"], hypervisor["service"]["host"]
    inventories = placement.inventories[hypervisor["id"]]
    inventory = {resource(kind): it for kind, it in inventories.items()}
    ratios = {kind: float(it["allocation_ratio"]) for kind, it in inventory.items()}
    reserved = {
        kind: it["reserved"] + reserved_for(strangers.get(kind, 0), ratios[kind])
        for kind, it in inventory.items()
    }
    zone = context.zones.get(service)
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
            *([kind_trait(context.kinds[name])] if name in context.kinds else []),
            *(
                size_trait(kind, amount)
                for kind, it in inventory.items()
                for amount in context.sizes.get(kind, ())
                if amount <= it["max_unit"]
            ),
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
            yield f"host {name}: {amounts} are allocated to no server on it, and count as reserved"


def _tenant_warnings(aggregates: Iterable[Json]) -> Iterator[str]:
    for aggregate in aggregates:
        if aggregate["hosts"] and any(key.startswith(TENANTS) for key in aggregate["metadata"]):
            yield (
                f"aggregate {aggregate['name']!r} keeps its hosts for some projects ({TENANTS}),"
                " which a pool cannot say; nova may refuse others there"
            )


def _isolation_warnings(aggregates: Iterable[Json]) -> Iterator[str]:
    for aggregate in aggregates:
        traits = sorted(
            key.removeprefix(ISOLATES)
            for key, value in aggregate["metadata"].items()
            if key.startswith(ISOLATES) and value == "required"
        )
        if aggregate["hosts"] and traits:
            yield (
                f"aggregate {aggregate['name']!r} may keep its hosts for servers that require"
                f" {' and '.join(traits)}, which a pool cannot say; nova may refuse others there"
            )


def _tree_warnings(providers: Iterable[Json]) -> Iterator[str]:
    nested = sum(it["uuid"] != it["root_provider_uuid"] for it in providers)
    if nested:
        yield f"{nested} nested resource providers (NUMA cells, GPUs) are not in the pool"
