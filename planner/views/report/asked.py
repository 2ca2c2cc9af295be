"""Of a plan to a goal: what was asked for, who could choose, and why each VM moves. Plain HTML, no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from msgspec import UNSET

from planner.verdict.sentences import number_of
from planner.views.names import unturned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.goal_told import GoalTold
    from models.plan_file import PlanFile

MOST = 500
"""Lines of a list; the plan file has them all."""


def asked_for(file: PlanFile) -> str:
    """Give a part of the page that can be opened; nothing where the plan has no goal."""
    if file.goal is UNSET:
        return ""
    goal = file.goal
    found = f", and {goal.found}" if goal.found else ""
    head = f"<b>Asked for:</b> {escape(unturned(goal.asked + found))}. {escape(_free(goal))}."
    why = () if file.why is UNSET else file.why
    lists = [*_list("Why each moves", why), *_list("Not free to choose", _held(goal))]
    return f'<details id="goal" class="goal"><summary>{head}</summary>{"".join(lists)}</details>\n'


def _free(goal: GoalTold) -> str:
    every = goal.free + len(goal.held)
    if not goal.held:
        return f"{'All ' * (every > 1)}{number_of(every, 'VM')} could stay or move"
    return f"Of {number_of(every, 'VM')} {goal.free:,} could stay or move, {len(goal.held):,} could not"


def _held(goal: GoalTold) -> Iterator[str]:
    for held in goal.held:
        yield f"{held.vm}: {held.why}"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    rows = list(lines)
    if not rows:
        return
    yield f"<h2>{escape(title)}</h2><ul>"
    yield from (f"<li>{escape(unturned(row))}</li>" for row in rows[:MOST])
    if len(rows) > MOST:
        yield f"<li>and {len(rows) - MOST:,} more, in the plan file</li>"
    yield "</ul>"
