"""Two small models about conflicts: who steps aside most cheaply, and what the conflicts weigh together.

They are each other's dual, the second in fractions: what the conflicts weigh is never more than what those
cost who hit them all. ALGORITHM.md, "Conflicts".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from planner.cp.solve import Effort, solve

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from heuristics.deadline import Deadline
    from planner.cp.parameters import HittingSets


@dataclass(frozen=True, slots=True)
class HittingSet:
    """VMs of which each conflict has one.

    Parameters
    ----------
    vms
        The cheapest known.
    bound
        Proven: no other such set costs less.
    """

    vms: frozenset[int] = frozenset()
    bound: int = 0


def cheapest_hitting_set(
    conflicts: Sequence[Collection[int]],
    excess: Sequence[int | None],
    deadline: Deadline,
    parameters: HittingSets,
) -> HittingSet:
    """Choose VMs so that each conflict has one of them, at the least excess.

    Parameters
    ----------
    conflicts
        Each with at least one VM that has an excess.
    excess
        ``excess[vm]``; None where it cannot be chosen.

    Returns
    -------
    HittingSet
        Of no VM where there is no conflict, of all of them where the time was up.
    """
    if not conflicts:
        return HittingSet()
    model = cp_model.CpModel()
    prices = {vm: price for conflict in conflicts for vm in conflict if (price := excess[vm]) is not None}
    chosen = {vm: model.new_bool_var(f"aside_{vm}") for vm in sorted(prices)}
    for conflict in conflicts:
        model.add_bool_or([chosen[vm] for vm in sorted(conflict) if vm in chosen])
    model.minimize(cp_model.LinearExpr.weighted_sum(list(chosen.values()), [prices[vm] for vm in chosen]))
    solver, answer = solve(model, deadline, Effort(1, deterministic_s=parameters.enough_s))
    vms = frozenset(vm for vm, literal in chosen.items() if not answer.found or solver.boolean_value(literal))
    return HittingSet(vms, answer.bound or 0)


def heaviest_weights(
    conflicts: Sequence[Collection[int]],
    excess: Sequence[int | None],
    deadline: Deadline,
    parameters: HittingSets,
) -> list[Fraction]:
    """Weigh the conflicts so that at no VM they add up to more than its excess, and all together to most."""
    model, parts = cp_model.CpModel(), parameters.parts
    weights, at = [], defaultdict(list)
    for number, conflict in enumerate(conflicts):
        most = min(price for vm in conflict if (price := excess[vm]) is not None)
        weight = model.new_int_var(0, parts * most, f"weight_{number}")
        weights.append(weight)
        for vm in conflict:
            at[vm].append(weight)
    for vm, there in at.items():
        price = excess[vm]
        if price is not None and len(there) > 1:
            model.add(cp_model.LinearExpr.sum(there) <= parts * price)
    model.maximize(cp_model.LinearExpr.sum(weights))
    solver, answer = solve(model, deadline, Effort(1, deterministic_s=parameters.enough_s))
    return [Fraction(solver.value(weight) if answer.found else 0, parts) for weight in weights]
