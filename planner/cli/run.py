"""``vmplan run``: carry a plan out in a cloud."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from models.reading import read_plan
from planner.cli.carrying_out import carry_out, view
from planner.cli.common import errors_of_plan, one_input, open_pool, pool_argument
from planner.cli.view_options import as_planned_option, until_option
from planner.clouds.registry import from_anywhere
from planner.clouds.simulated import check_settings
from planner.execution.events import Options
from planner.execution.run import prepare
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from datetime import datetime

    from models.plan_file import PlanFile
    from planner.execution.runner import Runner

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json -o plan.json
  vmplan run examples/swap.json plan.json --cloud simulated --dry-run
  vmplan run examples/swap.json plan.json --cloud simulated --yes
  vmplan status plan.journal

Clouds: openstack:NAME of clouds.yaml, libvirt, ganeti:URL, and simulated, which is built in;
simulated:FILE?failed=0.1&seed=7 keeps its state in a file, and lets every tenth migration fail.

Exit codes: 0 every VM is on its target; 2 bad input, or refused before anything was touched;
5 stopped safely before the end; 130 interrupted. The first Ctrl-C starts nothing new and
waits for what runs, the second leaves it running. vmplan resume JOURNAL goes on.
"""

SIMULATED = "simulated:"
"""What the name of a simulated cloud begins with."""


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("plan", metavar="PLAN", type=click.Path(allow_dash=True))
@click.option("--cloud", required=True, metavar="KIND[:NAME]", help="Where; see below.")
@click.option(
    "--journal",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="A new file, for what is done and what came of it  [default: PLAN with .journal]",
)
@click.option("--dry-run", is_flag=True, help="Take the same way through the code, less the requests.")
@click.option(
    "--max-parallel",
    type=click.IntRange(min=1),
    metavar="N",
    help="Actions at a time, beside the limits of the pool.",
)
@click.option(
    "--on-failure",
    type=click.Choice(["stop", "replan"]),
    default="stop",
    show_default=True,
    help="When an action has failed and what runs has settled.",
)
@until_option
@as_planned_option
@click.option("--break-lock", is_flag=True, help="Take the lock of the cloud whoever has it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def run(
    pool: str,
    plan: str,
    cloud: str,
    journal: str | None,
    dry_run: bool,
    max_parallel: int | None,
    on_failure: Literal["stop", "replan"],
    until: datetime | None,
    allow_offline: bool,
    break_lock: bool,
    yes: bool,
) -> int:
    """Carry PLAN out: several actions at a time, looking before and after each."""
    one_input({"POOL": pool, "PLAN": plan})
    problem = open_pool(pool, allow_offline=allow_offline, plan=plan)
    with errors_of_plan(plan):
        file = read_plan(plan)
    if journal is None and not dry_run:
        journal = _default_journal(plan)
    watcher = view(from_zero=dry_run and until is None)
    with errors_of_plan(plan):
        where = _resolved(cloud, journal)
        if where.startswith(SIMULATED):
            check_settings(where.removeprefix(SIMULATED))
        prepared = prepare(
            where,
            problem,
            file,
            journal=journal,
            dry_run=dry_run,
            options=Options(max_parallel, on_failure),
            watcher=watcher,
            break_lock=break_lock,
            until=until,
        )
    with prepared as ready:
        moving = number_of(len(problem.displaced), "VM moves", "VMs move")
        in_time = _in_time(file, ready.runner)
        what = f"{number_of(len(file.actions), 'action')} on {cloud}, {moving}{in_time}. Go?"
        return carry_out(ready, watcher, yes=yes, what=what, journal=str(journal), dry_run=dry_run)


def _in_time(plan: PlanFile, runner: Runner) -> str:
    """Say how much of a plan with times would be done in the time that a run has."""
    if runner.window is None:
        return ""
    ends = [entry.end_s for entry in plan.actions if entry.end_s is not None]
    if len(ends) < len(plan.actions):
        return f"; those that can end by {runner.window.told}"
    left_s = runner.window.left_s
    return f"; as planned {sum(end <= left_s for end in ends)} of {len(ends)} end by {runner.window.told}"


def _default_journal(plan: str) -> str:
    if plan == "-":
        raise click.UsageError("a plan from standard input needs --journal")
    return str(Path(plan).with_suffix(".journal"))


def _resolved(cloud: str, journal: str | None) -> str:
    """Give a simulated cloud a file to live in, beside the journal: it must outlive this process."""
    kind, _, name = cloud.partition(":")
    if f"{kind}:" != SIMULATED or journal is None:
        return cloud
    file, question, settings = name.partition("?")
    return from_anywhere(f"{SIMULATED}{file or f'{journal}.cloud'}{question}{settings}")
