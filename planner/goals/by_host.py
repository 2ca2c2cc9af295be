"""A bound of what placements cost, host by host: what each host would hold if VMs had prices.

ALGORITHM.md, "Goals". That every VM is somewhere is relaxed with a price for each kind; what is left falls
apart into one knapsack a host, solved exactly, for one resource at a time. The best prices are found by
cutting planes (Kelley 1960). For the optimum of the prices this is the bound of Gilmore and Gomory's (1961)
patterns, which for packing is hardly ever more than one short.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil, gcd
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

from planner.goals.kinds import Kind, fare_of, kinds_of, num_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal
    from planner.goals.terms import Terms

Numbers = NDArray[np.int64]

SLACK = 1e-6
"""What the linear program may be off by; the bound itself is in whole numbers."""

FORBIDDEN = 1 << 40
"""The price of what is not allowed."""

LARGEST_SUM = 1 << 61
"""What sums of 64 bits have room for, and some to spare."""


def bound_by_hosts(choice: Choice, goal: Goal, deadline: Deadline, enough: int | None = None) -> int:
    """Give what every placement that meets the goal costs at least; 0 where nothing is found.

    Parameters
    ----------
    enough
        Stop where this is reached.
    """
    if deadline.over:
        return 0
    problem, how = choice.problem, choice.parameters.prices
    if num_kinds(choice) > how.most_kinds:
        return 0
    kinds = kinds_of(choice, goal, range(problem.num_vms), range(problem.num_hosts))
    if len(kinds) > how.most_kinds:
        return 0
    terms = goal.terms(choice)
    most = _dearest(choice, 0 if terms.newcomers is None else terms.newcomers.count)
    if most < 1:
        return 0
    best = 0
    scarcest = _scarcest_first(choice)
    for turn, resource in enumerate(scarcest):
        if deadline.over or (enough is not None and best >= enough):
            break
        knapsacks = _Knapsacks(choice, terms, kinds, resource)
        share = deadline.within(deadline.left_s / (len(scarcest) - turn))
        best = max(best, _highest(knapsacks, most, share, enough, how.rounds))
    return best


def _dearest(choice: Choice, newcomers: int) -> int:
    """Give the highest price of a kind such that no sum of prices leaves 64 bits; 0 where there is none."""
    problem, how = choice.problem, choice.parameters.prices
    stops = [choice.stop_cost(vm) or 0 for vm in range(problem.num_vms)]
    dearest = max([1, *problem.cost, *stops])
    terms = problem.num_vms + newcomers + (how.grid + 1) * problem.num_hosts + 1
    most = min(how.dearest * dearest, LARGEST_SUM // (how.parts * terms))
    return most if dearest * how.parts * terms < LARGEST_SUM and dearest < FORBIDDEN else 0


def _scarcest_first(choice: Choice) -> list[int]:
    """Give the resources, that of which the largest share is in use first."""
    problem = choice.problem
    usable = [sum(column) for column in zip(*problem.usable, strict=True)]
    taken = [sum(column) for column in zip(*problem.demand, strict=True)] or [0] * len(usable)
    return sorted(range(len(usable)), key=lambda r: -taken[r] / max(1, usable[r]))


class _Knapsacks:
    """One knapsack for each kind of host: equal in room, filters, and the VMs of each kind there now."""

    def __init__(self, choice: Choice, terms: Terms, kinds: Sequence[Kind], resource: int) -> None:
        problem, how = choice.problem, choice.parameters.prices
        self.parts = how.parts
        demand = [problem.demand[kind.vms[0]][resource] for kind in kinds]
        counts = [len(kind.vms) for kind in kinds]
        if terms.newcomers is not None:
            demand.append(terms.newcomers.demand.get(resource, 0))
            counts.append(terms.newcomers.count)
        self.wanted = np.array(counts, dtype=np.int64)
        rows = Counter(self._row(choice, terms, kinds, resource, host) for host in range(problem.num_hosts))
        room = [row[0] for row in rows]
        exact = gcd(*demand) or 1
        unit = max(exact, -(-max(room, default=0) // how.grid))
        self.size = [amount // unit for amount in demand]
        self.room = np.array([most // unit if unit == exact else -(-most // unit) for most in room])
        self.cells = int(self.room.max(initial=0)) + 1
        self.times = np.array(list(rows.values()), dtype=np.int64)
        self.gone = np.array([row[1] for row in rows])
        self.now = np.array([row[2] for row in rows], dtype=np.int64).reshape(len(rows), -1)
        self.price = np.array([row[3] for row in rows], dtype=np.int64).reshape(len(rows), -1)
        self.empty = terms.empty
        self._at_home = [self._offers(kind) for kind in range(len(self.size))]

    def _offers(self, kind: int) -> list[tuple[Numbers, int]]:
        """Give (hosts, how many VMs of a kind at once) for those that are there now."""
        rows: dict[tuple[int, int], list[int]] = {}
        for host, count in enumerate(self.now[:, kind].tolist()):
            for place, some in enumerate(_doubled(count)):
                rows.setdefault((place, some), []).append(host)
        return [(np.array(hosts), some) for (_, some), hosts in rows.items()]

    @staticmethod
    def _row(
        choice: Choice, terms: Terms, kinds: Sequence[Kind], resource: int, host: int
    ) -> tuple[int, bool, tuple[int, ...], tuple[int, ...]]:
        """Give (room, holds nothing, how many of each kind are there, what an arrival of each costs)."""
        usable = choice.problem.usable[host][resource]
        now, price = [], []
        for kind in kinds:
            allowed = host in kind.open
            now.append(kind.now[host] if allowed else 0)
            fare = fare_of(choice, kind, host) if allowed else None
            price.append(FORBIDDEN if fare is None else fare.cost)
        if terms.newcomers is not None:
            now.append(0)
            price.append(0 if host in terms.newcomers.hosts else FORBIDDEN)
        room = max(0, min(usable, terms.most.get((host, resource), usable)))
        return room, host in terms.gone, tuple(now), tuple(price)

    def least(self, prices: Numbers, bonus: int) -> tuple[int, Numbers, int]:
        """Give the least that all hosts come to, how many of each kind they hold then, how many are empty.

        Parameters
        ----------
        prices
            What each kind is worth, in parts of a cost.
        bonus
            What an empty host is worth.
        """
        value = np.zeros((len(self.times), self.cells), dtype=np.int64)
        taken: list[_Taken] = []
        for kind, size in enumerate(self.size):
            worth = int(prices[kind])
            for rows, count in self._at_home[kind]:
                self._offer(value, taken, kind, size, count, rows, np.full(len(rows), worth * count))
            gain = worth - self.parts * self.price[:, kind]
            rows = np.flatnonzero(gain > 0)
            for count in _doubled(self._most_of(kind, size)):
                self._offer(value, taken, kind, size, count, rows, gain[rows] * count)
        every = np.arange(len(self.times))
        # A knapsack of fewer cells is the start of a larger one.
        best = value[every, self.room]
        nothing = self.gone | (best <= bonus)
        held = self._held(taken)
        held[nothing] = 0
        best = np.where(nothing, bonus, best)
        return -int(best @ self.times), held.T @ self.times, int(nothing @ self.times)

    def _most_of(self, kind: int, size: int) -> int:
        """Give how many of a kind a host may come to hold."""
        wanted = int(self.wanted[kind])
        return wanted if size == 0 else min(wanted, (self.cells - 1) // size)

    @staticmethod
    def _offer(
        value: Numbers, taken: list[_Taken], kind: int, size: int, count: int, rows: Numbers, gain: Numbers
    ) -> None:
        """Offer some hosts so many VMs of a kind at once, to take or leave."""
        shift = size * count
        if not len(rows) or shift >= value.shape[1] or gain.max(initial=0) <= 0:
            return
        old = value[rows]
        more = old[:, : old.shape[1] - shift] + gain[:, None]
        better = more > old[:, shift:]
        value[rows, shift:] = np.where(better, more, old[:, shift:])
        taken.append(_Taken(kind, count, shift, rows, better))

    def _held(self, taken: Sequence[_Taken]) -> Numbers:
        """Give [host, kind]: what the best knapsacks hold, read off backwards."""
        held = np.zeros((len(self.times), len(self.size)), dtype=np.int64)
        cell = self.room.copy()
        for step in reversed(taken):
            at = cell[step.rows] - step.shift
            chosen = (at >= 0) & step.better[np.arange(len(step.rows)), np.maximum(at, 0)]
            rows = step.rows[chosen]
            held[rows, step.kind] += step.count
            cell[rows] -= step.shift
        return held


@dataclass(frozen=True, slots=True)
class _Taken:
    """An offer, and where it was taken: ``better[row, cell - shift]``."""

    kind: int
    count: int
    shift: int
    rows: Numbers
    better: NDArray[np.bool_]


def _doubled(most: int) -> list[int]:
    """Give numbers of which some add up to any from 0 to ``most``, and none to more."""
    found, unit = [], 1
    while most > 0:
        found.append(min(unit, most))
        most -= found[-1]
        unit *= 2
    return found


def _highest(knapsacks: _Knapsacks, most: int, deadline: Deadline, enough: int | None, rounds: int) -> int:
    """Find the prices, up to ``most``, that give the highest bound."""
    parts, ceiling = knapsacks.parts, _Ceiling(knapsacks, float(most))
    best = 0
    seen: set[bytes] = set()
    for _ in range(rounds):
        if deadline.over:
            break
        top, prices = ceiling.next()
        if ceil(top - SLACK) <= best:
            break
        whole = np.floor(prices * parts + 0.5).astype(np.int64)
        if (point := whole.tobytes()) in seen:
            break  # as near as whole parts come
        seen.add(point)
        bonus = int(whole[-1]) if knapsacks.empty is not None else 0
        least, held, empty = knapsacks.least(whole[:-1], bonus)
        total = least + int(whole[:-1] @ knapsacks.wanted) + bonus * (knapsacks.empty or 0)
        bound = -(-total // parts)
        best = max(best, bound)
        if enough is not None and best >= enough:
            break
        slope = np.append(knapsacks.wanted - held, (knapsacks.empty or 0) - empty).astype(float)
        ceiling.cut(total / parts, whole / parts, slope)
    return best


class _Ceiling:
    """What is known of the bound as a function of the prices: it lies below every cut."""

    def __init__(self, knapsacks: _Knapsacks, most: float) -> None:
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.prices = [self.solver.NumVar(0, most, "") for _ in knapsacks.wanted]
        self.prices.append(self.solver.NumVar(0, most if knapsacks.empty is not None else 0, ""))
        self.bound = self.solver.NumVar(-self.solver.infinity(), most * float(knapsacks.wanted.sum() + 1), "")
        self.solver.Maximize(self.bound)

    def next(self) -> tuple[float, NDArray[np.float64]]:
        """Give the highest that is still possible, and where."""
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            return 0.0, np.zeros(len(self.prices))
        prices = np.array([max(0.0, price.solution_value()) for price in self.prices])
        return self.bound.solution_value(), prices

    def cut(self, value: float, at: NDArray[np.float64], slope: NDArray[np.float64]) -> None:
        """Bound <= value + slope (prices - at)."""
        row = self.solver.Constraint(-self.solver.infinity(), value - float(slope @ at))
        row.SetCoefficient(self.bound, 1.0)
        for variable, rise in zip(self.prices, slope.tolist(), strict=True):
            row.SetCoefficient(variable, -rise)
