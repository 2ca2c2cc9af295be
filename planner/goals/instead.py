"""How well a wish can be met that cannot be met as it is: what is said beside that there is no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from planner.goals.best import best_placement
from planner.goals.cheapest import meets
from planner.goals.joint import Joint

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from planner.goals.goal import Goal, Measure


class Nearly(NamedTuple):
    """The best that was found in place of a wish.

    Parameters
    ----------
    measure
        How good it is, and could be.
    reached
        A plan to one as good was found, of as many migrations as are allowed.
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
    as_good = best.as_good_as(measure.value)
    return Nearly(measure, _is_reached(joint, as_good, at, deadline.share(share)))


def _is_reached(joint: Joint, as_good: Goal, at: list[int], deadline: Deadline) -> bool:
    """Tell whether a plan is found to some placement that is as good: to the one at hand none may lead."""

    def stop_with_the_first(found: Joint) -> None:
        if found.best is not None:
            deadline.stop()

    search = Joint(joint.choice, as_good, joint.plan_to, deadline, joint.effort, stop_with_the_first)
    search.run(at)
    return search.best is not None


def said_of(nearly: Nearly) -> str:
    """Say it, behind that there is no plan."""
    measure = nearly.measure
    reached = "can be reached" if nearly.reached else "has no plan that was found"
    if measure.is_best:
        return f"{measure.text} {reached}, proven the best that can be"
    return f"{measure.text} {reached}, the best that was found; {measure.bound_text}"
