"""Where there is room: shelters for VMs that step aside, found quickly at any number of hosts."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from heuristics.eviction import Eviction
from heuristics.parameters import DEFAULT, ShelterParameters
from heuristics.spare import SpareArrays
from heuristics.tracker import Tracker
from models.problem import OFF, Move, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.tables import Needs


def _scarcity(problem: Problem) -> list[float]:
    """Give 1,000 over what an average host has of each resource: makes amounts of several comparable."""
    totals = np.array(problem.usable, dtype=np.float64).sum(axis=0)
    return [1000 * problem.num_hosts / total if total else 0.0 for total in totals]


def sizes(problem: Problem, scale: list[float] | None = None) -> list[float]:
    """Give the largest share of an average host that each VM takes, in thousandths.

    VMs of the same needs are asked once; ``scale`` is known already where it is given.
    """
    size_of: dict[Needs, float] = {}
    scale = _scarcity(problem) if scale is None else scale
    for needs in problem.needs:
        if needs not in size_of:
            size_of[needs] = max((amount * scale[resource] for resource, amount in needs), default=0.0)
    return [size_of[needs] for needs in problem.needs]


class TightestShelters:
    """Where VMs could step aside, as things stand; made anew when a VM has moved."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._tightest: dict[tuple[tuple[int, int], ...], list[tuple[int, int]]] = {}

    def best(self, vm: int) -> tuple[int, int] | None:
        """Give (host, what is spare there): the tightest place where the VM can wait for its target."""
        room = self._room
        problem = room.problem
        needs = problem.needs[vm]
        hosts = self._tightest.get(needs)
        if hosts is None:
            hosts = self._tightest[needs] = room.tightest(vm)
        here, target = room.tracker.at[vm], problem.dst[vm]
        for host, spare in hosts:
            if host not in (here, target) and room.can_wait(vm, host):
                return host, spare
        return None


class Room(SpareArrays):
    """A tracker whose free room also stands in arrays.

    Parameters
    ----------
    problem
        What is planned; the room is that of its ``src``.
    parameters
        How many shelters are looked at.

    Attributes
    ----------
    size
        ``size[vm]``: its largest share of an average host, in thousandths.
    """

    def __init__(self, problem: Problem, parameters: ShelterParameters = DEFAULT.squeaky.shelters) -> None:
        self.problem = problem
        self.parameters = parameters
        self.tracker = Tracker(problem)
        super().__init__(self.tracker)
        self._moved: set[int] = set()
        self._scale = _scarcity(problem)
        self.size = sizes(problem, self._scale)

    def go(self, vm: int, host: int) -> int:
        """Move the VM there, unasked; give where it was."""
        before = self.tracker.go(vm, host)
        self._moved.update((before, host))
        return before

    def copy(self) -> Room:
        """Give another one that stands where this one does: far quicker than counting anew."""
        room = copy(self)
        room.tracker = self.tracker.copy()
        room._free = self.free.copy()
        room._moved = set()
        return room

    @property
    def free(self) -> np.ndarray:
        """``free[resource, host]``; it follows the tracker when it is asked for, not at every move."""
        self._moved.discard(OFF)
        if self._moved:
            hosts = list(self._moved)
            self._free[:, hosts] = np.array([self.tracker.free[host] for host in hosts], dtype=np.int64).T
            self._moved.clear()
        return self._free

    def shelters(self) -> TightestShelters:
        """Give the shelters as things stand."""
        return TightestShelters(self)

    def fits_without(self, vm: int, host: int, other: int) -> bool:
        """Tell whether the VM would fit on the host if another one left it, filters aside."""
        tracker, gain = self.tracker, self.problem.demand[other]
        free = tracker.free[host]
        for resource, amount in self.problem.needs[vm]:
            if amount > free[resource] + gain[resource]:
                return False
        if self.problem.groups_of[vm]:
            tracker.go(other, OFF)
            fits = tracker.fits(vm, host)
            tracker.go(other, host)
            return fits
        return True

    def left_over(self, host: int, gone: int, come: int) -> float:
        """What stays free on the host, of all that ``come`` needs, when ``gone`` makes way for it."""
        free, gain, scale = self.tracker.free[host], self.problem.demand[gone], self._scale
        return sum((free[r] + gain[r] - amount) * scale[r] for r, amount in self.problem.needs[come])

    def tightest(self, vm: int) -> list[tuple[int, int]]:
        """Give some (host, what is spare there) with room for the VM, tightest first."""
        needs = self.problem.needs[vm]
        hosts = self.hosts_with_room(vm)
        spare = self.free[needs[0][0], hosts] - needs[0][1] if needs else np.zeros_like(hosts)
        if hosts.size > (most := self.parameters.asked):
            few = np.argpartition(spare, most)[:most]
            hosts, spare = hosts[few], spare[few]
        order = np.lexsort((hosts, spare))
        return list(zip(hosts[order].tolist(), spare[order].tolist(), strict=True))

    def can_wait(self, vm: int, host: int) -> bool:
        """Tell whether the VM may go there now, and from there to its target one day."""
        problem = self.problem
        return self.tracker.can_go(vm, host) and problem.may_go(vm, host, problem.dst[vm])

    def evict(self, vm: int, host: int, may_step: Callable[[int], bool]) -> list[Move]:
        """Find VMs to send aside so that ``vm`` fits on ``host``; nothing is moved in the end.

        Where a VM finds no shelter with room, room is made in one first.

        Returns
        -------
        list of Move
            The evictions in order; empty where there are none.
        """
        eviction = Eviction(self, may_step)
        try:
            return list(eviction.moves) if eviction.makes_room(vm, host) else []
        finally:
            eviction.undo(0)

    def nearly(self) -> list[int]:
        """Give the hosts with the most room of what is scarcest there."""
        free = self.free
        if not free.size:
            return []
        roomy = np.argsort(-free.min(axis=0), kind="stable")
        few: list[int] = roomy[: self.parameters.full].tolist()
        return few
