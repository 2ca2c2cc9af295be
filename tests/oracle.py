"""Exhaustive search over placements, for tiny pools: what the best plan costs, or that there is none.

A* on the plain JSON of a pool file, with the rules of :mod:`tests.slow_replay`; it shares nothing with the
packages. The bound it searches by is what the VMs that are not at home still have to pay at least.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import assume

from tests import slow_replay, slow_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.slow_replay import Json

Key = tuple[str | None, ...]
STOPPED = "<stopped>"


class TooManyStates(Exception):  # noqa: N818 - no error: the pool is only too large
    """The search has seen more placements than it was allowed to."""


@contextmanager
def within_reach() -> Iterator[None]:
    """Let another pool be drawn where this one is too large to be searched."""
    try:
        yield
    except TooManyStates:
        assume(False)


@dataclass(frozen=True, slots=True)
class Best:
    """A cheapest plan."""

    cost: int
    actions: list[Json]


class Search:
    """One pool, searched.

    Parameters
    ----------
    pool
        A pool file.
    objective
        ``moves``, ``ram`` or ``custom``.
    phases
        Shut down first and provision last, instead of trying every place in the order.
    """

    def __init__(self, pool: Json, objective: str, *, phases: bool) -> None:
        self.pool, self.phases = pool, phases
        self.vms, self.hosts = pool["vms"], pool["hosts"]
        self.by_name = {host["name"]: host for host in self.hosts}
        self.price = [slow_replay.price(pool, vm["name"], objective) for vm in self.vms]
        self.factor = pool.get("rules", {}).get("offline_cost_factor", 10)
        self.goal: Key = tuple(pool["target"].get(vm["name"]) for vm in self.vms)
        self.start: Key = tuple(pool["current"].get(vm["name"]) for vm in self.vms)
        self.usable = {
            (host["name"], resource): slow_replay.usable(host, resource)
            for host in self.hosts
            for resource in {r for vm in self.vms for r in vm["demand"]}
        }
        # Looked up a million times: who may run where, what each needs there, and what it pays at the least.
        self.needs = [[(r, amount) for r, amount in vm["demand"].items() if amount] for vm in self.vms]
        self.welcome = [
            {host["name"] for host in self.hosts if slow_replay.runs(vm, host) and host.get("accepts", True)}
            for vm in self.vms
        ]
        self.toll = [
            price * (min(1, self.factor) if vm.get("offline", False) else 1)
            for vm, price in zip(self.vms, self.price, strict=True)
        ]
        self.ending: dict[tuple[int, str, str], bool] = {}
        groups = pool.get("rules", {}).get("anti_affinity", [])
        self.rivals = [
            {
                o
                for group in groups
                if vm["name"] in group
                for o, other in enumerate(self.vms)
                if other["name"] in group
            }
            - {number}
            for number, vm in enumerate(self.vms)
        ]

    def least(self, key: Key) -> int:
        """Give a lower bound on what is still to pay."""
        return sum(
            toll
            for toll, at, home in zip(self.toll, key, self.goal, strict=True)
            if home is not None and at != home and at is not None and at != STOPPED
        )

    def room(self, key: Key) -> dict[tuple[str, str], int]:
        """Give what is free of each (host, resource)."""
        free = dict(self.usable)
        for needs, at in zip(self.needs, key, strict=True):
            if at is not None and at != STOPPED:
                for resource, amount in needs:
                    free[at, resource] -= amount
        return free

    def fits(self, key: Key, free: dict[tuple[str, str], int], number: int, host: Json) -> bool:
        """Tell whether a VM may come to run on a host, whence it comes aside."""
        name = host["name"]
        if name not in self.welcome[number]:
            return False
        for resource, amount in self.needs[number]:
            if free[name, resource] < amount:
                return False
        return not any(key[other] == name for other in self.rivals[number])

    def may_migrate(self, number: int, source: Json, host: Json) -> bool:
        """Tell whether a VM may migrate, room aside."""
        vm, old, new = self.vms[number], source.get("version"), host.get("version")
        return (
            vm.get("movable", True)
            and (vm.get("detours", True) or self.goal[number] == host["name"])
            and (old is None or new is None or new >= old)
            and self.converges(number, source, host)
        )

    def converges(self, number: int, source: Json, host: Json) -> bool:
        """Tell whether a migration ever ends; worked out once."""
        way = number, source["name"], host["name"]
        if way not in self.ending:
            self.ending[way] = slow_time.converges(self.pool, self.vms[number], source, host)
        return self.ending[way]

    def steps(self, key: Key) -> Iterator[tuple[int, Key, Json]]:
        """Give (cost, placement after it, action) of everything that can be done."""
        free = self.room(key)
        for number, (vm, at) in enumerate(zip(self.vms, key, strict=True)):
            name, home, price = vm["name"], self.goal[number], self.price[number]

            def after(host: str | None, number: int = number) -> Key:
                return (*key[:number], host, *key[number + 1 :])

            if at is None:
                new = not self.phases and home is not None and self.start[number] is None
                if new and self.fits(key, free, number, self.by_name[home]):
                    yield 0, after(home), {"action": "provision", "vm": name, "host": home}
                continue
            if at == STOPPED:
                for host in self.hosts:
                    if self.fits(key, free, number, host):
                        yield 0, after(host["name"]), {"action": "start", "vm": name, "host": host["name"]}
                continue
            if home is None:
                if not self.phases:
                    yield 0, after(None), {"action": "shutdown", "vm": name, "host": at}
            elif vm.get("offline", False):
                yield price * self.factor, after(STOPPED), {"action": "stop", "vm": name, "host": at}
            if self.start[number] is None:
                continue  # provisioned where it shall be: it has no reason to move
            source = self.by_name[at]
            for host in self.hosts:
                to = host["name"]
                if to != at and self.fits(key, free, number, host) and self.may_migrate(number, source, host):
                    yield price, after(to), {"action": "migrate", "vm": name, "from": at, "to": to}

    def run(self, limit: int) -> Best | None:
        """Search from the current to the target placement."""
        start, goal, first, last = self.start, self.goal, [], []
        if self.phases:
            kept = [home is not None for home in goal]
            for number, at in enumerate(start):
                if at is not None and not kept[number]:
                    first.append({"action": "shutdown", "vm": self.vms[number]["name"], "host": at})
            start = tuple(at if keep else None for at, keep in zip(start, kept, strict=True))
            goal, last, legal = self._provisions(start)
            if not legal:
                return None
        found = self._search(start, goal, limit)
        return found and Best(found.cost, first + found.actions + last)

    def _provisions(self, start: Key) -> tuple[Key, list[Json], bool]:
        """Give the placement before the provisions, the provisions, and whether they can be done."""
        before = tuple(home if at is not None else None for at, home in zip(start, self.goal, strict=True))
        key, actions = before, []
        for number, home in enumerate(self.goal):
            if home is not None and before[number] is None:
                if not self.fits(key, self.room(key), number, self.by_name[home]):
                    return before, [], False
                key = (*key[:number], home, *key[number + 1 :])
                actions.append({"action": "provision", "vm": self.vms[number]["name"], "host": home})
        return before, actions, True

    def _search(self, start: Key, goal: Key, limit: int) -> Best | None:
        ticket = count()
        best: dict[Key, int] = {start: 0}
        came: dict[Key, tuple[Key, Json]] = {}
        queue = [(self.least(start), next(ticket), 0, start)]
        while queue:
            _, _, paid, key = heappop(queue)
            if key == goal:
                actions = []
                while key in came:
                    key, action = came[key]
                    actions.append(action)
                return Best(paid, actions[::-1])
            if paid > best[key]:
                continue
            for cost, after, action in self.steps(key):
                total = paid + cost
                if total < best.get(after, total + 1):
                    if len(best) >= limit:
                        raise TooManyStates
                    best[after], came[after] = total, (key, action)
                    heappush(queue, (total + self.least(after), next(ticket), total, after))
        return None


def optimum(pool: Json, objective: str = "moves", *, phases: bool = True, limit: int = 20_000) -> Best | None:
    """Give a cheapest plan of a pool; None: there is none.

    Raises
    ------
    TooManyStates
        After ``limit`` placements.
    """
    return Search(pool, objective, phases=phases).run(limit)
