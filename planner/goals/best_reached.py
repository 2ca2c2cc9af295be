"""The best placement that can be reached, and the cheapest plan to one as good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.goals.best import best_placement
from planner.goals.exhaustive import best_of_all, placements
from planner.goals.goal import Measure
from planner.goals.planned import planned
from planner.goals.repair import Repair

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from heuristics import Deadline
    from planner.goals.goal import BestGoal, Goal
    from planner.goals.joint import Joint
    from planner.goals.parameters import GoalParameters


def reach_best(goal: BestGoal, joint_of: Callable[[Goal], Joint]) -> tuple[Joint, Measure | None]:
    """Find the best placement, and the cheapest plan to any as good.

    Parameters
    ----------
    joint_of
        Gives a search for a plain goal, on the one deadline.
    """
    lawful = joint_of(Repair(goal.at_most))
    choice, deadline = lawful.choice, lawful.deadline
    parameters = choice.parameters
    found = best_placement(choice, goal, deadline.share(parameters.shares.best), lawful.effort)
    if found is None:
        lawful.run()
        return lawful, None
    at, measure = found
    joint = joint_of(goal.as_good_as(measure.value))
    joint.deadline = _kept(goal, deadline, parameters)
    joint.run(at)
    if joint.best is None and placements(choice) <= parameters.every.tiny:
        return _of_all(goal, joint_of, joint, measure)
    if joint.best is None:
        value = goal.measured(choice.wanted.current, choice.after(list(choice.src)))
        joint = joint_of(goal.as_good_as(value))
        joint.run(list(choice.src))
        return joint, _measured(goal, value, measure.bound)
    _spend(goal, joint, deadline)
    return joint, measure


def _kept(goal: BestGoal, deadline: Deadline, parameters: GoalParameters) -> Deadline:
    """Give the deadline with what is kept back for using what is left of the migrations."""
    if goal.at_most is None:
        return deadline
    return deadline.keeping(deadline.reserve_s + parameters.shares.spend.of(deadline.left_s))


def _of_all(
    goal: BestGoal, joint_of: Callable[[Goal], Joint], joint: Joint, measure: Measure
) -> tuple[Joint, Measure]:
    """Look at every placement that can be reached for the best of them."""
    value = best_of_all(joint.choice, goal, joint.deadline)
    if value is None:
        return joint, measure
    again = joint_of(goal.as_good_as(value))
    again.run()
    return again, _measured(goal, value, value)


def _measured(goal: BestGoal, value: Fraction, bound: Fraction) -> Measure:
    return Measure(value, bound, goal.told(value), goal.told(bound))


def _spend(goal: BestGoal, joint: Joint, deadline: Deadline) -> None:
    """Use what is left of the migrations, if the goal has a use for them."""
    if goal.at_most is None or joint.best is None or deadline.over:
        return
    nicer = goal.spend(joint.choice, list(joint.best.at), goal.at_most, deadline)
    if nicer is None:
        return
    found = planned(joint.choice, joint.goal, nicer, joint.plan_to, deadline)
    if found.result is not None and goal.allows(found.migrations):
        joint.best = found
        joint.on_change(joint)
