"""Homes for VMs that must leave, in the room that is there now: nobody else moves, and any order is safe."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from planner.goals.free_room import FreeRoom

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from heuristics import Deadline
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
    choice: Choice,
    at: Sequence[int],
    leaving: Iterable[int],
    shut: Iterable[int] = (),
    kept: Mapping[int, Mapping[int, int]] | None = None,
    *,
    deadline: Deadline,
) -> list[int] | None:
    """Give the placement with some VMs elsewhere; who finds no room evicts smaller ones, which go on.

    It ends, as those evicted are smaller each time. None where one finds no room even so, or time is up.

    Parameters
    ----------
    kept
        Host -> resource -> what nobody shall take.
    """
    crowd = _Crowd(choice, at, shut)
    for host, amounts in (kept or {}).items():
        crowd.room.keep(host, amounts)
    queue = [(-crowd.room.size(vm), vm) for vm in leaving]
    for _, vm in queue:
        crowd.leave(vm)
    heapq.heapify(queue)
    while queue:
        if deadline.over:
            return None
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
    for other in rivals:
        missing = [amount - demand[other][r] for r, amount in enumerate(missing)]
    more = enough_of(demand, [other for other in smaller if other not in rivals], missing)
    return None if more is None else [*rivals, *more]


def enough_of(
    demand: Sequence[Sequence[int]], smallest_first: Sequence[int], missing: Sequence[int]
) -> list[int] | None:
    """Give VMs whose leaving is enough: the smallest that is by itself, else the largest and then others."""
    left, found, missing = list(smallest_first), list[int](), list(missing)
    while any(amount > 0 for amount in missing):
        if not left:
            return None
        enough = (vm for vm in left if all(demand[vm][r] >= amount for r, amount in enumerate(missing)))
        vm = next(enough, left[-1])
        left.remove(vm)
        found.append(vm)
        missing = [amount - demand[vm][r] for r, amount in enumerate(missing)]
    return found
