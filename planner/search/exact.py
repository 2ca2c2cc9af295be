"""Small pools, exactly: the interval model over everything, with more and more slots, until it is a proof.

With K slots a VM the model is exact for plans in which no VM steps aside more than K times. Any other plan
costs at least the detour bound and K further migrations of one VM; see ALGORITHM.md, "Closing the gap".
A VM that the filters force onto a longer way, which the bound has paid for, gets slots for it beside the K.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from models.parameters import Share
from models.problem import OFF, Move, Problem
from planner.cp.interval_model import IntervalModel
from planner.cp.window import whole_window
from planner.search.bounds import forced_detours
from planner.search.impossible import AllPlansSearched
from planner.search.limbo import LimboModels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from planner.cp.variables import Timed
    from planner.search.incumbent import Incumbent
    from planner.search.stage import Search

ABOVE_ANY_COST = 1 << 62
"""More than any plan costs."""


def is_small(search: Search) -> bool:
    """Tell whether the whole problem is one model."""
    return pairs(search.problem) <= search.parameters.exact.most_pairs


def is_one_model(search: Search) -> bool:
    """Tell whether the whole problem as one model fits into memory and is worth a try."""
    return pairs(search.problem) <= search.parameters.exact.most_pairs_at_all


def pairs(problem: Problem) -> int:
    """Give how many pairs of a VM and a host there are."""
    return problem.num_vms * problem.num_hosts


def is_far(search: Search) -> bool:
    """Tell whether there is a plan, and it is far from the bound.

    Where room is scarce the model of everything is slow to get near, and quick only to end: its horizon is
    the length of the best plan known.
    """
    incumbent = search.incumbent
    return incumbent.cost is not None and incumbent.cost > search.parameters.exact.far * (
        incumbent.bound or 0
    )


def share_of_first_try(search: Search) -> Share:
    """Give a quick try where there is a plan, which neighbourhoods may improve; else all there is."""
    return search.parameters.exact.quick if search.has_plan else Share()


def solve_exactly(search: Search, deadline: Deadline) -> None:
    """Shorten the plan and raise the bound until they meet, or the time is up."""
    incumbent = search.incumbent
    cheapest = cheapest_detour(search.problem)
    for slots in range(1, search.parameters.exact.most_slots + 1):
        if incumbent.done or deadline.over:
            return
        beyond = ABOVE_ANY_COST if cheapest is None else incumbent.relaxation.bound + slots * cheapest
        _solve_with(search, slots, beyond, deadline)


def _solve_with(search: Search, slots: int, beyond: int, deadline: Deadline) -> None:
    """Search the plans with up to ``slots`` detours a VM; all others cost at least ``beyond``."""
    incumbent, effort, parameters = search.incumbent, search.effort, search.parameters.exact
    problem, known = incumbent.problem, incumbent.moves
    slots_of = slots_for(problem, known or [], slots)
    window = whole_window(problem, horizon_for(incumbent, slots_of))
    model = IntervalModel(window, slots_of, problem.stop_cost, incumbent.bound or 0, deadline=deadline)
    if known is not None:
        model.hint(timed(known))
    # Most of the time for the first, quickest class; a class that is not finished is no proof for the next.
    given = (deadline, effort) if slots > 1 else effort.given(deadline, parameters.first)
    outcome = model.solve(*given, lambda moves: _offer(incumbent, moves))
    if outcome.moves is not None:
        _offer(incumbent, outcome.moves)
    answer = outcome.answer
    if answer.proven and answer.cost is not None and answer.cost > beyond:
        # The cheap bound of all other plans does not close the gap: ask for a better one.
        better = LimboModels(problem).beyond(slots, *effort.given(deadline, parameters.beyond))
        beyond = ABOVE_ANY_COST if better is None else max(beyond, better)
    if answer.bound is not None:
        incumbent.prove(min(answer.bound, beyond))
    elif answer.proven and beyond < ABOVE_ANY_COST:
        incumbent.prove(beyond)
    elif answer.proven:
        incumbent.prove_impossible(AllPlansSearched())


def _offer(incumbent: Incumbent, moves: list[Timed]) -> None:
    incumbent.offer([move for _, _, move in moves])


def timed(moves: Sequence[Move]) -> list[Timed]:
    """Give a plan with an instant for each move."""
    return [(instant, 0, move) for instant, move in enumerate(moves)]


def slots_for(problem: Problem, moves: Sequence[Move], least: int) -> list[int]:
    """Give ``slots[vm]``: ``least`` beside those its way takes anyway, or as many as a known plan needs."""
    times = Counter(vm for vm, host in moves if host != OFF)
    ways = [least + max(0, forced_detours(problem, vm) - 1) for vm in range(problem.num_vms)]
    return [max(way, times[vm] - 1) for vm, way in enumerate(ways)]


def cheapest_detour(problem: Problem) -> int | None:
    """Give the cost of one migration of the cheapest VM that may step aside; None where none may."""
    return min((problem.cost[vm] for vm in _steppers(problem)), default=None)


def _steppers(problem: Problem) -> list[int]:
    return [vm for vm, guest in enumerate(problem.vms) if guest.may_step_aside]


def horizon_for(incumbent: Incumbent, slots: Sequence[int]) -> int:
    """Give the instants that every plan worth finding fits into: its number of moves, and one.

    A plan below the cost of the best one spends less than the excess of that one on extra migrations.
    """
    problem = incumbent.problem
    most = len(problem.displaced) + sum(slots[vm] + 1 for vm in _steppers(problem))
    if incumbent.moves is None or incumbent.cost is None:
        return most + 1
    stops = sum(1 for cost in problem.stop_cost if cost is not None)
    excess = incumbent.cost - (incumbent.relaxation.mandatory or 0)
    extra = 0
    for vm in sorted(_steppers(problem), key=lambda vm: problem.cost[vm]):
        for _ in range(slots[vm] + 1):
            if problem.cost[vm] > excess:
                break
            excess -= problem.cost[vm]
            extra += 1
    enough = len(problem.displaced) + sum(forced_detours(problem, vm) for vm in problem.displaced)
    enough += extra + stops
    return max(len(incumbent.moves), min(most, enough)) + 1
