"""One constraint of all models in time: what is held at the same moment is no more than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ortools.sat.python import cp_model

    from models.problem import Problem


def at_most(model: cp_model.CpModel, held: Sequence[tuple[cp_model.IntervalVar, int]], limit: int) -> None:
    """Keep the sum of the amounts of the intervals that cover a second within a limit.

    Where no two of them fit side by side they must not overlap, which the solver understands better.

    Parameters
    ----------
    held
        (interval, amount) pairs.
    """
    intervals, amounts = [interval for interval, _ in held], [amount for _, amount in held]
    if sum(amounts) <= limit:
        return
    two = sorted(amounts)[:2]
    if len(two) == 2 and sum(two) > limit >= max(amounts):
        model.add_no_overlap(intervals)
    else:
        model.add_cumulative(intervals, amounts, limit)


def at_most_in_flight(
    model: cp_model.CpModel,
    problem: Problem,
    flights: Sequence[tuple[cp_model.IntervalVar, int]],
    room: Sequence[int],
) -> None:
    """Keep what all in flight take within the free room of all hosts together: they take room twice.

    Parameters
    ----------
    flights
        (interval, VM) pairs.
    room
        ``room[resource]``, see :mod:`planner.scheduling.free_room`.
    """
    for resource, most in enumerate(room):
        amount = [demand[resource] for demand in problem.demand]
        at_most(model, [(flight, amount[vm]) for flight, vm in flights if amount[vm]], most)
