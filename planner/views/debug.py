"""One path finder at work on one pool, told as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from heuristics.registry import path_finder
from models.plan import Plan
from models.plan_of_moves import plan_of
from models.problem import Problem
from planner.verdict.sentences import number_of
from planner.views.diary import Diary, TooManyError
from planner.views.film import Film, tally
from planner.views.palette import DONE, HEADING, WRONG
from planner.views.scene import Scene
from planner.views.screen import rows, wrapped

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from heuristics.protocol import Found
    from models.objective import Objective
    from models.pool import Pool
    from planner.views.screen import Paper


def run_debug(
    pool: Pool,
    console: Paper,
    deadline: Deadline,
    *,
    method: str = "aspiers",
    objective: Objective = "moves",
    seed: int = 0,
    resource: str | None = None,
    most: int | None = None,
) -> Found | None:
    """Print the challenge, every decision, and what came of it.

    Returns
    -------
    Found or None
        What the path finder came back with; None where ``most`` decisions were told before it did.

    Raises
    ------
    PlannerError
        No such path finder, or a pool that it refuses.
    """
    finder = path_finder(method)
    problem = Problem(pool, objective)
    scene = Scene(pool, resource)
    if pool.shut_down:
        # The search begins after the shutdowns, so these VMs are gone from its bars.
        gone = number_of(len(pool.shut_down), "VM is", "VMs are")
        console.picture([Text(f"{gone} shut down first; the search begins after that.")])
    challenge = Film(pool, Plan.of(pool, [], objective), resource=resource, impossible=True)
    console.picture(challenge.frame(0, console.width, rows(console)))
    console.picture([Text(f"The decisions of {method}:", HEADING)])
    diary = Diary(problem, scene, console, most)
    try:
        found = finder.find(problem, deadline, seed, diary)
        if found.moves is not None and not diary.changes:
            _tell_moves(diary, found)
    except TooManyError:
        told = number_of(most or 0, "decision")
        console.picture([Text(f"... stopped after {told} (--decisions)", WRONG)])
        return None
    console.picture(wrapped(_outcome(problem, found, method), console.width))
    return found


def _tell_moves(diary: Diary, found: Found) -> None:
    """Tell the moves of a finder that searches placements out of order, and so tells none itself."""
    at = list(diary.problem.src)
    diary.note(0, "it decides on no single move; this is what it came back with")
    for vm, host in found.moves or ():
        diary.moves(0, vm, at[vm], host)
        at[vm] = host


def _outcome(problem: Problem, found: Found, method: str) -> Text:
    if found.moves is None:
        words = "no plan exists, it has proven" if found.proven else "it found no plan, which proves nothing"
        return Text(f"{method}: {words}.", WRONG)
    plan = plan_of(problem, found.moves)
    proof = " No plan is cheaper, it has proven." if found.proven else ""
    return Text(f"{method}: {tally(plan)} Cost {plan.cost:,}.{proof}", DONE)
