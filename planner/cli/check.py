"""``vmplan check``: replay a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from models.errors import PlanError, PlannerError
from models.ledger import Violation
from models.objective import NAMED
from models.plan import Plan
from models.reading import read_plan
from models.replay import replay
from planner.cli.common import ExitCode, open_pool, pool_argument
from planner.search.witness import accepts

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.pool import Pool

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json -o plan.json
  vmplan check examples/swap.json plan.json
  vmplan check examples/swap.json plan.json --solver
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("plan", metavar="PLAN", type=click.Path(allow_dash=True))
@click.option("--solver", is_flag=True, help="Ask CP-SAT's step model too, a second witness.")
@click.option("--allow-offline", is_flag=True, help="Any VM may be stopped, as when it was planned.")
def check(pool: str, plan: str, solver: bool, allow_offline: bool) -> int:
    """Replay PLAN on POOL; print every violation, or that there is none."""
    if pool == plan == "-":
        raise click.UsageError("only one of POOL and PLAN can be standard input")
    problem = open_pool(pool, allow_offline=allow_offline)
    try:
        file = read_plan(plan)
    except PlanError as error:
        raise PlanError(f"{plan}: {error}") from None
    violations = judge(problem, file)
    for violation in violations:
        click.echo(str(violation))
    counted = f"{len(file.actions)} actions, {len(violations)} violations"
    if solver:
        counted += f"; step model: {_ask_solver(problem, file)}"
    click.echo(counted)
    return ExitCode.VIOLATIONS if violations or counted.endswith("rejected") else ExitCode.DONE


def judge(pool: Pool, file: PlanFile) -> list[Violation]:
    """Give every violation of a plan file: of its actions, its cost and its bound."""
    if file.status in ("infeasible", "no_plan_found"):
        raise PlannerError(f"the plan file holds no plan: its status is {file.status}")
    plan = Plan.of(pool, file.steps(), file.objective if file.objective in NAMED else "moves")
    found = replay(pool, plan)
    if file.cost is not None and file.objective in NAMED and file.cost != plan.cost:
        found.append(Violation("cost", f"cost: the plan says {file.cost}, its actions cost {plan.cost}"))
    if file.bound is not None and file.cost is not None and file.bound > file.cost:
        found.append(Violation("bound", f"bound: {file.bound} is above the cost {file.cost}"))
    return found


def _ask_solver(pool: Pool, file: PlanFile) -> str:
    answer = accepts(pool, file.steps())
    return {True: "accepted", False: "rejected", None: "out of time"}[answer]
