"""Pools full to the brim, planted: a packing with hardly any free room, and a walk of who finds some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.soak.pools.shuffles import ATTEMPTS, drawn_up_to, packed_once
from planner.soak.pools.walk import Walk, walk

if TYPE_CHECKING:
    from numpy.random import Generator

TRIES = 1000
"""Migrations drawn for each VM; at 97% load about one in twelve fits."""

FEWEST = 0.25
"""The part of the VMs that end elsewhere at least: with few hosts the free room may lie where nobody fits."""


def brimful(rng: Generator, num_hosts: int, load: float) -> Walk:
    """Plant a pool of VMs as in the full shuffles; large ones seldom find room, so not all of them move.

    Parameters
    ----------
    load
        Share of all RAM that is taken at least, 0 to 1.

    Raises
    ------
    ValueError
        No draw could be packed so full, and then walked far.
    """
    for _ in range(ATTEMPTS):
        start = packed_once(rng, num_hosts, drawn_up_to(rng, num_hosts, load))
        if start is not None:
            walked = walk(rng, start, TRIES * len(start.vms))
            if len(walked.pool.displaced) >= FEWEST * len(start.vms):
                return walked
    raise ValueError(f"{num_hosts} hosts cannot be packed to a load of {load} and walked far")
