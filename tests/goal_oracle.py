"""Exhaustive search over placements for goals, on the plain JSON of a pool without a target.

It shares nothing with the packages; the steps are those of :mod:`tests.oracle`.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

from tests import slow_replay
from tests.oracle import STOPPED, Key, Search, TooManyStates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.slow_replay import Json, Where


def open_pool(pool: Json) -> Json:
    """Give the pool without its target, and without the VMs that do not run yet."""
    running = pool["current"]
    kept = [vm for vm in pool["vms"] if vm["name"] in running]
    names = {vm["name"] for vm in kept}
    rules: dict[str, Any] = dict(pool.get("rules", {}))
    if "anti_affinity" in rules:
        groups = [[name for name in group if name in names] for group in rules["anti_affinity"]]
        rules["anti_affinity"] = [group for group in groups if len(group) > 1]
    left = {key: value for key, value in pool.items() if key not in ("target", "vms", "rules")}
    return {**left, "vms": kept, "rules": rules}


def is_lawful(pool: Json, where: Where) -> bool:
    """Tell whether a placement obeys every rule that speaks of placements."""
    hosts = {host["name"]: host for host in pool["hosts"]}
    there = [vm for vm in pool["vms"] if vm["name"] in where]
    if not all(slow_replay.runs(vm, hosts[where[vm["name"]]]) for vm in there):
        return False
    resources = {resource for vm in there for resource in vm["demand"]}
    for name, host in hosts.items():
        for resource in resources:
            if slow_replay.load(pool, where, name, resource) > slow_replay.usable(host, resource):
                return False
    for group in pool.get("rules", {}).get("anti_affinity", []):
        places = [where[vm] for vm in dict.fromkeys(group) if vm in where]
        if len(places) != len(set(places)):
            return False
    return True


class _Open(Search):
    """The steps of a pool whose target is open: a VM without detours has one migration, to its end."""

    def __init__(self, pool: Json, objective: str) -> None:
        super().__init__({**pool, "target": dict(pool["current"])}, objective, phases=True)
        self.key: Key = self.start

    def steps(self, key: Key) -> Iterator[tuple[int, Key, Json]]:
        """Give every step, knowing where everybody is."""
        self.key = key
        yield from super().steps(key)

    def may_migrate(self, number: int, source: Json, host: Json) -> bool:
        """Tell whether a VM may migrate, room aside."""
        vm, old, new = self.vms[number], source.get("version"), host.get("version")
        straight = not vm.get("detours", True)
        return (
            vm.get("movable", True)
            and not (straight and self.key[number] != self.start[number])
            and (old is None or new is None or new >= old)
            and self.converges(number, source, host)
        )


def reachable(
    pool: Json, objective: str = "moves", *, at_most: int | None = None, limit: int = 20_000
) -> dict[tuple[str, ...], int]:
    """Give every lawful placement that can be reached, and what it costs at least.

    Raises
    ------
    TooManyStates
        After ``limit`` placements.
    """
    search, ticket = _Open(pool, objective), count()
    best: dict[tuple[Key, int], int] = {(search.start, 0): 0}
    queue = [(0, next(ticket), search.start, 0)]
    found: dict[tuple[str, ...], int] = {}
    names = [vm["name"] for vm in pool["vms"]]
    while queue:
        paid, _, key, made = heappop(queue)
        if paid > best[key, made]:
            continue
        if STOPPED not in key and key not in found and is_lawful(pool, dict(zip(names, key, strict=True))):
            found[key] = paid
        for cost, after, action in search.steps(key):
            moves = 0 if at_most is None else made + (action["action"] != "start")
            if at_most is not None and moves > at_most:
                continue
            state, total = (after, moves), paid + cost
            if total < best.get(state, total + 1):
                if len(best) >= limit:
                    raise TooManyStates
                best[state] = total
                heappush(queue, (total, next(ticket), after, moves))
    return found


def cheapest(
    pool: Json,
    meets: Callable[[Where], bool],
    objective: str = "moves",
    *,
    at_most: int | None = None,
    limit: int = 20_000,
) -> int | None:
    """Give what the cheapest plan to a placement that meets a goal costs; None where none can be reached."""
    names = [vm["name"] for vm in pool["vms"]]
    costs = [
        cost
        for key, cost in reachable(pool, objective, at_most=at_most, limit=limit).items()
        if meets(dict(zip(names, key, strict=True)))
    ]
    return min(costs, default=None)
