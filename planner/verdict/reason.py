"""What was proven, and what stood in the way, in a sentence or two."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from models.sizes import span
from planner.search.impossible import Blocked
from planner.verdict.detours import detours_of_steps, leaving_for_elsewhere, steps_of
from planner.verdict.ended import why_ended
from planner.verdict.impossible import why_impossible
from planner.verdict.obstacles import obstacles_of, summary
from planner.verdict.sentences import NO_PLAN, NONE_FOUND, at_least, exactly, no_earlier_than

if TYPE_CHECKING:
    from models.plan import Plan
    from models.problem import Problem
    from models.schedule import Schedule
    from planner.search.incumbent import Incumbent

MOST_DETOURS = 2
"""Detours whose reasons are given; ``explain`` gives all."""

MOST_VMS = 5_000
"""Up to so many VMs it is said where a pool locks, even after the time is up: that takes no second."""


def reason_of(
    incumbent: Incumbent, plan: Plan | None, schedule: Schedule | None, *, interrupted: bool
) -> str:
    """Say what was proven, or what ended the search; then who steps aside and why, or who blocks whom.

    Parameters
    ----------
    plan
        That is handed out, in its order; None where there is none.
    schedule
        Of it; where an early end is the objective, what was proven is proven of that.
    """
    if plan is None:
        return _no_plan(incumbent, interrupted=interrupted)
    if plan.objective == "time" and schedule is not None:
        known = _proof_of_end(schedule, interrupted=interrupted)
    else:
        known = _proof(incumbent.bound, plan, interrupted=interrupted)
    return known + _detours(incumbent.problem, plan)


def _no_plan(incumbent: Incumbent, *, interrupted: bool) -> str:
    who, proof = _who(incumbent), incumbent.impossible
    if proof is not None:
        why = why_impossible(incumbent.problem, proof)
        # Of a fixpoint the words are those of who blocks whom.
        more = f": {who}" if who and not isinstance(proof, Blocked) else ""
        return f"{NO_PLAN}: {why}{more}"
    ended = why_ended(incumbent.deadline, interrupted=interrupted)
    where = f"; where it locks: {who}" if who else ""
    return f"{NONE_FOUND}: {ended}{where}"


def _who(incumbent: Incumbent) -> str:
    problem = incumbent.problem
    return summary(obstacles_of(problem)) if problem.num_vms <= MOST_VMS else ""


def _proof(bound: int | None, plan: Plan, *, interrupted: bool) -> str:
    known = at_least(bound, plan.objective)
    if plan.cost == bound:
        return known
    return f"{known}; this one costs {exactly(plan.cost, plan.objective)}{'; interrupted' * interrupted}"


def _proof_of_end(schedule: Schedule, *, interrupted: bool) -> str:
    known = no_earlier_than(schedule.makespan_bound_s)
    if schedule.is_proven:
        return known
    return f"{known}; this one ends after {span(schedule.makespan_s)}{'; interrupted' * interrupted}"


def _detours(problem: Problem, plan: Plan) -> str:
    """Say why the first few VMs step aside or are stopped."""
    steps = list(steps_of(problem, plan.actions))
    count = sum(1 for _ in leaving_for_elsewhere(problem, steps))
    if not count:
        return ""
    detours = detours_of_steps(problem, steps, early=plan.objective == "time")
    told = [detour.text for detour in islice(detours, MOST_DETOURS)]
    more = f"; and {count - len(told)} more" if count > len(told) else ""
    return f"; {'; '.join(told)}{more}"
