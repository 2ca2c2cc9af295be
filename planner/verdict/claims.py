"""What a plan file says of itself, held against its own actions: one judge for ``check`` and ``report``."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import UNSET

from models.ledger import Violation
from models.plan_file import MigrateEntry, StopEntry, UpdateEntry
from planner.progress import gap_of
from planner.verdict.sentences import exactly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.plan import Plan
    from models.plan_file import PlanFile
    from models.rolling_plan import RollingPlan

ROUNDED = 0.005
"""How far a gap may be from what cost and bound come to: another tool may write two decimals."""

FLOAT = 1e-6
"""Costs are integers; a bound by a linear program may miss one by so much."""


def untrue_claims(file: PlanFile, plan: Plan | RollingPlan, *, safe: bool) -> Iterator[Violation]:
    """Give what a plan file claims and its actions do not bear out; what it leaves out claims nothing.

    Parameters
    ----------
    plan
        The actions of the file, with its objective where that has a name.
    safe
        They break nothing. Others refute no bound: bound and status are held against the cost it says.
    """
    cost = cost_of(file, plan)
    if file.cost is not None and file.cost != cost:
        unit = partial(exactly, objective=file.objective)
        yield Violation("cost", f"it says cost {unit(file.cost)}, its actions cost {unit(cost or 0)}")
    cost = cost if safe else file.cost
    if cost is not None:
        yield from _of_bound(file, cost)
    yield from _of_end(file)
    yield from _of_updates(file)
    if file.status == "optimal":
        # Where the end comes first, optimal speaks of it; of a rolling plan it always speaks of the cost.
        if file.objective == "time" and not file.is_rolling:
            yield from _of_optimal_end(file)
        elif cost is not None:
            yield from _of_optimal_cost(file, cost)
    yield from _of_gaps(file, cost)


def cost_of(file: PlanFile, plan: Plan | RollingPlan) -> int | None:
    """Give what the actions cost; of an objective that has no name the file knows the prices, or nobody."""
    if plan.objective == file.objective:
        return plan.cost
    priced = [entry.cost for entry in file.actions if isinstance(entry, MigrateEntry | StopEntry)]
    known = [cost for cost in priced if cost is not None]
    return sum(known) if len(known) == len(priced) else file.cost


def _of_bound(file: PlanFile, cost: int) -> Iterator[Violation]:
    if file.bound is not None and file.bound > cost + FLOAT:
        unit = partial(exactly, objective=file.objective)
        yield Violation("bound", f"it says bound {unit(file.bound)}, above the {unit(cost)} that it costs")


def _of_optimal_cost(file: PlanFile, cost: int) -> Iterator[Violation]:
    # Nothing costs less than nothing: 0 is a bound of every plan.
    if (file.bound or 0) < cost - FLOAT:
        unit = partial(exactly, objective=file.objective)
        bound = "no bound" if file.bound is None else f"a bound of {unit(file.bound)}"
        yield Violation("status", f"it says optimal, with {bound} for a cost of {unit(cost)}")


def _of_end(file: PlanFile) -> Iterator[Violation]:
    end = _end_s(file)
    if end is None:
        return
    if file.makespan_s is not UNSET and file.makespan_s != end:
        yield Violation("makespan", f"it says makespan_s {file.makespan_s}, its last action ends at {end}")


def _of_updates(file: PlanFile) -> Iterator[Violation]:
    """Hold how many hosts are updated at a time against times and waves: an order alone does not say."""
    if file.at_once is UNSET:
        return
    updates = [entry for entry in file.actions if isinstance(entry, UpdateEntry)]
    if updates and file.at_once < 1:
        yield Violation("at_once", f"it says at_once {file.at_once}, and updates {updates[0].host}")
        return
    changes = [(entry.start_s, 1) for entry in updates if entry.start_s is not None]
    changes += [(entry.end_s, -1) for entry in updates if entry.end_s is not None]
    # Of one second those that end come first: the next may start then.
    running = list(accumulate(change for _, change in sorted(changes)))
    if (most := max(running, default=0)) > file.at_once:
        when = sorted(changes)[running.index(most)][0]
        yield Violation("at_once", f"it says at_once {file.at_once}, at {when} s {most} updates run")
    for wave, count in sorted(Counter(entry.wave for entry in updates if entry.wave is not None).items()):
        if count > file.at_once:
            text = f"it says at_once {file.at_once}, in wave {wave} are {count} updates"
            yield Violation("at_once", text)


def _of_optimal_end(file: PlanFile) -> Iterator[Violation]:
    end, bound = _end_s(file), file.makespan_bound_s
    if end is None or (bound if isinstance(bound, int) else 0) >= end:
        return
    least = f"makespan_bound_s {bound}" if isinstance(bound, int) else "no makespan_bound_s"
    yield Violation("status", f"it says optimal, with {least} for an end at {end}")


def _end_s(file: PlanFile) -> int | None:
    """Give when the last action ends, else what the file says of that; None where it says nothing."""
    ends = [entry.end_s for entry in file.actions if entry.end_s is not None]
    if ends:
        return max(ends)
    return None if file.makespan_s is UNSET else file.makespan_s


def _of_gaps(file: PlanFile, cost: int | None) -> Iterator[Violation]:
    """Hold each gap against the figures beside it: whether those are true is asked elsewhere."""
    bound_s = None if file.makespan_bound_s is UNSET else file.makespan_bound_s
    end = _end_s(file) if file.makespan_s is UNSET else file.makespan_s
    for name, said, gap in (
        ("gap", file.gap, gap_of(cost if file.cost is None else file.cost, file.bound)),
        ("makespan_gap", file.makespan_gap, gap_of(end, bound_s)),
    ):
        if isinstance(said, int | float) and gap is not None and not abs(said - gap) <= ROUNDED:
            yield Violation(name, f"it says {name} {said:.4g}, its figures come to {gap:.4g}")
