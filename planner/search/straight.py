"""Whether some VMs can all go straight home, and the smallest set of them that cannot: a conflict.

A VM is *straight* in a plan if it makes one migration, from its source to its target, or none if it is
settled. The question is asked as if all others that may step aside took no room at any time. ALGORITHM.md,
"Conflicts".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from heuristics.deadline import never
from planner.search.bounds import least_cost, limbo_cost
from planner.search.parameters import DEFAULT
from planner.search.quick_walks import quick_walks, walked_in_turn
from planner.search.straight_walk import AllStraight, StraightWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from models.problem import Problem
    from planner.search.parameters import ConflictSearch
    from planner.search.straight_walk import Counter


class StraightWays:
    """What there is to know of a problem, whichever VMs are asked about.

    Parameters
    ----------
    problem
        What is planned.
    parameters
        How far one question may go.
    compiled
        Compiled code is at hand, and may be loaded for questions that take long.

    Attributes
    ----------
    excess
        ``excess[vm]``: what it pays beyond its least, at least, where it is not straight; None: it always
        is straight, since it may neither step aside nor be stopped.
    has_loaded
        Compiled code has been of use, so that it costs nothing to ask it first.
    """

    def __init__(
        self, problem: Problem, parameters: ConflictSearch = DEFAULT.conflicts, *, compiled: bool = False
    ) -> None:
        self.problem, self.parameters, self.compiled = problem, parameters, compiled
        self.has_loaded = False
        self.excess = [_excess(problem, vm) for vm in range(problem.num_vms)]
        self._resources = len(problem.resources)
        self._takes = [
            (*problem.needs[vm], *((self._resources + group, 1) for group in problem.groups_of[vm]))
            for vm in range(problem.num_vms)
        ]
        self._takes_on: dict[tuple[int, int], list[tuple[Counter, int]]] = {}
        self._fixed: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            if self.excess[vm] is None and problem.dst[vm] == host:
                self._fixed[host].append(vm)

    def takes(self, vm: int, host: int) -> list[tuple[Counter, int]]:
        """Give what the VM takes on a host: (counter, amount) pairs."""
        takes = self._takes_on.get((vm, host))
        if takes is None:
            takes = self._takes_on[vm, host] = [((host, what), amount) for what, amount in self._takes[vm]]
        return takes

    def limit(self, counter: Counter) -> int:
        """Give how much may be counted there."""
        host, what = counter
        if what < self._resources:
            return self.problem.usable[host][what]
        return self.problem.limit(what - self._resources, host)

    def fixed_on(self, host: int) -> list[int]:
        """Give the settled VMs there that no plan may move."""
        return self._fixed.get(host, [])

    def moves(self, vm: int) -> bool:
        """Tell whether the VM is displaced."""
        return self.problem.src[vm] != self.problem.dst[vm]

    def relevant(self, vms: Iterable[int]) -> list[int]:
        """Leave out the settled VMs on hosts to which none of these come: they are in nobody's way."""
        vms = list(vms)
        ends = {self.problem.dst[vm] for vm in vms if self.moves(vm)}
        return [vm for vm in vms if self.moves(vm) or self.problem.src[vm] in ends]


def _excess(problem: Problem, vm: int) -> int | None:
    cost = limbo_cost(problem, vm)
    if cost is None or problem.src[vm] == problem.dst[vm]:
        return cost
    return cost - (least_cost(problem, vm) or 0)


def ask(
    ways: StraightWays, vms: Sequence[int], most_states: int | None = None, over: Callable[[], bool] = never
) -> AllStraight:
    """Look whether some VMs can all be straight, by a walk through the subsets that could have moved.

    ``over`` tells when to stop: then it stays open.
    """
    limit = ways.parameters.most_states if most_states is None else most_states
    few = min(limit, ways.parameters.few_states)
    is_quick = limit > few and ways.has_loaded
    walks = []
    for back in (False, True):
        walk = StraightWalk(ways, vms, back=back)
        if walk.is_of_use:
            found = AllStraight(None) if is_quick else walk.end(few, over)
            if found.possible is not None:
                return found
            walks.append(walk)
    if limit == few:
        return AllStraight(None)
    quick = quick_walks(walks, ways.parameters) if ways.compiled else []
    ways.has_loaded |= bool(quick)
    return walked_in_turn(quick, over) if quick else _walked(walks, limit, over)


def _walked(walks: Iterable[StraightWalk], most_states: int, over: Callable[[], bool]) -> AllStraight:
    for walk in walks:
        found = walk.end(most_states, over)
        if found.possible is not None:
            return found
    return AllStraight(None)


def left_of(ways: StraightWays, vms: Sequence[int], found: AllStraight) -> list[int]:
    """Leave out of a conflict the displaced VMs that a walk has learnt it can do without."""
    return [vm for vm in vms if not found.conflict or vm in found.conflict or not ways.moves(vm)]


def shrink(
    ways: StraightWays, vms: Sequence[int], over: Callable[[], bool], most_states: int | None = None
) -> list[int]:
    """Make a conflict small: leave out hosts, then VMs, as long as the rest is a conflict.

    Parameters
    ----------
    vms
        A conflict.
    over
        Tells when to stop; what there is by then is a conflict all the same.
    most_states
        Subsets that are looked at for one question; None: as many as may be.
    """
    problem = ways.problem
    barred = [vm for vm in vms if ways.moves(vm) and not problem.may_go(vm, problem.src[vm], problem.dst[vm])]
    if barred:
        return barred[:1]
    rest = _without_struck(ways, vms)
    for host in sorted({host for vm in rest for host in (problem.src[vm], problem.dst[vm])}):
        if not over():
            fewer = [vm for vm in rest if host not in (problem.src[vm], problem.dst[vm])]
            rest = _if_conflict(ways, fewer, rest, most_states, over)
    for vm in list(rest):
        if not over() and vm in rest:
            fewer = [other for other in rest if other != vm]
            rest = _if_conflict(ways, fewer, rest, most_states, over)
    return rest


def _if_conflict(
    ways: StraightWays,
    fewer: list[int],
    vms: list[int],
    most_states: int | None,
    over: Callable[[], bool],
) -> list[int]:
    """Give the smaller set where it is a conflict too, else the larger one."""
    if len(fewer) == len(vms):
        return vms
    found = ask(ways, ways.relevant(fewer), most_states, over)
    if found.possible is not False:
        return vms
    return _without_struck(ways, left_of(ways, fewer, found))


def _without_struck(ways: StraightWays, vms: Sequence[int]) -> list[int]:
    """Leave out who is in nobody's way, until nobody is.

    Who never waits leaves the others as much room as if he were not there.
    """
    rest = ways.relevant(vms)
    struck = StraightWalk(ways, rest).end(1, never).struck
    return ways.relevant(vm for vm in rest if vm not in struck)
