"""What the proof that a pool has no plan would come to with more room, or with a VM stopped.

ALGORITHM.md, "What would unlock it". The fixpoint of the relaxed reachability is where every question
begins: more room, or a stop, only lets more VMs go, so nothing that is in it is asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.search.parameters import DEFAULT
from planner.search.reachability import Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.problem import Problem
    from planner.search.parameters import Asking

ABOVE_ANY_AMOUNT = 1 << 62
"""More than any amount of a pool."""


class WhatIf:
    """Questions to the relaxed reachability of one problem.

    Parameters
    ----------
    problem
        What is planned; as it is, or nearly, it has no plan. Where more than ``most_pairs`` pairs of
        a VM that is stuck and a host would have to be looked at, nothing is proven to be of no use.
    parameters
        How large, and how often.
    """

    def __init__(self, problem: Problem, parameters: Asking = DEFAULT.what_if) -> None:
        self.parameters = parameters
        reach = Reach(problem)
        reach.run()
        self.problem = problem
        self.waiting = [vm for vm, can in enumerate(reach.can_move) if not can]
        self._shape = len(problem.resources), problem.num_hosts
        self._src = np.array(problem.src, dtype=np.intp)
        self._demand = np.array(problem.demand, dtype=np.int64).reshape(problem.num_vms, self._shape[0])
        self._volume = self._lacks_volume(reach.total)
        self._at_start = np.array(problem.usable, dtype=np.int64).reshape(self._shape[::-1]).T.copy()
        np.subtract.at(self._at_start.T, self._src, self._demand)
        self._is_too_large = len(self.waiting) * problem.num_hosts > parameters.most_pairs
        asked = [] if self._is_too_large else self.waiting
        self._may = np.array([self._open_to(vm) for vm in asked], dtype=bool)
        self._may = self._may.reshape(len(asked), problem.num_hosts)
        self._comes = [vm for vm in problem.displaced if problem.stop_cost[vm] is None]
        row_of = {vm: row for row, vm in enumerate(self.waiting)}
        self._must = np.array([row_of[vm] for vm in problem.displaced if vm in row_of], dtype=int)
        self._all = range(problem.num_hosts)
        self._start = _Reached(self, reach, row_of)

    def _lacks_volume(self, total: list[int] | None) -> np.ndarray:
        """Give what the whole pool lacks of each resource for a waiting VM to be in flight; <= 0: nothing."""
        demand = self._demand[self.waiting]
        if total is None:
            return np.zeros_like(demand)
        # Who takes nothing of a resource is not held back by it, even where less than nothing is free.
        return np.where(demand > 0, demand - np.array(total, dtype=np.int64), 0)

    def _open_to(self, vm: int) -> np.ndarray | list[bool]:
        """Tell of each host whether the VM may leave for it, room aside."""
        problem, here, target = self.problem, self.problem.src[vm], self.problem.dst[vm]
        guest, hosts = problem.vms[vm], range(problem.num_hosts)
        if not guest.movable:
            return [False] * problem.num_hosts
        if guest.detours and problem.filters.unbound[vm]:
            anywhere = np.ones(problem.num_hosts, dtype=bool)
            anywhere[here] = False
            return anywhere
        if guest.detours:
            return [host != here and problem.may_go(vm, here, host) for host in hosts]
        return [host == target != here and problem.may_go(vm, here, host) for host in hosts]

    def room_helps(self) -> bool:
        """Tell whether more room anywhere could help: without that, rules alone are in the way."""
        if self._is_too_large:
            return True
        state = self._start.copy()
        state.free += self._plenty()
        state.grow(self._all, np.ones_like(state.waits))
        return state.passes()

    def _plenty(self) -> int:
        """Give more than all VMs together take, and than any host lacks."""
        short = -min(int(self._start.free.min(initial=0)), int(self._at_start.min(initial=0)), 0)
        return int(self._demand.sum(axis=0).max(initial=0)) + short + 1

    def least_room(self, host: int, resource: int) -> int | None:
        """Give the least further room of a host with which the relaxation finds no obstacle.

        Parameters
        ----------
        resource
            Of which it is, in what is usable.

        Returns
        -------
        int or None
            None: no such room helps.
        """
        if self._is_too_large:
            return 0
        question = _Question(self, host, resource)
        low, high = question.least_of_all(), self._plenty()
        if low > high or not question.passes(high):
            return None
        for _ in range(self.parameters.few_steps):
            if low == high or question.passes(low):
                return low
            low = min(question.next_event(low), high)
        return _first(low, high, question.passes)

    def stop_helps(self, vm: int) -> bool:
        """Tell whether the relaxation finds no obstacle where that VM may be stopped as well.

        Where a VM may be stopped, what is free can grow, and the argument by volume falls.
        """
        if self._is_too_large:
            return True
        state = self._start.copy()
        grown = [state.leave(vm)] if vm in state.number else []
        held_back = bool((self._volume > 0).any())
        state.grow(self._all if held_back else grown, np.ones_like(state.waits))
        return state.passes(exempt=vm)


class _Question:
    """How much more of one resource on one host it takes."""

    def __init__(self, asks: WhatIf, host: int, resource: int) -> None:
        self.asks, self.host, self.resource = asks, host, resource
        volume = asks._volume
        self._able = (np.delete(volume, resource, axis=1) <= 0).all(axis=1)
        # An overload at the start swallows room before the volume of the pool grows.
        swallowed = max(0, -int(asks._at_start[resource, host]))
        self._volume = np.where(volume[:, resource] > 0, volume[:, resource] + swallowed, 0)
        self._last = asks._start

    def least_of_all(self) -> int:
        """Give what it takes at the least for each VM that must move to be in flight at all."""
        return int(self._volume[self.asks._must].max(initial=0))

    def passes(self, extra: int) -> bool:
        """Tell whether the relaxation finds no obstacle with so much more."""
        asks = self.asks
        if (np.delete(asks._volume[asks._must], self.resource, axis=1) > 0).any():
            return False
        self._last = state = asks._start.copy()
        state.free[self.resource, self.host] += extra
        grown: np.ndarray = (self._volume > 0) & (self._volume <= extra)
        state.grow(asks._all if grown.any() else [self.host], self._able & (self._volume <= extra))
        return state.passes()

    def next_event(self, extra: int) -> int:
        """Give the least above so much, the last that was asked about, that may change anything."""
        state, asks, resource = self._last, self.asks, self.resource
        demand = asks._demand[asks.waiting]
        others = np.delete(np.arange(len(state.free)), resource)
        comes = state.waits & self._able & asks._may[:, self.host] & (state.full[:, self.host] == 0)
        comes &= _fit(demand[:, others], state.free[others, self.host])
        to_target = [vm for vm in asks._comes if asks.problem.dst[vm] == self.host]
        needed = (demand[comes, resource], asks._demand[to_target, resource])
        room = np.concatenate(needed) - state.free[resource, self.host] + extra
        every = np.concatenate((room, self._volume[state.waits]))
        above = every[every > extra]
        return int(above.min()) if above.size else ABOVE_ANY_AMOUNT


def _first(low: int, high: int, passes: Callable[[int], bool]) -> int:
    """Bisect for the least that passes, from ``low`` on; ``high`` does."""
    while low < high:
        middle = (low + high) // 2
        if passes(middle):
            high = middle
        else:
            low = middle + 1
    return high


class _Reached:
    """How far the relaxation has got: who still waits, and the room that the others have left.

    Parameters
    ----------
    asks
        Whose state.
    reach
        The fixpoint that it begins with.
    number
        ``number[vm]``: the row of a waiting VM.
    """

    def __init__(self, asks: WhatIf, reach: Reach, number: dict[int, int]) -> None:
        problem, waiting = asks.problem, asks.waiting
        self.asks = asks
        self.number = number
        self.waits = np.ones(len(waiting), dtype=bool)
        self.free = np.array(reach.room.free, dtype=np.int64).reshape(asks._shape[::-1]).T.copy()
        self.held = [counts.copy() for counts in reach.room.held]
        asked = [] if asks._is_too_large else waiting
        self.full = np.zeros((len(asked), problem.num_hosts), dtype=np.int16)
        for row, vm in enumerate(asked):
            for group in problem.groups_of[vm]:
                self.full[row] += [self._is_full(group, host) for host in range(problem.num_hosts)]

    def copy(self) -> _Reached:
        """Give another one that stands where this one does."""
        state = _Reached.__new__(_Reached)
        state.asks, state.number = self.asks, self.number
        state.waits, state.free, state.full = self.waits.copy(), self.free.copy(), self.full.copy()
        state.held = [counts.copy() for counts in self.held]
        return state

    def _is_full(self, group: int, host: int) -> bool:
        return self.held[host].get(group, 0) >= self.asks.problem.limit(group, host)

    def leave(self, vm: int) -> int:
        """Let a waiting VM go for good; give the host that has grown."""
        problem, host = self.asks.problem, self.asks.problem.src[vm]
        self.waits[self.number[vm]] = False
        self.free[:, host] += self.asks._demand[vm]
        for group in problem.groups_of[vm]:
            was_full = self._is_full(group, host)
            self.held[host][group] -= 1
            if was_full and not self._is_full(group, host):
                rows = [self.number[it] for it in problem.members[group] if it in self.number]
                self.full[rows, host] -= 1
        return host

    def grow(self, hosts: Iterable[int], able: np.ndarray) -> None:
        """Let VMs go, first to some hosts, then to those that grow, until none more can.

        Parameters
        ----------
        able
            ``able[row]``: the pool has the volume for that VM to be in flight.
        """
        work = dict.fromkeys(hosts)
        demand = self.asks._demand[self.asks.waiting]
        while work:
            host = next(iter(work))
            del work[host]
            fits = self.waits & able & self.asks._may[:, host] & (self.full[:, host] == 0)
            fits[fits] = _fit(demand[fits], self.free[:, host])
            for row in np.flatnonzero(fits).tolist():
                work[self.leave(self.asks.waiting[row])] = None

    def passes(self, exempt: int | None = None) -> bool:
        """Tell whether all displaced VMs can leave, and fit their targets.

        Parameters
        ----------
        exempt
            A VM that may be stopped, and so needs no room at its target before the end.
        """
        problem, asks = self.asks.problem, self.asks
        if self.waits[asks._must].any():
            return False
        return all(vm == exempt or self._fits(vm, problem.dst[vm]) for vm in asks._comes)

    def _fits(self, vm: int, host: int) -> bool:
        problem = self.asks.problem
        if any(amount > self.free[resource, host] for resource, amount in problem.needs[vm]):
            return False
        return not any(self._is_full(group, host) for group in problem.groups_of[vm])


def _fit(demand: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Tell of each row of demands whether it fits; what is not asked for may be short."""
    fits: np.ndarray = ((demand <= free) | (demand == 0)).all(axis=1)
    return fits
