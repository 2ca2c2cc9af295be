"""Where there is room: shelters for VMs that step aside, found quickly at any number of hosts."""

from __future__ import annotations

from bisect import insort
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.parameters import DEFAULT, ShelterParameters
from heuristics.spare import SpareArrays
from heuristics.tracker import Tracker
from models.problem import OFF, Problem

if TYPE_CHECKING:
    from models.tables import Needs


def _scarcity(problem: Problem) -> list[float]:
    """Give 1,000 over what an average host has of each resource: makes amounts of several comparable."""
    shape = problem.num_hosts, len(problem.resources)
    totals = np.array(problem.usable, dtype=np.float64).reshape(shape).sum(axis=0)
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


class Roomy(NamedTuple):
    """Where VMs of some needs find room.

    Parameters
    ----------
    hosts
        (what is spare of the first that they need, host) pairs, the tightest first.
    is_whole
        They are all that have the room.
    changes
        How many changes there were when it was looked at.
    """

    hosts: list[tuple[int, int]]
    is_whole: bool
    changes: int


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
        self._changed: list[int] = []
        self._counted = 0
        self._roomy: dict[Needs, Roomy] = {}
        self._scale = _scarcity(problem)
        self.size = sizes(problem, self._scale)

    def go(self, vm: int, host: int) -> int:
        """Move the VM there, unasked; give where it was."""
        before = self.tracker.go(vm, host)
        self._changed += [before, host]
        return before

    def copy(self) -> Room:
        """Give another one that stands where this one does: far quicker than counting anew."""
        room = copy(self)
        room.tracker = self.tracker.copy()
        room._free = self.free.copy()
        room._changed, room._counted, room._roomy = [], 0, {}
        return room

    @property
    def free(self) -> np.ndarray:
        """``free[resource, host]``; it follows the tracker when it is asked for, not at every move."""
        if self._counted < len(self._changed):
            hosts = list({*self._changed[self._counted :]} - {OFF})
            self._free[:, hosts] = np.array([self.tracker.free[host] for host in hosts], dtype=np.int64).T
            self._counted = len(self._changed)
        return self._free

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

    def shelter(self, vm: int) -> tuple[int, int] | None:
        """Give (host, what is spare there): the tightest place where the VM can wait for its target."""
        problem = self.problem
        here, target = self.tracker.at[vm], problem.dst[vm]
        for spare, host in self._roomy_for(vm).hosts:
            if host not in (here, target) and self.can_wait(vm, host):
                return host, spare
        return None

    def _roomy_for(self, vm: int) -> Roomy:
        """Give where VMs of the same needs find room; quickly where little has changed."""
        how, num_hosts, needs = self.parameters, self.problem.num_hosts, self.problem.needs[vm]
        if len(self._roomy) >= how.most_kept or len(self._changed) >= how.most_changes:
            self._forget()
        now = len(self._changed)
        known = self._roomy.get(needs)
        if known is None or known.changes < now:
            if known is not None and known.is_whole and now - known.changes <= how.few_hosts:
                known = self._looked_at(needs, set(self._changed[known.changes :]), known.hosts)
            elif num_hosts <= how.few_hosts:
                known = self._looked_at(needs, set(range(num_hosts)), [])
            else:
                known = self._looked_at_all(vm)
            self._roomy[needs] = known
        return known

    def _forget(self) -> None:
        """Begin anew with what is kept, for the sake of memory."""
        self._free = self.free
        self._roomy.clear()
        self._changed.clear()
        self._counted = 0

    def _looked_at(self, needs: Needs, hosts: set[int], others: list[tuple[int, int]]) -> Roomy:
        """Look at some hosts; what is known of the others stands."""
        pairs = [pair for pair in others if pair[1] not in hosts]
        hosts.discard(OFF)
        for host in hosts:
            free = self.tracker.free[host]
            if all(amount <= free[resource] for resource, amount in needs):
                insort(pairs, (free[needs[0][0]] - needs[0][1] if needs else 0, host))
        return Roomy(pairs, is_whole=True, changes=len(self._changed))

    def _looked_at_all(self, vm: int) -> Roomy:
        """Look at all hosts; keep the tightest where there are many."""
        needs = self.problem.needs[vm]
        hosts = self.hosts_with_room(vm)
        spare = self.free[needs[0][0], hosts] - needs[0][1] if needs else np.zeros_like(hosts)
        is_whole = hosts.size <= (most := self.parameters.asked)
        if not is_whole:
            few = np.argpartition(spare, most)[:most]
            hosts, spare = hosts[few], spare[few]
        order = np.lexsort((hosts, spare))
        pairs = list(zip(spare[order].tolist(), hosts[order].tolist(), strict=True))
        return Roomy(pairs, is_whole, len(self._changed))

    def can_wait(self, vm: int, host: int) -> bool:
        """Tell whether the VM may go there now, and from there to its target one day."""
        problem = self.problem
        return self.tracker.can_go(vm, host) and problem.may_go(vm, host, problem.dst[vm])

    def nearly(self) -> list[int]:
        """Give the hosts with the most room of what is scarcest there."""
        free = self.free
        if not free.size:
            return []
        roomy = np.argsort(-free.min(axis=0), kind="stable")
        few: list[int] = roomy[: self.parameters.full].tolist()
        return few
