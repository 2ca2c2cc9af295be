"""Moves turned into the plan that comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.moves import OFF
from models.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.moves import Move
    from models.problem import Problem


def actions_of(problem: Problem, moves: Iterable[Move]) -> Iterator[Action]:
    """Give the whole plan of some moves of a whole pool: shutdowns first, provisions last."""
    pool = problem.pool
    here, there = pool.current.placement, pool.target.placement
    for name in pool.shut_down:
        yield Shutdown(name, here[name])
    names = [host.name for host in problem.hosts]
    at = list(problem.src)
    for vm, host in moves:
        name = problem.vms[vm].name
        if host == OFF:
            yield Stop(name, names[at[vm]])
        elif at[vm] == OFF:
            yield Start(name, names[host])
        else:
            yield Migration(name, names[at[vm]], names[host])
        at[vm] = host
    for name in pool.provisioned:
        yield Provision(name, there[name])


def plan_of(problem: Problem, moves: Iterable[Move]) -> Plan:
    """Give the whole plan of some moves of a whole pool, priced."""
    return Plan.of(problem.pool, actions_of(problem, moves), problem.objective)
