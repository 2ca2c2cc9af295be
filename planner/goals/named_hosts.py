"""Hosts that somebody names in a wish: what is wrong with the names."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.state import PoolState


def wrong_names(wish: str, state: PoolState, hosts: Sequence[str]) -> Iterator[str]:
    """Say which of the hosts that a wish names are not there, with names that look alike, or named twice."""
    for number, host in enumerate(hosts):
        if type(host) is not str:
            yield f"{wish}: {host!r} is no name; hosts are named one by one, as strings"
        elif not state.has_host(host):
            # Several, for of node1 to node12 none is more likely than the others.
            alike = get_close_matches(host, [it.name for it in state.hosts])
            yield f"{wish}: {host!r} is no host of the pool" + (
                f"; alike: {', '.join(alike)}" if alike else ""
            )
        elif host in hosts[:number]:
            yield f"{wish}: {host!r} is named twice"
