"""``vmplan export``: write a plan for another tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from models.bytes_io import STANDARD, write_bytes
from models.errors import PlanError, PoolError
from models.reading import read_plan, read_state
from planner.cli.common import one_input, pool_argument, stoppable
from planner.cli.outputs import check_outputs
from planner.cli.view_options import as_planned_option
from planner.clouds.writing.steps import check_plan

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.state import PoolState

KINDS = ("shell", "ansible", "dot", "mermaid", "csv")
TOOLS = ("openstack", "virsh", "proxmox", "ganeti", "xen")

EPILOG = """\b
Examples:
  vmplan plan examples/chain6.json -o plan.json
  vmplan export shell examples/chain6.json plan.json --for virsh -o plan.sh
  vmplan export ansible examples/chain6.json plan.json --for ganeti
  vmplan export mermaid examples/chain6.json plan.json
"""


@click.command(epilog=EPILOG)
@click.argument("kind", metavar="KIND", type=click.Choice(KINDS))
@pool_argument
@click.argument("plan", metavar="PLAN", type=click.Path(allow_dash=True))
@click.option(
    *("--for", "tool"),
    type=click.Choice(TOOLS),
    help="Whose commands; for shell and ansible alone.  [default: openstack]",
)
@click.option(
    *("-o", "--output"),
    default=STANDARD,
    metavar="FILE",
    type=click.Path(allow_dash=True),
    help="Write it there.  [default: standard output]",
)
@as_planned_option
def export(kind: str, pool: str, plan: str, tool: str | None, output: str, allow_offline: bool) -> None:
    """Print PLAN for another tool: KIND is shell, ansible, dot, mermaid or csv.

    shell is a script for sh, one guarded command a line, waves apart; ansible is a playbook, a play a wave.
    Both stop at the first failure and can be run again. dot and mermaid draw which action waits for which;
    csv is a table.
    """
    inputs = {"POOL": pool, "PLAN": plan}
    one_input(inputs)
    check_outputs({"-o": output}, inputs)
    if tool and kind not in ("shell", "ansible"):
        raise click.UsageError(f"--for goes with shell and ansible, not with {kind}")
    try:
        state = read_state(pool)
        if allow_offline:
            state = state.changed(vms=stoppable(state.vms))
    except PoolError as error:
        raise PoolError([f"{pool}: {error.errors[0]}", *error.errors[1:]]) from None
    try:
        file = read_plan(plan)
        check_plan(state, file)
        text = _written(kind, state, file, tool or "openstack")
    except PlanError as error:
        raise PlanError(f"{plan}: {error}") from None
    # As bytes: a name is what it is, whatever the terminal can show.
    if output == STANDARD:
        click.echo(text.encode(), nl=False)
    else:
        write_bytes(output, text.encode())


def _written(kind: str, state: PoolState, plan: PlanFile, tool: str) -> str:
    """Read only what is asked for."""
    from planner.clouds import writing

    match kind:
        case "shell":
            return writing.shell(state, plan, tool)
        case "ansible":
            return writing.ansible(state, plan, tool)
        case "dot":
            return writing.dot(plan)
        case "mermaid":
            return writing.mermaid(plan)
        case _:
            return writing.csv_table(plan)
