"""Horizons that are too short: how late all plans asked for end at least.

Where all of them have the tasks at hand. That these cannot end by some second is mostly seen at once where it
is too early. ALGORITHM.md, "Bounds of the makespan"; destructive improvement as of Klein and Scholl (1999).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.cp.asked import MOST_WORKERS
from planner.scheduling.route_model import RouteModel, Times, host_limits

if TYPE_CHECKING:
    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.standing import SoFar

Ask = Callable[[int, "Deadline"], bool]
"""Asks for a plan that ends by a second; tells whether it is proven that there is none."""


def refute_soon(standing: SoFar, deadline: Deadline) -> None:
    """Raise the bound beyond every horizon for which it is soon proven that no schedule meets it.

    A schedule that meets one is taken.
    """

    def ask(horizon: int, deadline: Deadline) -> bool:
        times = _ask(standing, horizon, deadline)
        if times.starts is not None:
            standing.hear_starts(times.starts)
        return times.is_refuted

    how = standing.asked.parameters.horizons
    patience_s = how.patience_s + how.patience_a_task_s * len(standing.work.tasks)
    refute(standing, ask, deadline, patience_s)


def refute_for_few(standing: SoFar, deadline: Deadline) -> None:
    """Do the same with more patience for the bound alone: no schedule is taken."""

    def ask(horizon: int, deadline: Deadline) -> bool:
        return _ask(standing, horizon, deadline).is_refuted

    refute(standing, ask, deadline, standing.asked.parameters.horizons.patience_for_few.of(deadline.left_s))


def _ask(standing: SoFar, horizon: int, deadline: Deadline) -> Times:
    """Ask for any schedule of the tasks at hand that ends by then."""
    work, asked = standing.work, standing.asked
    bound, known = standing.bound.seconds, standing.known
    assert known is not None, "who waits for whom was looked at before"
    if any(known.chain_s(task.vm, task.seconds) > horizon for task in work.tasks):
        return Times(None, None, proven=True)
    sizes, limits = asked.parameters.sizes, host_limits(work)
    model = RouteModel(work, limits, bound, horizon, known, shortest=False, most_pairs=sizes.most_pairs)
    return model.solve(deadline, with_more_strategies(asked.effort, sizes.strategies))


def refute(standing: SoFar, ask: Ask, deadline: Deadline, patience_s: float) -> None:
    """Ask for longer and longer horizons, by twice as much each time, and halve what is open then.

    Parameters
    ----------
    patience_s
        Seconds for each, at the least.
    """
    how, step, open_from = standing.asked.parameters.horizons, 1, standing.makespan
    while standing.bound.seconds < open_from and not deadline.over:
        horizon = min(standing.bound.seconds + step, open_from) - 1
        began = deadline.elapsed_s
        if ask(horizon, deadline.within(patience_s)):
            patience_s = max(patience_s, how.patience * (deadline.elapsed_s - began))
            standing.raise_to_model(horizon + 1)
            step *= 2
        else:
            open_from = min(horizon, standing.makespan)
            step = max(1, (open_from - standing.bound.seconds) // 2)


def with_more_strategies(effort: Effort, strategies: int) -> Effort:
    """Give more threads than workers, unless there is one: each has a strategy of its own, one the answer."""
    if effort.workers == 1:
        return effort
    return replace(effort, workers=min(effort.workers * strategies, MOST_WORKERS))
