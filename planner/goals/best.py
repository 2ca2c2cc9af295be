"""The best placement by a goal's own measure, order aside. ALGORITHM.md, "Goals"."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.cp.solve import Effort, solve
from planner.goals.cheapest import cheapest_placement, is_small, meets
from planner.goals.goal import Measure
from planner.goals.placement_model import PlacementModel, opening_of, whole_opening
from planner.goals.repair import Repair

if TYPE_CHECKING:
    from fractions import Fraction

    from heuristics.deadline import Deadline
    from planner.goals.choice import Choice
    from planner.goals.goal import BestGoal

log = logging.getLogger(__name__)


def best_placement(
    choice: Choice, goal: BestGoal, deadline: Deadline, effort: Effort
) -> tuple[list[int], Measure] | None:
    """Find the best placement; None where none was found that obeys the rules.

    Returns
    -------
    tuple
        The placement, and how good it is and could be.
    """
    least = goal.least(choice)
    best: tuple[list[int], Fraction] | None = None
    for at in (list(choice.src), goal.start(choice, deadline.share(choice.parameters.cheapest.start))):
        if at is not None and meets(choice, goal, at):
            value = goal.measured(choice.wanted.current, choice.after(at))
            if best is None or value < best[1]:
                best = at, value
    if best is None and not is_small(choice):
        some = deadline.share(choice.parameters.shares.placement)
        mended = cheapest_placement(choice, Repair(goal.at_most), some, effort).at
        if mended is not None:
            best = mended, goal.measured(choice.wanted.current, choice.after(mended))
    if is_small(choice):
        best, least = _exactly(choice, goal, best, least, deadline, effort)
    elif best is not None and best[1] > least:
        best = _by_turns(choice, goal, best, least, deadline, effort)
    if best is None:
        return None
    log.info("%s: measure %s, bound %s", goal.name, best[1], least)
    return best[0], Measure(best[1], min(least, best[1]), goal.told(best[1]), goal.told(min(least, best[1])))


def _exactly(
    choice: Choice,
    goal: BestGoal,
    best: tuple[list[int], Fraction] | None,
    least: Fraction,
    deadline: Deadline,
    effort: Effort,
) -> tuple[tuple[list[int], Fraction] | None, Fraction]:
    """Make the measure small in one model; then ask for better, exactly, until there is none."""
    wish = goal
    while (best is None or best[1] > least) and not deadline.over:
        model = PlacementModel(choice, wish, whole_opening(choice))
        if best is None:
            model.cp.minimize(goal.measure(model))
        solver, answer = solve(model.cp, deadline.share(choice.parameters.shares.whole_measure), effort)
        if not answer.found:
            return best, best[1] if answer.proven and best is not None else least
        at = model.placement(solver.value)
        best = at, goal.measured(choice.wanted.current, choice.after(at))
        wish = goal.better_than(best[1])  # type: ignore[assignment]
    return best, least


def _by_turns(
    choice: Choice,
    goal: BestGoal,
    best: tuple[list[int], Fraction],
    least: Fraction,
    deadline: Deadline,
    effort: Effort,
) -> tuple[list[int], Fraction]:
    """Open some hosts at a time, and make the measure small between them."""
    turns, idle, turn = choice.parameters.best_turns, 0, 0
    while best[1] > least and idle < turns.idle and not deadline.over:
        at, value = best
        hosts = goal.improved(choice, at, turns.size(idle), turn)
        model = PlacementModel(choice, goal, opening_of(choice, at, hosts))
        model.hint(at)
        model.cp.minimize(goal.measure(model))
        own = replace(effort, deterministic_s=turns.share.most_s)
        solver, answer = solve(model.cp, deadline.share(turns.share), own)
        idle, turn = idle + 1, turn + 1
        if answer.found:
            found = model.placement(solver.value)
            now = goal.measured(choice.wanted.current, choice.after(found))
            if now < value:
                best, idle = (found, now), 0
    return best
