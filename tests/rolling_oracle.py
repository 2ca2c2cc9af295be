"""Exhaustive search for rolling updates, on the plain JSON of a pool without a target.

It shares nothing with the packages; the steps are those of :mod:`tests.oracle`, with hosts growing newer.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count, product
from typing import TYPE_CHECKING

from tests.oracle import STOPPED, Key, Search, TooManyStates

if TYPE_CHECKING:
    from tests.slow_replay import Json


def cheapest_rolling(
    pool: Json, todo: list[str], objective: str = "moves", *, home: bool = False, limit: int = 20_000
) -> int | None:
    """Give what the cheapest rolling update costs; None where there is none.

    VMs that take no detours go straight to their ends: all ends that they may have are tried.

    Raises
    ------
    TooManyStates
        After ``limit`` placements, for one choice of ends.
    """
    straight = [] if home else [vm["name"] for vm in pool["vms"] if not vm.get("detours", True)]
    hosts = [host["name"] for host in pool["hosts"]]
    found = [
        _cheapest(pool, todo, objective, dict(zip(straight, ends, strict=True)), home=home, limit=limit)
        for ends in product(hosts, repeat=len(straight))
    ]
    return min((cost for cost in found if cost is not None), default=None)


def _cheapest(
    pool: Json, todo: list[str], objective: str, ends: dict[str, str], *, home: bool, limit: int
) -> int | None:
    """Give the least cost where some VMs have their ends."""
    search, ticket = Search({**pool, "target": pool["current"] | ends}, objective, phases=True), count()
    names = [vm["name"] for vm in pool["vms"]]
    versions = [host.get("version") for host in pool["hosts"]]
    if all(version is None for version in versions):
        versions = [0 for _ in versions]
    first: tuple[Key, frozenset[str]] = (search.start, frozenset())
    best, queue = {first: 0}, [(0, next(ticket), *first)]
    while queue:
        paid, _, key, done = heappop(queue)
        if paid > best[key, done]:
            continue
        there = all(key[names.index(name)] == end for name, end in ends.items())
        if done == frozenset(todo) and STOPPED not in key and there and (not home or key == search.start):
            return paid
        search.by_name = {
            host["name"]: host | ({} if version is None else {"version": version + (host["name"] in done)})
            for host, version in zip(pool["hosts"], versions, strict=True)
        }
        search.hosts = list(search.by_name.values())
        reached = [(0, key, done | {host}) for host in todo if host not in done and host not in key]
        reached += [(cost, after, done) for cost, after, _ in search.steps(key)]
        for cost, after, updated in reached:
            total = paid + cost
            if total < best.get((after, updated), total + 1):
                if len(best) >= limit:
                    raise TooManyStates
                best[after, updated] = total
                heappush(queue, (total, next(ticket), after, updated))
    return None
