"""The same pool, a little easier: one host with more room, or VMs that may be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Container

    from models.host import Host
    from models.pool import Pool


def with_room(pool: Pool, host: str, resource: str, amount: int) -> Pool:
    """Give the pool with so much more capacity on one host."""
    hosts = [roomier(it, resource, amount) if it.name == host else it for it in pool.hosts]
    return pool.rebuilt(hosts=hosts)


def roomier(host: Host, resource: str, amount: int) -> Host:
    """Give the host with so much more capacity."""
    return replace(host, capacity={**host.capacity, resource: host.capacity.get(resource, 0) + amount})


def with_offline(pool: Pool, vms: Container[str]) -> Pool:
    """Give the pool in which these VMs too may be stopped on one host and started on another."""
    return pool.rebuilt(vms=[replace(it, offline=True) if it.name in vms else it for it in pool.vms])
