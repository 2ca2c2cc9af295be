"""What planning comes to: the status, the plan, the bound, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import UNSET

from models.plan_file import HeuristicEntry, PlanFile, entries
from planner.progress import gap_of

if TYPE_CHECKING:
    from models.plan import Plan
    from models.proof import Proof
    from models.schedule import Schedule
    from models.state import PoolState


class Status(StrEnum):
    """How far it got; the words of the plan file."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_PLAN_FOUND = "no_plan_found"


@dataclass(frozen=True, slots=True)
class Result:
    """What :func:`planner.plan` returns.

    Parameters
    ----------
    status
        ``optimal``: cost = bound, proven. ``feasible``: a safe plan, the bound below its cost.
        ``infeasible``: proven, no plan exists. ``no_plan_found``: the limit ended the search.
    objective
        The word for what is minimised.
    plan
        The plan; None for the last two.
    bound
        A proven lower bound of the cost of every plan; None where none is known.
    heuristic_plan, heuristic_name
        The plan that the optimiser started from, and the path finder that made it.
    reason
        In words: what was proven, or what stands in the way.
    seconds
        Stage -> seconds it took.
    interrupted
        Ctrl-C ended the search; what is there is the best so far.
    proof
        What a stranger can check of the bound, or that no plan exists, where it was asked for.
    schedule
        When each action of the plan runs, where that was asked for.
    target
        The placement that the plan leads to, where it was chosen and not given: see :func:`planner.reach`.
    why
        A sentence for each VM that a goal moves: why it does, and what would save it.
    """

    status: Status
    objective: str
    plan: Plan | None
    bound: int | None
    heuristic_plan: Plan | None
    heuristic_name: str | None
    reason: str
    seconds: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False
    proof: Proof | None = None
    schedule: Schedule | None = None
    target: PoolState | None = None
    why: tuple[str, ...] = ()

    @property
    def cost(self) -> int | None:
        """The cost of the plan, added up anew; None without one."""
        return None if self.plan is None else self.plan.cost

    @property
    def gap(self) -> float | None:
        """(cost - bound) / cost, 0 where the cost is 0; None where either is not known."""
        return gap_of(self.cost, self.bound)

    def file(self) -> PlanFile:
        """Give the plan file of this result."""
        start = self.heuristic_plan
        heuristic = None if start is None else HeuristicEntry(self.heuristic_name or "", start.cost)
        times = self.schedule
        return PlanFile(
            status=self.status.value,
            objective=self.objective,
            cost=self.cost,
            bound=self.bound,
            gap=self.gap,
            heuristic=heuristic,
            reason=self.reason,
            makespan_s=UNSET if times is None else times.makespan_s,
            makespan_bound_s=UNSET if times is None else times.makespan_bound_s,
            makespan_gap=UNSET if times is None else times.makespan_gap,
            why=self.why or UNSET,
            actions=() if self.plan is None else entries(self.plan, times),
        )
