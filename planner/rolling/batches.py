"""A rolling plan cut where hosts are updated: ordinary plans, for whatever runs plans, with updates between.

Each has a pool of its own, as it stands then: hosts that have been updated are newer, so that nothing goes
back to an older one even where a plan is made anew on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.actions import Migration, Start, Stop, Update
from models.errors import PlannerError, PoolError
from models.mistakes import given_or
from models.objective import NAMED
from models.plan import Plan
from models.plan_file import PlanFile
from models.pool import Pool
from models.problem import Problem
from models.replay_rolling import updated, with_versions
from planner.rolling.parameters import DEFAULT
from planner.scheduling.schedule import schedule
from planner.search.bounds import mandatory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.actions import Action, Step
    from models.objective import Objective
    from models.rolling_plan import RollingPlan
    from models.state import PoolState
    from planner.rolling.parameters import RollingParameters


@dataclass(frozen=True, slots=True)
class Batch:
    """Migrations, and the hosts that are empty after them.

    Parameters
    ----------
    pool
        Who is where before and after the migrations.
    plan
        The migrations; what waits for what is in it.
    updates
        The hosts to be updated then; none after the last migrations of a way home.
    """

    pool: Pool
    plan: PlanFile
    updates: tuple[str, ...]


def batches(
    state: PoolState, plan: RollingPlan, parameters: RollingParameters | None = None
) -> Iterator[Batch]:
    """Cut a rolling plan before each run of updates.

    Parameters
    ----------
    parameters
        Of the schedule of each batch; None: the defaults.

    Raises
    ------
    PlannerError
        A VM is stopped while a host is updated: an ordinary plan starts what it stops. Or a host that is not
        updated stays above what it may hold: the target of an ordinary plan obeys every rule.
    """
    parameters = given_or(DEFAULT, "parameters", parameters)
    # Of a callable the plan has the prices alone.
    objective: Objective = plan.objective if plan.objective in NAMED else lambda vm: plan.prices[vm.name]
    hosts = {host.name: host for host in with_versions(state.hosts)}
    here = dict(state.placement)
    for moves, hosts_updated in _cut(plan.steps):
        there = here | {move.vm: move.destination for move in moves}
        now = state.changed(hosts=[hosts[host.name] for host in state.hosts])
        pool = Pool(now.placed(here), now.placed(there))
        _check(pool)
        yield Batch(pool, _file(pool, moves, objective, parameters), hosts_updated)
        here = there
        hosts |= {name: updated(hosts[name]) for name in hosts_updated}


def _check(pool: Pool) -> None:
    """Refuse what nobody could run: all that an ordinary plan begins with and ends with must be sound."""
    try:
        pool.check()
    except PoolError as error:
        text = f"{error.errors[0]}: an ordinary plan ends with every rule obeyed"
        raise PlannerError(f"batches: {text}; export writes the whole plan") from error


def _cut(steps: Sequence[Step]) -> Iterator[tuple[list[Migration], tuple[str, ...]]]:
    """Give migrations and the updates behind them, by turns."""
    moves: list[Migration] = []
    hosts: list[str] = []
    for step in steps:
        if isinstance(step, Update):
            hosts.append(step.host)
            continue
        if hosts:
            yield moves, tuple(hosts)
            moves, hosts = [], []
        moves.append(_migration(step))
    if moves or hosts:
        yield moves, tuple(hosts)


def _migration(step: Action) -> Migration:
    if isinstance(step, Stop | Start):
        text = f"{step.vm} on {step.host} is stopped meanwhile: an ordinary plan starts what it stops"
        raise PlannerError(f"batches: {text}; export writes the whole plan")
    assert isinstance(step, Migration)
    return step


def _file(
    pool: Pool, moves: Sequence[Migration], objective: Objective, parameters: RollingParameters
) -> PlanFile:
    """Give the plan file of some migrations; the bound is what each VM costs at least, on its own."""
    plan = Plan.of(pool, moves, objective)
    schedule_s, how = parameters.order_s, parameters.goal.plan.schedule
    found, times = schedule(pool, plan, time_limit_s=schedule_s, workers=1, parameters=how)
    least = mandatory(Problem(pool, objective)) or 0
    return PlanFile(
        status="optimal" if least == found.cost else "feasible",
        objective=found.objective,
        cost=found.cost,
        bound=least,
        gap=(found.cost - least) / found.cost if found.cost else 0.0,
        makespan_s=times.makespan_s,
        makespan_bound_s=times.makespan_bound_s,
        makespan_gap=times.makespan_gap,
        actions=found.entries(times),
    )
