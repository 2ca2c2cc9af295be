"""Hosts that somebody names in a wish: what is wrong with the names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.names_alike import alike
from planner.verdict.sentences import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.state import PoolState

MOST_NAMED = 3
"""Hosts of the pool that are named where none is like the one that was written."""


def wrong_names(wish: str, state: PoolState, hosts: Sequence[str]) -> Iterator[str]:
    """Say which of the hosts that a wish names are not there, with names that look alike, or named twice."""
    for number, host in enumerate(hosts):
        if type(host) is not str:
            yield f"{wish}: {host!r} is no name; hosts are named one by one, as strings"
        elif not state.has_host(host):
            meant = alike(host, [it.name for it in state.hosts]) or _there(state)
            yield f"{wish}: {host!r} is no host of the pool{meant}"
        elif host in hosts[:number]:
            yield f"{wish}: {host!r} is named twice"


def _there(state: PoolState) -> str:
    """Name some of the hosts that there are: whoever has the wrong pool sees it by them."""
    return f", which has {some_of([it.name for it in state.hosts], MOST_NAMED) or 'none'}"
