"""How well a wish can be met that cannot be met as it is: what is said beside that there is no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from planner.goals.best import best_placement
from planner.goals.cheapest import meets
from planner.goals.planned import planned

if TYPE_CHECKING:
    from planner.goals.goal import Measure
    from planner.goals.joint import Joint


class Nearly(NamedTuple):
    """The best that was found in place of a wish.

    Parameters
    ----------
    measure
        How good it is, and could be.
    reached
        A plan to it was found, of as many migrations as are allowed.
    """

    measure: Measure
    reached: bool


def as_well_as_can_be(joint: Joint) -> Nearly | None:
    """Look for the best in place of a wish without a plan; where that meets the wish, go on from there.

    Returns
    -------
    Nearly or None
        None where there is a plan, where the goal has nothing to offer in its place, or nothing was found.
    """
    choice, goal, deadline = joint.choice, joint.goal, joint.deadline
    best = goal.instead() if joint.best is None and not deadline.over else None
    if best is None:
        return None
    share = choice.parameters.shares.instead
    found = best_placement(choice, best, deadline.share(share), joint.effort)
    if found is None:
        return None
    at, measure = found
    if meets(choice, goal, at):
        if joint.impossible is None:
            joint.run(at)
        return None
    way = planned(choice, best, at, joint.plan_to, deadline.share(share))
    return Nearly(measure, way.result is not None and goal.allows(way.migrations))


def said_of(nearly: Nearly) -> str:
    """Say it, behind that there is no plan."""
    measure = nearly.measure
    reached = "can be reached" if nearly.reached else "has no plan that was found"
    if measure.is_best:
        return f"{measure.text} {reached}, proven the best that can be"
    return f"{measure.text} {reached}, the best that was found; {measure.bound_text}"
