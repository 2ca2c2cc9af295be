"""Small pools, exactly: the interval model over everything, with more and more slots, until it is a proof.

With K slots a VM the model is exact for plans in which no VM steps aside more than K times. Any other plan
costs at least the detour bound and K further migrations of one VM; see ALGORITHM.md, "Closing the gap".
A VM that the filters force onto a longer way, which the bound has paid for, gets slots for it beside the K.
"""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING

from models.problem import OFF, Move, Problem
from planner.cp.interval_model import IntervalModel
from planner.cp.window import whole_window
from planner.search.bounds import forced_detours, mandatory
from planner.search.impossible import AllPlansSearched
from planner.search.limbo import beyond_bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from planner.cp.chains import Timed
    from planner.cp.solve import Effort
    from planner.search.incumbent import Incumbent

MOST_LITERALS = 3_000
"""The model is whole up to so many (VM, shelter) pairs; above, neighbourhoods do better in the same time."""

MOST_LITERALS_AT_ALL = 150_000
"""Up to so many pairs it is whole where no plan is known: there is nothing to open a neighbourhood in."""

MOST_SLOTS = 4
NEVER = 1 << 62


def is_small(problem: Problem) -> bool:
    """Tell whether the whole problem is one model."""
    return problem.num_vms * problem.num_hosts <= MOST_LITERALS


def is_one_model(problem: Problem) -> bool:
    """Tell whether the whole problem as one model fits into memory and is worth a try."""
    return problem.num_vms * problem.num_hosts <= MOST_LITERALS_AT_ALL


def solve_exactly(incumbent: Incumbent, deadline: Deadline, effort: Effort) -> None:
    """Shorten the plan and raise the bound until they meet, or the time is up.

    Parameters
    ----------
    deadline
        When to stop: that of the incumbent, or an earlier one.
    """
    limbo = max(incumbent.relaxed, mandatory(incumbent.problem) or 0)
    cheapest = cheapest_detour(incumbent.problem)
    built_s = 0.0
    for slots in range(1, MOST_SLOTS + 1):
        # A model with one slot more takes about twice as long to build, and nothing interrupts that.
        if incumbent.done or deadline.left_s <= 2 * built_s:
            return
        beyond = NEVER if cheapest is None else limbo + slots * cheapest
        built_s = _solve_with(incumbent, slots, beyond, deadline, effort)


def _solve_with(incumbent: Incumbent, slots: int, beyond: int, deadline: Deadline, effort: Effort) -> float:
    """Search the plans with up to ``slots`` detours a VM; all others cost at least ``beyond``.

    Returns
    -------
    float
        The seconds that it took to build the model.
    """
    problem, known, began = incumbent.problem, incumbent.moves, monotonic()
    floor = incumbent.bound or 0
    slots_of = slots_for(problem, known or [], slots)
    window = whole_window(problem, horizon_for(incumbent, slots_of))
    model = IntervalModel(window, slots_of, problem.stop_cost, floor)
    if known is not None:
        model.hint(timed(known))
    built_s = monotonic() - began
    # Most of the time for the first, quickest class; a class that is not finished is no proof for the next.
    share = deadline if slots > 1 else deadline.within(deadline.left_s * 0.7)
    outcome = model.solve(share, effort, lambda moves: _offer(incumbent, moves))
    if outcome.moves is not None:
        _offer(incumbent, outcome.moves)
    answer = outcome.answer
    if answer.proven and answer.cost is not None and answer.cost > beyond:
        # The cheap bound of all other plans does not close the gap: ask for a better one.
        better = beyond_bound(problem, slots, deadline.within(0.5 * deadline.left_s), effort)
        beyond = NEVER if better is None else max(beyond, better)
    if answer.bound is not None:
        incumbent.prove(min(answer.bound, beyond))
    elif answer.proven and beyond < NEVER:
        incumbent.prove(beyond)
    elif answer.proven:
        incumbent.impossible = AllPlansSearched()
    return built_s


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
    return [vm for vm, v in enumerate(problem.vms) if v.movable and v.detours]


def horizon_for(incumbent: Incumbent, slots: Sequence[int]) -> int:
    """Give the instants that every plan worth finding fits into: its number of moves, and one.

    A plan below the cost of the best one spends less than the excess of that one on extra migrations.
    """
    problem = incumbent.problem
    most = len(problem.displaced) + sum(slots[vm] + 1 for vm in _steppers(problem))
    if incumbent.moves is None or incumbent.cost is None:
        return most + 1
    stops = sum(1 for cost in problem.stop_cost if cost is not None)
    excess = incumbent.cost - (mandatory(problem) or 0)
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
