"""The objective of the interval model: what the paths of all free VMs cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.cp.variables import Chains


def add_objective(chains: Chains, least: int, farther: Mapping[int, int] | None) -> None:
    """Minimise the cost.

    Parameters
    ----------
    least
        A bound of the cost known from elsewhere: a solution that meets it ends the search.
    farther
        ``farther[vm]``: what the VM pays more for being away where it is *far*. At least one that is away is
        far then; so a solution without one is none. None: nobody is.
    """
    cost = _total_cost(chains)
    if farther is not None:
        cost += _farther(chains, farther)
    if chains.of:
        chains.model.add(cost >= least)
    chains.model.minimize(cost)


def _total_cost(chains: Chains) -> cp_model.LinearExpr:
    """What the paths of all free VMs cost."""
    literals, prices = [], []
    for vm in chains.of:
        for literal, price in _prices(chains, vm):
            literals.append(literal)
            prices.append(price)
    return cp_model.LinearExpr.weighted_sum(literals, prices)


def _prices(chains: Chains, vm: int) -> Iterator[tuple[cp_model.LiteralT, int]]:
    """Give (literal, what it costs where it is true) for the path of a VM."""
    chain, price = chains.of[vm], chains.window.problem.cost[vm]
    yield chain.moves, price
    yield from ((used, price) for used in chain.used)
    if chain.away is not None:
        yield chain.away, chains.away_cost[vm] or 0


def _farther(chains: Chains, farther: Mapping[int, int]) -> cp_model.LinearExpr:
    """Or over VMs of far; far -> away."""
    model = chains.model
    literals, prices = [], []
    for vm, price in farther.items():
        chain = chains.of.get(vm)
        if chain is not None and chain.away is not None:
            far = model.new_bool_var(f"far_{vm}")
            model.add_implication(far, chain.away)
            literals.append(far)
            prices.append(price)
    model.add_bool_or(literals)
    return cp_model.LinearExpr.weighted_sum(literals, prices)
