"""The best placement by a goal's own measure, order aside. ALGORITHM.md, "Goals"."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from planner.cp.solve import Effort, solve
from planner.goals.cheapest import cheapest_placement, is_small, meets
from planner.goals.goal import Measure
from planner.goals.placement_model import PlacementModel, opening_of, whole_opening
from planner.goals.repair import Repair

if TYPE_CHECKING:
    from fractions import Fraction

    from heuristics.deadline import Deadline
    from planner.goals.cheapest import Keep
    from planner.goals.choice import Choice
    from planner.goals.goal import BestGoal, Goal

log = logging.getLogger(__name__)


class _Valued(NamedTuple):
    """A placement, and how good it is."""

    at: list[int]
    value: Fraction

    @classmethod
    def of(cls, choice: Choice, goal: BestGoal, at: list[int]) -> _Valued:
        """Measure a placement."""
        return cls(at, goal.measured(choice.wanted.current, choice.after(at)))


def best_placement(
    choice: Choice, goal: BestGoal, deadline: Deadline, effort: Effort, keep: Keep = lambda _: None
) -> tuple[list[int], Measure] | None:
    """Find the best placement; None where none was found that obeys the rules.

    Parameters
    ----------
    keep
        Given each better one as it is found, for who is interrupted.

    Returns
    -------
    tuple
        The placement, and how good it is and could be.
    """
    least = goal.least(choice)
    best: _Valued | None = None
    for at in (list(choice.src), goal.start(choice, deadline.share(choice.parameters.cheapest.start))):
        if at is not None and meets(choice, goal, at):
            found = _Valued.of(choice, goal, at)
            if best is None or found.value < best.value:
                best = found
                keep(at)
    if best is None and not is_small(choice):
        some = deadline.share(choice.parameters.shares.placement)
        mended = cheapest_placement(choice, Repair(goal.at_most), some, effort, keep=keep).at
        if mended is not None:
            best = _Valued.of(choice, goal, mended)
    if is_small(choice):
        best, least = _exactly(choice, goal, best, least, deadline, effort, keep)
    elif best is not None and best.value > least:
        best = _by_turns(choice, goal, best, least, deadline, effort, keep)
    if best is None:
        return None
    log.info("%s: measure %s, bound %s", goal.name, best.value, least)
    return best.at, Measure.of(goal, best.value, min(least, best.value))


def _exactly(
    choice: Choice,
    goal: BestGoal,
    best: _Valued | None,
    least: Fraction,
    deadline: Deadline,
    effort: Effort,
    keep: Keep,
) -> tuple[_Valued | None, Fraction]:
    """Make the measure small in one model; then ask for better, exactly, until there is none."""
    while (best is None or best.value > least) and not deadline.over:
        wish: Goal = goal if best is None else goal.better_than(best.value)
        model = PlacementModel(choice, wish, whole_opening(choice))
        if best is None:
            model.cp.minimize(goal.measure(model))
        solver, answer = solve(model.cp, deadline.share(choice.parameters.shares.whole_measure), effort)
        if not answer.found:
            return best, best.value if answer.proven and best is not None else least
        best = _Valued.of(choice, goal, model.placement(solver.value))
        keep(best.at)
    return best, least


def _by_turns(
    choice: Choice,
    goal: BestGoal,
    best: _Valued,
    least: Fraction,
    deadline: Deadline,
    effort: Effort,
    keep: Keep,
) -> _Valued:
    """Open some hosts at a time, and make the measure small between them."""
    turns, idle, turn = choice.parameters.best_turns, 0, 0
    while best.value > least and idle < turns.idle and not deadline.over:
        hosts = goal.improved(choice, best.at, turns.size(idle), turn)
        model = PlacementModel(choice, goal, opening_of(choice, best.at, hosts))
        model.hint(best.at)
        model.cp.minimize(goal.measure(model))
        own = replace(effort, deterministic_s=turns.share.most_s)
        solver, answer = solve(model.cp, deadline.share(turns.share), own)
        idle, turn = idle + 1, turn + 1
        if answer.found:
            found = _Valued.of(choice, goal, model.placement(solver.value))
            if found.value < best.value:
                best, idle = found, 0
                keep(best.at)
    return best
