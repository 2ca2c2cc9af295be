"""The best placement that can be reached, and the cheapest plan to one as good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.goals.best import best_placement
from planner.goals.cheapest import meets
from planner.goals.exhaustive import best_of_all, placements
from planner.goals.goal import Measure
from planner.goals.planned import planned
from planner.goals.repair import Repair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from heuristics import Deadline
    from planner.goals.choice import Choice
    from planner.goals.goal import BestGoal, Goal
    from planner.goals.joint import Joint
    from planner.goals.parameters import GoalParameters


def reach_best(goal: BestGoal, joint_of: Callable[[Goal], Joint]) -> tuple[Joint, Measure | None]:
    """Find the best placement, and the cheapest plan to any as good.

    Parameters
    ----------
    joint_of
        Gives a search for a plain goal, on the one deadline.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C; what was found is in the last search that was given.
    """
    lawful = joint_of(Repair(goal.at_most))
    choice, deadline = lawful.choice, lawful.deadline
    parameters = choice.parameters
    kept = [list[int]()]
    try:
        share = deadline.share(parameters.shares.best)
        found = best_placement(choice, goal, share, lawful.effort, kept.append)
    except KeyboardInterrupt:
        if best := kept[-1]:
            known = goal.measured(choice.wanted.current, choice.after(best))
            joint_of(goal.as_good_as(known)).plan_at_once(best)
        raise
    if found is None:
        return _as_found(goal, lawful, goal.least(choice))
    at, measure = found
    joint = joint_of(goal.as_good_as(measure.value))
    joint.deadline = _kept(goal, deadline, parameters)
    joint.run(at)
    if joint.best is not None:
        _spend(goal, joint, deadline)
        return joint, measured_at(goal, joint.choice, joint.best.at, measure.bound)
    if placements(choice) <= parameters.every.tiny:
        value = best_of_all(choice, goal, joint.deadline)
        if value is not None:
            again = joint_of(goal.as_good_as(value))
            again.run()
            if again.best is not None or not choice.ends_matter:
                return again, Measure.of(goal, value, value)
            return _as_found(goal, joint_of(Repair(goal.at_most)), max(measure.bound, value))
    return _as_found(goal, joint_of(Repair(goal.at_most)), measure.bound)


def _as_found(goal: BestGoal, lawful: Joint, least: Fraction) -> tuple[Joint, Measure | None]:
    """Reach whichever placement obeys the rules, the current one if it does, and say how good it is."""
    choice = lawful.choice
    here = list(choice.src)
    lawful.run(here if meets(choice, lawful.goal, here) else None)
    if lawful.best is None:
        return lawful, None
    return lawful, measured_at(goal, choice, lawful.best.at, least)


def _kept(goal: BestGoal, deadline: Deadline, parameters: GoalParameters) -> Deadline:
    """Give the deadline with what is kept back for using what is left of the migrations."""
    if not goal.spends:
        return deadline
    return deadline.keeping(deadline.reserve_s + parameters.shares.spend.of(deadline.left_s))


def measured_at(goal: BestGoal, choice: Choice, at: Sequence[int], bound: Fraction) -> Measure:
    """Measure the placement planned to: cheaper than the one found first, it may be a better one too."""
    value = goal.measured(choice.wanted.current, choice.after(at))
    return Measure.of(goal, value, min(value, bound))


def _spend(goal: BestGoal, joint: Joint, deadline: Deadline) -> None:
    """Use what is left of the migrations, if the goal has a use for them."""
    if not goal.spends or goal.at_most is None or joint.best is None or deadline.over:
        return
    nicer = goal.spend(joint.choice, list(joint.best.at), goal.at_most, deadline)
    if nicer is None or not meets(joint.choice, joint.goal, nicer):
        return
    found = planned(joint.choice, joint.goal, nicer, joint.plan_to, deadline)
    if found.result is not None and goal.allows(found.migrations):
        joint.best = found
        joint.on_change(joint)
