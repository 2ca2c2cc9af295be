"""Whether some VMs can all go straight home, and the smallest set of them that cannot: a conflict.

The question is asked as if all others that may step aside took no room at any time. ALGORITHM.md,
"Conflicts".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.deadline import never
from planner.search.quick_walks import quick_walks, walked_in_turn
from planner.search.straight_walk import AllStraight, StraightWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planner.search.straight_ways import StraightWays


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
