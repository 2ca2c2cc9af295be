"""Which hosts are shown where there are more of them than rows: the ones that matter at that step."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.text import Text

from models.actions import hosts_of
from planner.views.palette import QUIET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from models.actions import Action
    from models.pool import Pool


def cast(
    pool: Pool, placement: Mapping[str, str], actions: Sequence[Action], step: int, rows: int
) -> list[str]:
    """Choose the hosts to show, in pool order.

    Those of the action at ``step`` (from 0), the one it goes to first, and where its VM belongs in the end;
    then those of the actions around it, the nearest first; then those with VMs that are not home; then the
    others.

    Parameters
    ----------
    rows
        How many hosts there is space for; at least the two of an action are given.
    """
    names = [host.name for host in pool.hosts]
    if len(names) <= rows:
        return names
    known, chosen = set(names), dict[str, None]()
    for host in _by_weight(pool, placement, actions, step):
        if host in known:
            chosen[host] = None
            if len(chosen) >= max(rows, 2):
                break
    return [name for name in names if name in chosen]


def _by_weight(
    pool: Pool, placement: Mapping[str, str], actions: Sequence[Action], step: int
) -> Iterator[str]:
    target = pool.target.placement
    if step < len(actions):
        yield from reversed(hosts_of(actions[step]))
        yield from _known(target.get(actions[step].vm))
    for later, earlier in zip_longest(actions[step + 1 :], reversed(actions[:step])):
        for action in (later, earlier):
            if action is not None:
                yield from reversed(hosts_of(action))
    yield from restless(pool, placement)
    yield from (host.name for host in pool.hosts)


def restless(pool: Pool, placement: Mapping[str, str]) -> dict[str, None]:
    """Give the hosts with VMs that leave or are still to come."""
    target = pool.target.placement
    found: dict[str, None] = {}
    for vm in pool.vms:
        here, there = placement.get(vm.name), target.get(vm.name)
        if here != there:
            found.update(dict.fromkeys((*_known(here), *_known(there))))
    return found


def rest(pool: Pool, placement: Mapping[str, str], chosen: Iterable[str]) -> Text | None:
    """Say how many hosts are not shown, and how many of them wait for something; None where all are."""
    inside = set(chosen)
    left = [host.name for host in pool.hosts if host.name not in inside]
    if not left:
        return None
    waiting = sum(1 for host in restless(pool, placement) if host not in inside)
    words = f" and {len(left)} more {'host' if len(left) == 1 else 'hosts'}"
    words += f", {waiting} of them with VMs to come or go" if waiting else ", none of them with VMs to move"
    return Text(words, QUIET)


def _known(host: str | None) -> tuple[str, ...]:
    return () if host is None else (host,)
