"""``vmplan resume``: go on with a run, whatever ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.cli.carrying_out import carry_out, view
from planner.cli.view_options import until_option
from planner.execution.run import prepare_resume
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from datetime import datetime

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
        steps = ready.runner.flights.steps
        left = len(steps) - steps.num_done
        what = f"{left} of {number_of(len(steps), 'action')} {'is' if left == 1 else 'are'} not done. Go on?"
        return carry_out(ready, watcher, yes=yes, what=what, journal=journal)
