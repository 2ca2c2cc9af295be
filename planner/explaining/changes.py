"""The same pool, a little easier: one host with more room, or one VM that may be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from models.host import Host
    from models.pool import Pool


def with_room(pool: Pool, host: str, resource: str, amount: int) -> Pool:
    """Give the pool with so much more capacity on one host."""
    hosts = [roomier(it, resource, amount) if it.name == host else it for it in pool.hosts]
    return pool.rebuilt(hosts=hosts)


def roomier(host: Host, resource: str, amount: int) -> Host:
    """Give the host with so much more capacity."""
    return replace(host, capacity={**host.capacity, resource: host.capacity.get(resource, 0) + amount})


def with_offline(pool: Pool, vm: str) -> Pool:
    """Give the pool in which one VM may be stopped on one host and started on another."""
    vms = [replace(it, offline=True) if it.name == vm else it for it in pool.vms]
    return pool.rebuilt(vms=vms)
