"""RAM alone, with little of it free, and a long walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import PoolState
from planner.soak.pools.packing import packed, plain_hosts, ram_draw
from planner.soak.pools.walk import Walk, walk

if TYPE_CHECKING:
    from numpy.random import Generator


def tight(rng: Generator, num_hosts: int) -> Walk:
    """Plant a pool at 80 to 95% load."""
    hosts = plain_hosts(num_hosts)
    vms, placement = packed(rng, hosts, rng.uniform(0.8, 0.95), ram_draw)
    return walk(rng, PoolState(hosts, vms, placement), 20 * len(vms))
