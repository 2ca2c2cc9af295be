"""The summary that ``vmplan rolling`` prints for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from models.actions import Stop
from planner.result import Status
from planner.verdict.sentences import amount, are, exactly, number_of
from planner.views.schedule_summary import assumed, how_long, off_meanwhile, proven, what_bounds
from planner.views.summary import print_lines, say_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.rolling_plan import RollingPlan
    from models.schedule import Schedule
    from models.state import PoolState
    from planner.rolling import RollingResult


def print_rolling(state: PoolState, result: RollingResult, hosts: int) -> None:
    """Say what was asked, the steps, what they cost against the bound, and what was proven."""
    count, known, vms = number_of(hosts, "host"), len(state.hosts), number_of(len(state.placement), "VM")
    which = f"{hosts} of {number_of(known, 'host')}" if hosts < known else f"{'all ' * (hosts > 1)}{count}"
    click.echo(f"Wanted: {which} with {vms} in the pool {are(hosts)} emptied and updated.")
    if result.plan is None:
        click.echo()
        say_sentence(result.reason)
        return
    print_lines(result.plan.lines())
    click.echo(f"\n{_costs(result, result.plan)}")
    if result.status is Status.OPTIMAL:
        click.echo("Optimal: proven that no order of the hosts costs less.")
    else:
        gap = f"a gap of {result.gap:.2%}"
        bound = exactly(result.bound or 0, result.objective)
        orders = (
            "no order of the hosts, one at a time either," if result.at_once > 1 else "no order of the hosts"
        )
        click.echo(f"Feasible: proven that {orders} costs less than {bound}, {gap}.")
    if result.schedule is not None:
        for line in _times(state, result.plan, result.schedule):
            say_sentence(line)


def _times(state: PoolState, plan: RollingPlan, schedule: Schedule) -> Iterator[str]:
    yield how_long(state, plan, schedule)
    yield proven(schedule)
    if plan.steps:
        yield what_bounds(state, plan, schedule)
    yield from off_meanwhile(plan, schedule)
    yield from assumed(state, plan)


def _costs(result: RollingResult, plan: RollingPlan) -> str:
    moves, updates = len(plan.migrations), len(plan.updates)
    text = f"{number_of(updates, 'update')}, {number_of(moves, 'migration')}"
    if stops := sum(isinstance(step, Stop) for step in plan.steps):
        text += f", {number_of(stops, 'stop')} at {plan.offline_cost_factor} migrations each"
    cost = "" if plan.objective == "moves" and not stops else f"cost {amount(plan.cost, plan.objective)}, "
    bound = "unknown" if result.bound is None else amount(result.bound, plan.objective)
    return f"{text}; {cost}bound {bound}."
