"""The model of the placements with what is known of orders: who cannot all go straight, and what plans cost.

ALGORITHM.md, "Goals". In it a VM may step aside, at a price; a cut says that of some VMs, where they all have
these hosts, one must. So its optimum is a bound for every plan to every placement that meets the goal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python import cp_model

from planner.cp.solve import solve
from planner.goals.placement_model import LARGEST_SUM, Expr, Opening, PlacementModel

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from planner.cp.solve import Effort
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal


@dataclass(frozen=True, slots=True)
class NextPlacement:
    """The next placement to plan to.

    Parameters
    ----------
    at, aside
        The placement, and the VMs that step aside on the way to it as far as is known; None: there is none.
    bound
        What every plan to every placement not forbidden costs at least; None where nothing is known.
    proven
        Without a placement: there is none, proven.
    """

    at: list[int] | None
    aside: frozenset[int]
    bound: int | None
    proven: bool


@dataclass(slots=True)
class Cuts:
    """What is known of orders so far.

    Parameters
    ----------
    conflicts
        (placement, VMs): where these VMs have these hosts, one of them steps aside.
    prices
        (placement, what every plan to it costs at least).
    forbidden
        Placements that are done with, and those put by.
    floor
        What every plan to any of those put by costs at least, above which no bound may rise; None: there are
        none. As long as they are forbidden, whoever asks, and however often.
    """

    conflicts: list[tuple[dict[int, int], list[int]]] = field(default_factory=list)
    prices: list[tuple[list[int], int]] = field(default_factory=list)
    forbidden: list[list[int]] = field(default_factory=list)
    floor: int | None = None

    def put_by(self, at: list[int], least: int) -> None:
        """Ask no more for a placement to which plans may exist, that cost so much at least."""
        self.forbidden.append(at)
        self.floor = least if self.floor is None else min(self.floor, least)

    def ask(
        self,
        choice: Choice,
        goal: Goal,
        opening: Opening,
        least: int,
        most: int | None,
        deadline: Deadline,
        effort: Effort,
    ) -> NextPlacement:
        """Give the cheapest placement as far as is known, from ``least`` up to ``most``."""
        model = PlacementModel(choice, goal, opening, single=True)
        aside = _Aside(model)
        for at, vms in self.conflicts:
            clause: list[cp_model.LiteralT] = [~model.literal(vm, at[vm]) for vm in vms]
            clause += [step for vm in vms for step in aside.of(vm)]
            model.cp.add_bool_or(clause)
        total = model.cp.new_int_var(least, LARGEST_SUM, "total")
        model.cp.add(total >= model.cost() + aside.cost())
        for placement, price in self.prices:
            there = model.is_placement(placement)
            model.cp.add(total >= price).only_enforce_if(there)
        for placement in self.forbidden:
            model.cp.add_bool_or([~model.is_placement(placement)])
        if most is not None:
            model.cp.add(total <= most)
        if goal.at_most is not None:
            model.cp.add(model.migrations() + aside.migrations() <= goal.at_most)
        model.cp.minimize(total)
        solver, answer = solve(model.cp, deadline, effort)
        if not answer.found:
            return NextPlacement(None, frozenset(), answer.bound, answer.proven)
        away = frozenset(vm for vm in aside.steps if any(solver.boolean_value(s) for s in aside.of(vm)))
        return NextPlacement(model.placement(solver.value), away, answer.bound, answer.proven)


class _Step(NamedTuple):
    """A step aside, and what it takes beyond going straight."""

    literal: cp_model.IntVar
    cost: int
    migrations: int


class _Aside:
    """Literals for VMs that do not go straight, made where a cut speaks of them."""

    def __init__(self, model: PlacementModel) -> None:
        self.model = model
        self.steps: dict[int, list[cp_model.IntVar]] = {}
        self._prices: list[_Step] = []

    def of(self, vm: int) -> list[cp_model.IntVar]:
        """Give the literals of a VM: it moves and steps aside on its way; or it leaves home and returns."""
        if vm not in self.steps:
            self.steps[vm] = self._made(vm)
        return self.steps[vm]

    def _made(self, vm: int) -> list[cp_model.IntVar]:
        choice, cp = self.model.choice, self.model.cp
        guest, price, stop = choice.problem.vms[vm], choice.problem.cost[vm], choice.stop_cost(vm)
        if not guest.may_step_aside and stop is None:
            return []
        home = self.model.literal(vm, choice.src[vm])
        made = []
        for stays, hops in ((False, 1), (True, 2)):
            step = cp.new_bool_var(f"aside_{vm}_{stays}")
            cp.add_implication(step, home if stays else ~home)
            ways = [hops * price] if guest.may_step_aside else []
            if stop is not None:
                ways.append(stop if stays else max(0, stop - price))
            self._prices.append(_Step(step, min(ways), hops if stop is None else hops - 1))
            made.append(step)
        return made

    def cost(self) -> Expr:
        """What they cost beyond going straight."""
        return self._sum([step.cost for step in self._prices])

    def migrations(self) -> Expr:
        """How many migrations they take beyond going straight."""
        return self._sum([step.migrations for step in self._prices])

    def _sum(self, amounts: list[int]) -> Expr:
        literals = [step.literal for step in self._prices]
        return cp_model.LinearExpr.weighted_sum(literals, amounts) if literals else 0
