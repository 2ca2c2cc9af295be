"""What was proven, and what stood in the way, in a sentence or two."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from planner.verdict.detours import detours_of_steps, steps_of
from planner.verdict.impossible import why_impossible
from planner.verdict.obstacles import obstacles_of, summary

if TYPE_CHECKING:
    from models.plan import Plan
    from models.problem import Problem
    from planner.search.incumbent import Incumbent

MOST_DETOURS = 2
"""Detours whose reasons are given; ``explain`` gives all."""

MOST_VMS = 5_000
"""Up to so many VMs it is said where a pool locks, even after the time is up."""


def reason_of(incumbent: Incumbent, plan: Plan | None, *, interrupted: bool) -> str:
    """Say what was proven, or what ended the search; then who steps aside and why, or who blocks whom.

    Parameters
    ----------
    plan
        That is handed out, in its order; None where there is none.
    """
    if plan is None:
        return _no_plan(incumbent, interrupted=interrupted)
    return _proof(incumbent, plan.cost, interrupted=interrupted) + _detours(incumbent.problem, plan)


def _no_plan(incumbent: Incumbent, *, interrupted: bool) -> str:
    who = _who(incumbent)
    if incumbent.impossible is not None:
        why = why_impossible(incumbent.problem, incumbent.impossible)
        # The proof may be this very sentence.
        more = f": {who}" if who and who not in why else ""
        return f"no plan exists: {why}{more}"
    ended = "interrupted" if interrupted else f"{incumbent.deadline.limit_s:g} s are up"
    where = f"; where it locks: {who}" if who else ""
    return f"no plan found, and no proof that there is none: {ended}{where}"


def _who(incumbent: Incumbent) -> str:
    problem = incumbent.problem
    return summary(obstacles_of(problem)) if problem.num_vms <= MOST_VMS else ""


def _proof(incumbent: Incumbent, cost: int, *, interrupted: bool) -> str:
    bound = incumbent.bound
    if cost == bound:
        return f"proven: no plan costs less than {cost}"
    ended = "; interrupted" if interrupted else ""
    known = f"proven: no plan costs less than {bound}" if bound is not None else "nothing is proven"
    return f"{known}; this one costs {cost}{ended}"


def _detours(problem: Problem, plan: Plan) -> str:
    """Say why the first few VMs step aside or are stopped."""
    steps = list(steps_of(problem, plan.actions))
    count = sum(host != problem.dst[vm] for _, vm, host in steps)
    if not count:
        return ""
    told = [detour.text for detour in islice(detours_of_steps(problem, steps), MOST_DETOURS)]
    more = f"; and {count - len(told)} more step aside" if count > len(told) else ""
    return f"; {'; '.join(told)}{more}"
