"""Homes for VMs that must leave, in the room that is there now: nobody else moves, and any order is safe."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from heuristics.spare import Spare, SpareArrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.goals.choice import Choice


def filled(
    choice: Choice, at: Sequence[int], leaving: Iterable[int], shut: Iterable[int], *, even: bool = True
) -> list[int] | None:
    """Give the placement with some VMs elsewhere, the largest first; None where one finds no room.

    Parameters
    ----------
    at
        Where all are.
    leaving
        Who must leave.
    shut
        Hosts that take nobody.
    even
        Go where the fullest resource stays emptiest, for an even load; else where least room is left over.
    """
    room = FreeRoom(choice, at, shut)
    found = list(at)
    for vm in sorted(leaving, key=lambda vm: (-room.size(vm), vm)):
        host = room.best_host(vm, at[vm], even=even)
        if host is None:
            return None
        room.put(vm, host)
        found[vm] = host
    return found


def filled_by_force(
    choice: Choice, at: Sequence[int], leaving: Iterable[int], shut: Iterable[int]
) -> list[int] | None:
    """Give the placement with some VMs elsewhere; who finds no room evicts smaller ones, which go on.

    It ends, as those evicted are smaller each time. None where one finds no room even so.
    """
    crowd = _Crowd(choice, at, shut)
    queue = [(-crowd.room.size(vm), vm) for vm in leaving]
    for _, vm in queue:
        crowd.leave(vm)
    heapq.heapify(queue)
    while queue:
        _, vm = heapq.heappop(queue)
        end = crowd.room.best_host(vm, -1, even=False)
        if end is None:
            way = crowd.one_out(vm) or crowd.some_out(vm)
            if way is None:
                return None
            end, evicted = way
            for other in evicted:
                crowd.leave(other)
                heapq.heappush(queue, (-crowd.room.size(other), other))
        crowd.come(vm, end)
    found: list[int] = crowd.at.tolist()
    return found


class _Crowd:
    """Who is where while VMs evict each other."""

    def __init__(self, choice: Choice, at: Sequence[int], shut: Iterable[int]) -> None:
        self.room = FreeRoom(choice, at, shut)
        self.at = np.array(at)
        shape = len(at), len(choice.problem.resources)
        self.demand = np.array(choice.problem.demand, dtype=np.float64).reshape(shape)
        self.sizes = np.array([self.room.size(vm) for vm in range(len(at))])
        away = (choice.fare_away(vm) for vm in range(len(at)))
        self.able = np.array([fare is not None for fare in away])
        self.here = np.ones(len(at), dtype=bool)

    def leave(self, vm: int) -> None:
        """Take the VM off its host."""
        self.here[vm] = False
        self.room.take(vm, int(self.at[vm]))

    def come(self, vm: int, host: int) -> None:
        """Put the VM on a host."""
        self.here[vm] = True
        self.at[vm] = host
        self.room.put(vm, host)

    def smaller(self, vm: int) -> NDArray[np.intp]:
        """Give the VMs that may leave for another one."""
        able = self.here & self.able & (self.sizes < self.sizes[vm]) & self.room.open[self.at]
        found: NDArray[np.intp] = np.flatnonzero(able)
        return found

    def one_out(self, vm: int) -> tuple[int, list[int]] | None:
        """Give the smallest VM in whose place another one fits, and its host."""
        others = self.smaller(vm)
        left = self.room.free[:, self.at[others]].T + self.demand[others] - self.demand[vm]
        others = others[(left >= 0).all(axis=1)]
        for other in others[np.argsort(self.sizes[others], kind="stable")].tolist():
            host = int(self.at[other])
            if self.room.choice.fare(vm, host) is None:
                continue
            rivals = self.room.rivals(vm, host, [other])
            if rivals is not None and set(rivals) <= {other}:
                return host, [other]
        return None

    def some_out(self, vm: int) -> tuple[int, list[int]] | None:
        """Give the host that the fewest and smallest VMs must leave for another one, and these."""
        by_host: dict[int, list[int]] = {}
        others = self.smaller(vm)
        for other in others[np.argsort(self.sizes[others], kind="stable")].tolist():
            by_host.setdefault(int(self.at[other]), []).append(other)
        best: tuple[int, float, int, list[int]] | None = None
        for host, able in by_host.items():
            if self.room.choice.fare(vm, host) is None:
                continue
            evicted = _evicted(self.room, vm, host, able)
            if evicted is not None:
                key = len(evicted), float(self.sizes[evicted].sum()), host, evicted
                best = key if best is None else min(best, key)
        return None if best is None else best[2:]


def _evicted(room: FreeRoom, vm: int, host: int, smaller: Sequence[int]) -> list[int] | None:
    """Give who must leave a host for a VM: the smallest that is enough, else the largest and then others."""
    problem = room.choice.problem
    demand = problem.demand
    missing = [amount - int(room.free[r, host]) for r, amount in enumerate(demand[vm])]
    rivals = room.rivals(vm, host, smaller)
    if rivals is None:
        return None
    left, evicted = [other for other in smaller if other not in rivals], list(rivals)
    for other in rivals:
        missing = [amount - demand[other][r] for r, amount in enumerate(missing)]
    while any(amount > 0 for amount in missing):
        if not left:
            return None
        enough = (o for o in left if all(demand[o][r] >= amount for r, amount in enumerate(missing)))
        other = next(enough, left[-1])
        left.remove(other)
        evicted.append(other)
        missing = [amount - demand[other][r] for r, amount in enumerate(missing)]
    return evicted


class FreeRoom(SpareArrays):
    """What is free where, while VMs are put on hosts and taken off them in no order that a plan could have.

    Parameters
    ----------
    at
        Where all are.
    shut
        Hosts that take nobody.
    """

    def __init__(self, choice: Choice, at: Sequence[int], shut: Iterable[int]) -> None:
        problem = choice.problem
        self.choice, self.spare = choice, Spare(problem, at)
        super().__init__(self.spare)
        shape = problem.num_hosts, len(problem.resources)
        self.usable = np.array(problem.usable, dtype=np.float64).reshape(shape)
        self.scale = np.maximum(self.usable.max(axis=0, initial=0), 1)
        self.open = np.ones(problem.num_hosts, dtype=bool)
        self.open[list(shut)] = False

    def put(self, vm: int, host: int) -> None:
        """Count the VM on the host too."""
        super().put(vm, host)
        self.spare.put(vm, host)

    def take(self, vm: int, host: int) -> None:
        """Count the VM on the host no longer."""
        super().take(vm, host)
        self.spare.take(vm, host)

    def loads(self) -> NDArray[np.float64]:
        """Give ``[host, resource]``: what is taken."""
        return np.ascontiguousarray(self.usable - self.free.T)

    def size(self, vm: int) -> float:
        """Give how large the VM is against the largest host."""
        return max(
            (amount / self.scale[resource] for resource, amount in self.choice.problem.needs[vm]), default=0
        )

    def best_host(self, vm: int, home: int, *, even: bool) -> int | None:
        """Give the best host that has room; None where none has."""
        choice, problem = self.choice, self.choice.problem
        demand = np.array(problem.demand[vm], dtype=np.float64)
        fits = self.open & (self.free >= demand[:, None]).all(axis=0)
        if home >= 0:
            fits[home] = False
        hosts = np.flatnonzero(fits)
        if not len(hosts):
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = 1 - (self.free[:, hosts].T - demand) / np.where(
                self.usable[hosts] > 0, self.usable[hosts], np.inf
            )
        score = shares.max(axis=1, initial=0) if even else -shares.max(axis=1, initial=0)
        cheapest: tuple[int, int] | None = None
        for host in hosts[np.argsort(score, kind="stable")].tolist():
            if not self.spare.fits(vm, host):
                continue  # its groups
            fare = choice.fare(vm, host)
            if fare is not None and fare[0] == problem.cost[vm]:
                return int(host)
            if fare is not None and (cheapest is None or fare[0] < cheapest[0]):
                cheapest = fare[0], host
        return None if cheapest is None else cheapest[1]

    def fits(self, vm: int, host: int) -> bool:
        """Tell whether the VM has room on a host now."""
        return bool(self.open[host]) and self.spare.fits(vm, host)

    def rivals(self, vm: int, host: int, able: Sequence[int]) -> list[int] | None:
        """Give who must leave a host for the groups of a VM; None where one who must is not able to."""
        problem, found = self.choice.problem, []
        for group in problem.groups_of[vm]:
            if self.spare.held[host].get(group, 0) >= problem.limit(group, host):
                rival = next((other for other in able if group in problem.groups_of[other]), None)
                if rival is None:
                    return None
                found.append(rival)
        return list(dict.fromkeys(found))

    def homes_for(self, vms: Iterable[int], host: int) -> list[tuple[int, int]] | None:
        """Give (VM, host) for all VMs of a host, as tight as can be; None where one finds no room."""
        guests, found = sorted(vms, key=lambda vm: (-self.size(vm), vm)), list[tuple[int, int]]()
        for vm in guests:
            home = self.best_host(vm, host, even=False)
            if home is None:
                break
            self.put(vm, home)
            found.append((vm, home))
        for vm, home in found:
            self.take(vm, home)
        return found if len(found) == len(guests) else None

    def shut(self, host: int) -> None:
        """Let nobody come to a host any more."""
        self.open[host] = False
