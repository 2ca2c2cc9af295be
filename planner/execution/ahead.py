"""How much longer a run takes, by its schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.execution.steps import State

if TYPE_CHECKING:
    from planner.execution.steps import Step, Steps


def seconds_left(steps: Steps, now: float) -> float:
    """Give the seconds to the end as planned; without a schedule, along the longest chain of what waits."""
    left = [step for step in steps if step.state is not State.DONE]
    if not left:
        return 0.0
    planned = [step.planned_s for step in left if step.planned_s is not None]
    if len(planned) == len(left):
        begun = max((_elapsed(step, now) for step in left if step.is_flying), default=0.0)
        return max(0.0, max(end for _, end in planned) - min(start for start, _ in planned) - begun)
    return _longest_chain(steps, now)


def _longest_chain(steps: Steps, now: float) -> float:
    ends: dict[int, float] = {}
    for step in steps:
        if step.state is State.DONE:
            ends[step.number] = 0.0
        else:
            begins = max((ends[other] for other in step.after), default=0.0)
            ends[step.number] = begins + max(0.0, step.estimate_s - _elapsed(step, now))
    return max(ends.values(), default=0.0)


def _elapsed(step: Step, now: float) -> float:
    return now - step.since if step.is_flying else 0.0
