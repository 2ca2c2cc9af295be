"""From a pool to a film: the plan that was given, or the one that the planner finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import PlanError
from models.plan import Plan
from models.schedule import Schedule
from planner.scheduling.judging import judge_schedule
from planner.verdict.sentences import claimed, verdict
from planner.views.film import Film
from planner.views.film_in_time import FilmInTime

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.pool import Pool
    from planner.asking import Reply


def film_of_answer(
    pool: Pool, answer: Reply, *, objective: str, resource: str | None, title: str = "The challenge!"
) -> Film:
    """Give the film of what the planner found; without a plan it shows the challenge and says why."""
    plan = answer.plan or Plan.of(pool, [], objective)
    return Film(
        pool, plan, verdict=verdict(answer, objective), resource=resource, title=title,
        impossible=answer.plan is None,
    )  # fmt: skip


def film_in_time(pool: Pool, file: PlanFile, *, resource: str | None) -> FilmInTime:
    """Give the film of a plan file as its schedule runs.

    Raises
    ------
    PlanError
        It holds no plan, or one that has no schedule or one that breaks a rule.
    """
    plan, schedule = Plan.of(pool, file.steps()), file.schedule()
    if file.status in ("infeasible", "no_plan_found"):
        raise PlanError(f"the plan file holds no plan: its status is {file.status}")
    if schedule is None and plan.actions:
        raise PlanError("actions: they have no times; vmplan plan --schedule makes a plan that has")
    schedule = schedule or Schedule((), (), (), ())
    if broken := judge_schedule(pool, plan, schedule):
        raise PlanError(f"its schedule cannot be shown: {broken[0]}")
    return FilmInTime(pool, plan, schedule, verdict=claimed(file), resource=resource)


def film_of_file(pool: Pool, file: PlanFile, *, resource: str | None) -> Film:
    """Give the film of a plan file; what it breaks is said in its frames, not judged here."""
    objective = file.objective if file.objective in ("moves", "ram", "custom") else "moves"
    plan = Plan.of(pool, file.steps(), objective)
    impossible = file.status in ("infeasible", "no_plan_found")
    return Film(pool, plan, verdict=claimed(file), resource=resource, impossible=impossible)
