"""Conflicts of a whole problem, by an implicit hitting set. ALGORITHM.md, "Conflicts".

Take the cheapest set of VMs that hits all conflicts known, and ask whether all others can be straight; if
not, what blocked them has a conflict that is not known yet. If they can, the bound is that of the limbo.
After the way that cores are found for weighted MaxSAT (Davies and Bacchus 2011).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from models.proof_check import MOST_DISPLACED
from planner.cp.hitting_set import cheapest_hitting_set, heaviest_weights
from planner.search.limbo import Limbo
from planner.search.parameters import DEFAULT
from planner.search.straight import ask, left_of, shrink
from planner.search.straight_ways import StraightWays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.cp.hitting_set import HittingSet
    from planner.search.kernel import Component
    from planner.search.parameters import ConflictSearch


@dataclass(frozen=True, slots=True)
class WeighedConflict:
    """VMs that cannot all be straight, and what that weighs in the bound."""

    vms: tuple[int, ...]
    weight: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What was found.

    Parameters
    ----------
    found
        Conflicts with the weights that make the most of them together.
    bound
        What any plan pays beyond the mandatory moves, by the weights: their sum, rounded up.
    hopeless
        A conflict in which nobody may step aside or be stopped: no plan exists.
    """

    found: tuple[WeighedConflict, ...]
    bound: int
    hopeless: tuple[int, ...] = ()


def find_conflicts(
    problem: Problem,
    components: Sequence[Component],
    deadline: Deadline,
    parameters: ConflictSearch = DEFAULT.conflicts,
) -> Conflicts:
    """Find conflicts, component by component, smallest first: what one does not use goes to the next."""
    ways, known = StraightWays(problem, parameters), []
    for number, component in enumerate(components):
        share = deadline.within(deadline.left_s / (len(components) - number))
        hunt = _Hunt(ways, component, share, parameters.most_states)
        hunt.run()
        if hunt.hopeless:
            return Conflicts((), 0, hunt.hopeless)
        known += hunt.known
    known = [vms for vms in known if sum(map(ways.moves, vms)) <= MOST_DISPLACED]
    weights = heaviest_weights(known, ways.excess, deadline, parameters.hitting_sets) if known else []
    found = tuple(WeighedConflict(vms, weight) for vms, weight in zip(known, weights, strict=True) if weight)
    return Conflicts(found, ceil(sum(conflict.weight for conflict in found)))


@dataclass(frozen=True, slots=True)
class AllAsked:
    """What the conflicts of a component came to.

    Parameters
    ----------
    limbo
        The bound of its detours.
    order
        In which all its displaced VMs can go straight; nothing where they cannot, or that is not known.
    """

    limbo: Limbo
    order: tuple[int, ...] = ()


def limbo_by_conflicts(ways: StraightWays, component: Component, deadline: Deadline) -> AllAsked:
    """Bound the detours of a component by conflicts, of few hosts alone where it is large."""
    limits, moving = ways.parameters, len(component.moving)
    most_states = limits.most_states if ways.compiled or moving <= limits.most_here else limits.few_states
    # What is found must still be weighed.
    share = deadline.within(0.8 * deadline.left_s)
    hunt = _Hunt(ways, component, share, most_states if moving <= limits.most_whole else 0)
    all_hit = hunt.run()
    if hunt.hopeless:
        return AllAsked(Limbo(None, True))
    if not hunt.known:
        # The last question may have been about a ring of hosts alone.
        return AllAsked(Limbo(0, all_hit), hunt.order if all_hit else ())
    hunt.deadline = deadline.at_least(0.2)
    hit = hunt.cheapest_hit()
    is_cheapest = sum(ways.excess[vm] or 0 for vm in hit.vms) == hit.bound
    return AllAsked(Limbo(hit.bound, all_hit and is_cheapest, hit.vms))


class _Hunt:
    """The conflicts of one component.

    Parameters
    ----------
    most_states
        Subsets that are looked at for one question about all VMs; 0: only rings of hosts are asked about.

    Attributes
    ----------
    known
        All that were found, each as small as can be.
    hopeless
        One in which nobody may step aside; empty where there is none.
    order
        In which all displaced VMs can go that were asked about last, where they can.
    """

    def __init__(
        self, ways: StraightWays, component: Component, deadline: Deadline, most_states: int
    ) -> None:
        self.ways = ways
        self.deadline = deadline
        self.most_states = most_states
        self.known: list[tuple[int, ...]] = []
        self.hopeless: tuple[int, ...] = ()
        self.order: tuple[int, ...] = ()
        problem, inside = ways.problem, set(component.hosts)
        settled = [vm for vm, host in enumerate(problem.src) if host in inside and problem.dst[vm] == host]
        self._vms = sorted((*component.moving, *settled))
        self._from: dict[int, list[int]] = defaultdict(list)
        for vm in self._vms:
            self._from[problem.src[vm]].append(vm)

    def run(self) -> bool:
        """Go on until all conflicts are hit, or the time is up; tell whether they are."""
        while not self.deadline.over:
            hit = self.cheapest_hit()
            all_hit = self._hit_by(hit.vms)
            if all_hit is not False or self.hopeless:
                return all_hit is True
        return False

    def cheapest_hit(self) -> HittingSet:
        """Give the cheapest VMs of which each conflict known has one."""
        how = self.ways.parameters.hitting_sets
        return cheapest_hitting_set(self.known, self.ways.excess, self.deadline, how)

    def _hit_by(self, hit: Collection[int]) -> bool | None:
        """Tell whether all others can be straight; if not, note conflicts, none of which share a VM.

        None: that could not be told.
        """
        aside, before, limits = set(hit), len(self.known), self.ways.parameters
        for hosts in self._rings([vm for vm in self._vms if vm not in aside]):
            near = self._between(hosts, aside)
            while not self.deadline.over and self._note_conflict_in(near, limits.few_states) is False:
                aside |= self._free_of_last()
                near = [vm for vm in near if vm not in aside]
            if self.hopeless or self.deadline.over:
                return False if self.hopeless or len(self.known) > before else None
        if not self.most_states:
            return False if len(self.known) > before else None
        rest = [vm for vm in self._vms if vm not in aside]
        while not self.deadline.over:
            possible = self._note_conflict_in(rest, self.most_states)
            if possible is not False or self.hopeless:
                return False if len(self.known) > before else possible
            last = self._free_of_last()
            rest = [vm for vm in rest if vm not in last]
        return None

    def _note_conflict_in(self, vms: Sequence[int], most_states: int) -> bool | None:
        """Tell whether some VMs can all be straight; if not, note one of their conflicts."""
        vms = self.ways.relevant(vms)
        answer = ask(self.ways, vms, most_states, lambda: self.deadline.over)
        self.order = answer.order
        if answer.possible is False:
            share = self.deadline.within(self.deadline.left_s / 2)
            core = left_of(self.ways, vms, answer)
            conflict = tuple(shrink(self.ways, core, lambda: share.over, most_states))
            if all(self.ways.excess[vm] is None for vm in conflict):
                self.hopeless = conflict
                return None
            self.known.append(conflict)
        return answer.possible

    def _free_of_last(self) -> set[int]:
        """Give those of the last conflict who may step aside."""
        return {vm for vm in self.known[-1] if self.ways.excess[vm] is not None}

    def _between(self, hosts: Collection[int], aside: Collection[int]) -> list[int]:
        """Give the VMs that have both ends on some hosts, less those aside."""
        dst = self.ways.problem.dst
        return sorted(vm for host in hosts for vm in self._from[host] if dst[vm] in hosts and vm not in aside)

    def _rings(self, vms: Sequence[int]) -> Iterator[frozenset[int]]:
        """Give the hosts of the shortest rings of moves: most conflicts are as local as that."""
        problem, limits = self.ways.problem, self.ways.parameters
        goes: dict[int, set[int]] = defaultdict(set)
        for vm in filter(self.ways.moves, vms):
            goes[problem.src[vm]].add(problem.dst[vm])
        rings = (
            ring
            for length in range(2, limits.longest_ring + 1)
            for first in sorted(goes)
            for ring in _rings_of(goes, [first], length)
        )
        yield from dict.fromkeys(islice(rings, limits.most_rings))


def _rings_of(goes: Mapping[int, set[int]], path: list[int], length: int) -> Iterator[frozenset[int]]:
    """Give the rings of so many hosts that go on from a path, whose first host is their smallest."""
    after = goes.get(path[-1], ())
    if len(path) == length:
        if path[0] in after:
            yield frozenset(path)
        return
    for host in sorted(after):
        if host > path[0] and host not in path:
            yield from _rings_of(goes, [*path, host], length)
