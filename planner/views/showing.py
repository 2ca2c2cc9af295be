"""From a pool to a film: the plan that was given, or the one that the planner finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.plan import Plan
from planner.verdict.sentences import claimed, verdict
from planner.views.film import Film

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


def film_of_file(pool: Pool, file: PlanFile, *, resource: str | None) -> Film:
    """Give the film of a plan file; what it breaks is said in its frames, not judged here."""
    objective = file.objective if file.objective in ("moves", "ram", "custom") else "moves"
    plan = Plan.of(pool, file.steps(), objective)
    return Film(pool, plan, verdict=claimed(file), resource=resource, impossible=file.cost is None)
