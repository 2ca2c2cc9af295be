"""``vmplan report``: a plan as one self-contained page."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from heuristics import Deadline
from models.bytes_io import STANDARD, write_bytes
from models.objective import NAMED
from models.plan import Plan
from planner.cli.common import one_input, open_pool_and_plan, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.outputs import check_outputs
from planner.cli.shares import parse_shares
from planner.cli.view_options import as_planned_option
from planner.explaining.explain import conflicts_behind, detour_reasons
from planner.views.names import shown
from planner.views.report import build_report

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.pool import Pool
    from planner.verdict.statements import ConflictTold

EPILOG = """\b
Examples:
  vmplan plan examples/drain.json -o plan.json
  vmplan report examples/drain.json plan.json -o plan.html
  vmplan report examples/drain.json plan.json -o plan.html \\
      --warn-above ram_mib=0.8
  vmplan rolling examples/goals/cluster.json node1 node2 -o roll.json \\
      --pool-out rolled.json
  vmplan report rolled.json roll.json -o roll.html

A plan that does not replay is shown with what is wrong with it, and the exit code is 1.
"""

FOR_CONFLICTS_S = 3.0
"""Seconds for the conflicts behind the detours of a plan."""


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("plan", metavar="PLAN", type=click.Path(allow_dash=True))
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Where the page goes; - is standard output."
)
@click.option(
    "--warn-above",
    multiple=True,
    metavar="RES=SHARE",
    help="Mark hosts above this share of what is usable, such as ram_mib=0.9; repeatable.",
)
@as_planned_option
def report(pool: str, plan: str, output: str, warn_above: tuple[str, ...], allow_offline: bool) -> ExitCode:
    """Write one self-contained page to look at a plan, and to send to a colleague."""
    inputs = {"POOL": pool, "PLAN": plan}
    one_input(inputs)
    check_outputs({"-o": output}, inputs)
    opened, file = open_pool_and_plan(pool, plan, allow_offline=allow_offline)
    page = build_report(
        opened,
        file,
        pool_name=_title(pool),
        plan_name=_title(plan),
        warn_above=parse_shares(opened.current, warn_above),
        explanations={} if file.is_rolling else detour_reasons(opened, file.steps()),
        conflicts=() if file.is_rolling else _conflicts(opened, file),
    )
    write_bytes(output, page.html.encode())
    if not page.problems:
        return ExitCode.DONE
    more = len(page.problems) - 1
    click.echo(shown(f"vmplan: {page.problems[0]}") + (f" (and {more} more)" if more else ""), err=True)
    return ExitCode.VIOLATIONS


def _conflicts(pool: Pool, file: PlanFile) -> list[ConflictTold]:
    """Say who cannot all go straight home, where the plan has detours."""
    objective = file.objective if file.objective in NAMED else "moves"
    detours = Plan.of(pool, file.steps(), objective).detours
    return conflicts_behind(pool, objective, Deadline(FOR_CONFLICTS_S)) if detours else []


def _title(path: str) -> str:
    """Give what the page calls a file: its name alone, not where it lies."""
    return "standard input" if path == STANDARD else PurePath(path).name
