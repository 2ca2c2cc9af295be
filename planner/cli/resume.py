"""``vmplan resume``: go on with a run, whatever ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.cli.carrying_out import carry_out, view
from planner.cli.view_options import until_option
from planner.execution.run import prepare_resume
from planner.verdict.sentences import are, number_of

if TYPE_CHECKING:
    from datetime import datetime

    from planner.execution.runner import Runner

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json -o plan.json
  vmplan run examples/swap.json plan.json --cloud simulated --yes
  vmplan resume plan.journal --yes

Exit codes: as for vmplan run.
"""


@click.command(epilog=EPILOG)
@click.argument("journal", metavar="JOURNAL", type=click.Path(dir_okay=False))
@until_option
@click.option("--break-lock", is_flag=True, help="Take the lock of the cloud whoever has it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def resume(journal: str, until: datetime | None, break_lock: bool, yes: bool) -> int:
    """Go on with the run of JOURNAL: look where everything is, keep what is done, plan anew what must be."""
    watcher = view()
    with prepare_resume(journal, watcher=watcher, break_lock=break_lock, until=until) as ready:
        is_asked = ready.has_more_to_do and not yes
        return carry_out(ready, watcher, yes=not is_asked, what=_question(ready.runner), journal=journal)


def _question(runner: Runner) -> str:
    """Say what is left to do."""
    actions, left = number_of(len(runner.flights.steps), "action"), runner.num_left
    if left:
        return f"{left} of {actions} {are(left)} not done. Go on?"
    vms = number_of(len(runner.unsettled), "VM is", "VMs are")
    return f"{actions} done, and {vms} not at rest on target. Go on?"
