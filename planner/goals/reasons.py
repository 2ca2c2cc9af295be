"""What was proven of a goal, and what was not, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.sizes import span
from planner.verdict.ended import why_ended

if TYPE_CHECKING:
    from models.schedule import Schedule
    from planner.goals.goal import Measure
    from planner.goals.joint import Joint


def no_plan(joint: Joint, *, interrupted: bool) -> str:
    """Say why there is no plan, or that none was found."""
    if joint.impossible is not None:
        return f"no plan exists: {joint.impossible}"
    ended = why_ended(joint.deadline, interrupted=interrupted)
    return f"no plan found, and no proof that there is none: {ended}"


def measured(measure: Measure) -> str:
    """Say how well a best goal is met."""
    if measure.is_best:
        return f"{measure.text}, proven the best that can be"
    return f"{measure.text}; the best that can be, as far as is proven: {measure.bound_text}"


def why_no_cheaper(joint: Joint, bound: int, *, interrupted: bool) -> str:
    """Say what is proven of the cost."""
    cost = joint.cost
    if joint.settled:
        return f"proven: no plan to any placement that meets the goal costs less than {cost}"
    ended = "; interrupted" if interrupted else ""
    known = f"proven: no plan to any placement that meets the goal costs less than {bound}"
    return f"{known}; this one costs {cost}{ended}"


def why_no_earlier(schedule: Schedule, *, shut: bool, interrupted: bool) -> str:
    """Say what is proven of the end; ``shut``: of plans that leave alone the hosts that are being emptied."""
    bound = span(schedule.makespan_bound_s or 0)
    around = ", over no host that is being emptied," if shut else ""
    known = f"proven: no plan to any placement that meets the goal{around} ends before {bound}"
    if schedule.is_proven:
        return known
    ended = "; interrupted" if interrupted else ""
    return f"{known}; this one ends after {span(schedule.makespan_s)}{ended}"
