"""The summary that ``vmplan plan`` prints for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.text import Text

from models.actions import Stop
from planner.verdict.sentences import amount, number_of, verdict
from planner.views.names import shown
from planner.views.schedule_summary import schedule_lines
from planner.views.screen import paper, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.plan import Plan
    from models.pool import Pool
    from models.state import PoolState
    from planner.result import Result

MOST_WHY = 20
"""VMs of which it is said why they move."""

MOST_LINES = 400
"""Actions printed; a longer plan is for a file."""

FEWEST_CELLS = 20
"""Of a sentence that is broken, however narrow the terminal."""


def print_summary(pool: Pool, result: Result) -> None:
    """Say what is wanted, the plan, what it costs against bound and heuristic, and what was proven."""
    click.echo(wanted(pool))
    _print_plan(pool.current, result, verdict(result, result.objective))


def print_goal(state: PoolState, asked: str, result: Result, outcome: str | None) -> None:
    """Say what was asked of a pool, and the plan, as :func:`print_summary` does; then what it is good for."""
    vms, hosts = number_of(len(state.placement), "VM"), number_of(len(state.hosts), "host")
    say_sentence(f"Wanted: of {vms} on {hosts}, {asked}.")
    _print_plan(state, result, f"{result.status.capitalize()}: {result.reason}.")
    for line in result.why[:MOST_WHY]:
        say_sentence(f"  {line}")
    if len(result.why) > MOST_WHY:
        click.echo(f"  ... and {len(result.why) - MOST_WHY:,} more; --json has all of them")
    if outcome is not None:
        say_sentence(outcome)


def _print_plan(state: PoolState, result: Result, last: str) -> None:
    if result.plan is None:
        click.echo()
        say_sentence(result.reason)
        return
    print_lines(result.plan.lines())
    click.echo(f"\n{costs(result, result.plan)}")
    say_sentence(last)
    if result.schedule is not None:
        for line in schedule_lines(state, result.plan, result.schedule):
            say_sentence(line)


def say_sentence(text: str, *, err: bool = False) -> None:
    """Print a sentence; on a terminal broken between words, elsewhere as one line.

    What follows the first line of one that is indented is indented a little more.
    """
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty():
        click.echo(shown(text), err=err)
        return
    console, words = paper(stream), text.lstrip(" ")
    indent = len(text) - len(words)
    more = indent + 2 if indent else 0
    lines = wrapped(Text(shown(words) if words else ""), max(console.width - more, FEWEST_CELLS))
    console.picture(Text(" " * (more if number else indent)) + line for number, line in enumerate(lines))


def print_lines(lines: Iterable[str]) -> None:
    """Print the actions of a plan, a line each, as many as people read."""
    lines = list(lines) or ["nothing to do"]
    click.echo()
    for line in lines[:MOST_LINES]:
        click.echo(f"  {shown(line)}")
    if len(lines) > MOST_LINES:
        click.echo(f"  ... and {len(lines) - MOST_LINES:,} more; -o FILE writes all of them")


def wanted(pool: Pool) -> str:
    """Say what is wanted, in one sentence."""
    parts = [f"{len(pool.displaced):,} of {number_of(len(pool.current.placement), 'VM')} shall move"]
    if pool.shut_down:
        parts.append(f"{len(pool.shut_down):,} be shut down")
    if pool.provisioned:
        parts.append(f"{len(pool.provisioned):,} be provisioned")
    return f"Wanted: on {number_of(len(pool.hosts), 'host')}, {', '.join(parts)}."


def costs(result: Result, plan: Plan) -> str:
    """Say what the plan costs against the bound and against the heuristic."""
    moves = len(plan.migrations)
    text = (
        f"{number_of(moves, 'migration')}, {number_of(plan.detours, 'of them a detour', 'of them detours')}"
    )
    if stops := sum(isinstance(action, Stop) for action in plan.actions):
        text += f", and {number_of(stops, 'stop')} at {plan.offline_cost_factor} migrations each"
        text += f"; cost {amount(plan.cost, plan.objective)}" if plan.objective in ("moves", "time") else ""
    bound = "none" if result.bound is None else amount(result.bound, plan.objective)
    if plan.objective in ("moves", "time"):
        text += f"; bound {bound}"
    else:
        text += f"; {plan.objective} cost {amount(plan.cost, plan.objective)}, bound {bound}"
    if result.heuristic_plan is not None:
        before = result.heuristic_plan.cost
        saved = f", {amount(before - plan.cost, plan.objective)} saved" if before > plan.cost else ""
        text += f"; heuristic ({result.heuristic_name}) {amount(before, plan.objective)}{saved}"
    return text + "."
