"""What planning comes to: the status, the plan, the bound, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from models.plan_file import HeuristicEntry, PlanFile
from planner.progress import gap_of

if TYPE_CHECKING:
    from models.goal_told import GoalTold
    from models.plan import Plan
    from models.proof import Proof
    from models.rolling_plan import RollingPlan
    from models.schedule import Schedule
    from models.state import PoolState


AnyPlan = TypeVar("AnyPlan", "Plan", "RollingPlan")


class Status(StrEnum):
    """How far it got; the words of the plan file."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_PLAN_FOUND = "no_plan_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Generic[AnyPlan]):
    """What planning of any kind comes to.

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
    reason
        In words: what was proven, or what stands in the way.
    seconds
        Stage -> seconds it took.
    interrupted
        Ctrl-C ended the search; what is there is the best so far.
    schedule
        When each action of the plan runs, where that was asked for.
    target
        The placement that the plan leads to, where it was chosen and not given.
    goal
        What was asked for where the placement was chosen, and who could choose.
    """

    status: Status
    objective: str
    plan: AnyPlan | None
    bound: int | None
    reason: str
    seconds: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False
    schedule: Schedule | None = None
    target: PoolState | None = None
    goal: GoalTold | None = None

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
        times = self.schedule
        return PlanFile(
            status=self.status.value,
            objective=self.objective,
            cost=self.cost,
            bound=self.bound,
            gap=self.gap,
            reason=self.reason,
            makespan_s=UNSET if times is None else times.makespan_s,
            makespan_bound_s=UNSET if times is None else times.makespan_bound_s,
            makespan_gap=UNSET if times is None else times.makespan_gap,
            goal=UNSET if self.goal is None else self.goal,
            actions=() if self.plan is None else self.plan.entries(times),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Planned["Plan"]):
    """What :func:`planner.plan` returns; the other fields are those of :class:`Planned`.

    Parameters
    ----------
    heuristic_plan, heuristic_name
        The plan that the optimiser started from, and the path finder that made it.
    proof
        What a stranger can check of the bound, or that no plan exists, where it was asked for.
    why
        A sentence for each VM that a goal moves: why it does, and what would save it.
    """

    heuristic_plan: Plan | None
    heuristic_name: str | None
    proof: Proof | None = None
    why: tuple[str, ...] = ()

    def file(self) -> PlanFile:
        """Give the plan file of this result."""
        start = self.heuristic_plan
        heuristic = None if start is None else HeuristicEntry(self.heuristic_name or "", start.cost)
        return replace(Planned.file(self), heuristic=heuristic, why=self.why or UNSET)
