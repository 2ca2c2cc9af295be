"""``vmplan plan``: find a plan, and prove how short it could be at best."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

import planner
from models.bytes_io import STANDARD, write_bytes
from models.pool import Pool
from models.reading import plan_bytes, write_plan, write_proof
from planner.cli.common import as_typed, one_document, open_pool, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.outputs import check_outputs
from planner.cli.progress import progress_line
from planner.cli.search_options import search_options
from planner.cli.shares import parse_shares
from planner.result import Planned, Result, Status
from planner.views.names import shown
from planner.views.summary import print_summary, say_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.plan import Plan
    from models.schedule import Schedule
    from models.state import PoolState
    from planner.cli.search_options import SearchOptions

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json
  vmplan plan examples/drain.json --objective ram --time-limit 5
  vmplan plan examples/homecoming.json --json -o plan.json
  vmplan plan examples/chain6.json --method aspiers
  vmplan plan examples/chain6.json --warn-above ram_mib=0.9
  vmplan plan examples/chain6.json -o plan.json --proof proof.json
  vmplan plan examples/drain.json --schedule
  vmplan plan examples/drain.json --timeline
  vmplan plan examples/drain.json --objective time
"""

CODES = {
    Status.OPTIMAL: ExitCode.DONE,
    Status.FEASIBLE: ExitCode.DONE,
    Status.INFEASIBLE: ExitCode.INFEASIBLE,
    Status.NO_PLAN_FOUND: ExitCode.NO_PLAN_FOUND,
}

warn_above_option = click.option(
    "--warn-above",
    "thresholds",
    multiple=True,
    metavar="RES=SHARE",
    help="List the hosts that the plan fills above that share, such as ram_mib=0.9; repeatable.",
)

schedule_option = click.option(
    "--schedule",
    is_flag=True,
    help="Say when each action starts, what it waits for, and in which wave it is.",
)

timeline_option = click.option(
    "--timeline", is_flag=True, help="Draw the schedule as a chart; --schedule is understood."
)


@click.command(epilog=EPILOG)
@pool_argument
@click.option("-o", "--output", metavar="PLAN", help="Also write the plan file there (.json, .json.gz, -).")
@click.option("--json", "as_json", is_flag=True, help="Print the plan file instead of the summary.")
@warn_above_option
@click.option(
    "--proof",
    "proof_path",
    metavar="PROOF",
    help="Write there what can be checked of the bound without a solver, or that no plan exists.",
)
@schedule_option
@timeline_option
@search_options
def plan(
    pool: str,
    output: str | None,
    as_json: bool,
    thresholds: tuple[str, ...],
    proof_path: str | None,
    schedule: bool,
    timeline: bool,
    search: SearchOptions,
) -> int:
    """Find the shortest safe sequence of migrations for POOL (a file, .gz too, or -)."""
    schedule = schedule or timeline
    if proof_path is not None and search.method != "auto":
        raise click.UsageError("--proof goes with --method auto: a path finder alone proves no bound")
    outputs = {"-o": output, "--proof": proof_path}
    holds_document = one_document(outputs, as_json=as_json)
    check_outputs(outputs, {"POOL": pool})
    problem = open_pool(pool, allow_offline=search.allow_offline, to_plan=True)
    shares = parse_shares(problem.current, thresholds)
    with progress_line() as on_progress:
        placements = problem.current, problem.target
        if search.method == "auto":
            asked = search.of_search(on_progress)
            result = planner.plan(*placements, proof=proof_path is not None, schedule=schedule, **asked)
        else:
            asked = search.of_finder()
            result = planner.find(*placements, method=search.method, schedule=schedule, **asked)
    if output is not None and output != STANDARD:
        write_plan(output, result.file())
    if proof_path is not None:
        save_proof(proof_path, result)
    if as_json or output == STANDARD:
        write_bytes(STANDARD, plan_bytes(result.file()))
    if not holds_document:
        print_summary(problem, result)
        if result.plan is None and not result.interrupted and pool != STANDARD:
            stops = " --allow-offline" if search.allow_offline else ""
            told = f"vmplan explain{stops} {as_typed(pool)}"
            click.echo(shown(f"{told} says who blocks whom, and what would help."))  # whole, to be copied
    look_closer(problem.current, result, shares, timeline=timeline, err=holds_document)
    return exit_code(result)


def look_closer(
    state: PoolState, result: Result, shares: Mapping[str, float], *, timeline: bool, err: bool
) -> None:
    """Draw the schedule, and list the hosts above some shares, where that was asked for.

    Parameters
    ----------
    err
        Standard output holds a file: both go to standard error.
    """
    if result.plan is None:
        return
    if timeline and result.schedule is not None:
        draw_timeline(state, result.plan, result.schedule, err=err)
    if shares:
        warn_above(state, result.plan, result.schedule, shares, err=err)


def draw_timeline(state: PoolState, plan: Plan, schedule: Schedule, *, err: bool) -> None:
    """Draw a schedule."""
    from planner.views.screen import paper
    from planner.views.timeline import timeline

    console = paper(sys.stderr if err else sys.stdout)
    console.print()
    console.picture(timeline(state, plan, schedule, console.width))


def save_proof(path: str, result: Result) -> None:
    """Write the proof, and say on standard error where it stands for less than was proven."""
    proof = result.proof
    if proof is None:
        click.echo("vmplan: no proof is written: nothing is proven", err=True)
        return
    write_proof(path, proof)
    if proof.by == "none":
        click.echo("vmplan: only the solver says so: the proof holds nothing that can be checked", err=True)
    elif proof.bound != result.bound:
        click.echo(f"vmplan: the proof stands for {proof.bound}, not for {result.bound}", err=True)


def warn_above(
    state: PoolState, plan: Plan, schedule: Schedule | None, shares: Mapping[str, float], *, err: bool
) -> None:
    """List the hosts that the plan fills above some shares, as its schedule runs where it has one."""
    from planner.explaining.thresholds import threshold_warnings, timed_warnings

    pool = Pool(state, state)
    warnings = (
        threshold_warnings(pool, plan, shares)
        if schedule is None
        else timed_warnings(pool, plan, schedule, shares)
    )
    asked = ", ".join(f"{resource}={share:.10g}" for resource, share in shares.items())
    if not warnings:
        say_sentence(f"No host goes above {asked}.", err=err)
        return
    say_sentence(f"Hosts above {asked} of what is usable:", err=err)
    for warning in warnings:
        say_sentence(f"  {warning}", err=err)


def exit_code(result: Planned[Any]) -> ExitCode:
    """Give the exit code of a result."""
    return ExitCode.INTERRUPTED if result.interrupted else CODES[result.status]
