"""Each VM in turn takes the fewest migrations beside all others as they are: a plan without idle ways.

A greedy that sends VMs home as soon as they fit evicts some of them again and again; one that waits in a
shelter, or on its source, until nobody wants its room spares these migrations. ALGORITHM.md, "Re-routing".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from heuristics.bring_home import path_home, visits_of_path
from heuristics.profile import revisited
from heuristics.tracker import is_safe
from models.problem import OFF

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from heuristics.profile import Profile, Visit
    from models.problem import Move, Problem


def rerouted(problem: Problem, moves: list[Move], deadline: Deadline, hosts_drawn: int = 400) -> list[Move]:
    """Route VMs that migrate more often than they must anew, until none can do with fewer.

    Parameters
    ----------
    moves
        A whole plan.
    deadline
        When to give up: what is shorter by then is given.
    hosts_drawn
        Hosts at which a VM looks, drawn where there are more.

    Returns
    -------
    list of Move
        A whole plan that costs no more.
    """
    while not deadline.over:
        fewer = _once(problem, moves, deadline, hosts_drawn)
        if problem.moves_cost(fewer) >= problem.moves_cost(moves) or not is_safe(problem, fewer):
            return moves
        moves = fewer
    return moves


def _once(problem: Problem, moves: list[Move], deadline: Deadline, hosts_drawn: int) -> list[Move]:
    """Route each of these VMs anew, one after another, those that migrate most often first."""
    wandering = _wandering(problem, moves)

    def fewer(profile: Profile, vm: int, visits: list[Visit]) -> list[Visit]:
        path = path_home(profile, vm, hosts_drawn)
        if path is None or len(path) >= len(visits) - 1:
            return visits
        return visits_of_path(profile, vm, path)

    visits = revisited(problem, moves, wandering, fewer, deadline)
    timed = [(2 * number + 1, move) for number, move in enumerate(moves) if move[0] not in visits]
    timed += [(there.since, (vm, there.host)) for vm in wandering for there in visits[vm][1:]]
    # Who is stopped in an instant is gone before anybody comes.
    timed.sort(key=lambda one: (one[0], one[1][1] != OFF))
    return [move for _, move in timed]


def _wandering(problem: Problem, moves: list[Move]) -> list[int]:
    """Give the VMs that migrate more often than once, or from their target and back; no stopped ones."""
    times = Counter(vm for vm, _ in moves)
    stopped = {vm for vm, host in moves if host == OFF}
    settled = {vm for vm in times if problem.src[vm] == problem.dst[vm]}
    found = [vm for vm in times if vm not in stopped and (times[vm] > 1 or vm in settled)]
    return sorted(found, key=lambda vm: (-times[vm], vm))
