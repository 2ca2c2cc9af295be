"""A plan to one placement; over hosts that are being emptied only where nothing else will do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace as changed

from models.actions import Migration, Stop
from models.errors import PoolError
from models.plan import Plan
from models.plan_of_moves import plan_of
from models.pool import Pool
from models.problem import Problem
from planner.finishing import accepted
from planner.result import Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from heuristics.deadline import Deadline
    from models.moves import Move
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal


class PlanTo(Protocol):
    """Plans from the current to the target placement of a pool."""

    def __call__(self, pool: Pool, deadline: Deadline, *, by_moves: bool = False) -> Result:
        """Plan by the objective, or by the number of migrations whatever that is."""


@dataclass(frozen=True, slots=True)
class PlannedTo:
    """What planning to one placement came to.

    Parameters
    ----------
    at
        The placement.
    result
        The best plan; None where none was found.
    bound
        What every plan to it costs at least; None where not known.
    impossible
        Proven: it cannot be reached.
    passes
        The plan passes over a host that is being emptied.
    """

    at: list[int]
    result: Result | None
    bound: int | None
    impossible: bool
    passes: bool = False

    @property
    def cost(self) -> int | None:
        """The cost of the plan."""
        return None if self.result is None else self.result.cost

    @property
    def migrations(self) -> int:
        """Migrations and stops of the plan."""
        plan = None if self.result is None else self.result.plan
        return 0 if plan is None else migrations_of(plan)


def migrations_of(plan: Plan) -> int:
    """Count the migrations and stops of a plan, which ``at_most`` of a goal limits."""
    return sum(isinstance(action, Migration | Stop) for action in plan.actions)


def planned(choice: Choice, goal: Goal, at: Sequence[int], plan_to: PlanTo, deadline: Deadline) -> PlannedTo:
    """Plan to a placement; where the cheapest plan takes more migrations than are allowed, with fewer."""
    if goal.at_most is None or choice.counts_moves:
        return _cheapest(choice, goal, at, plan_to, deadline)
    found = _cheapest(choice, goal, at, plan_to, deadline.share(choice.parameters.shares.cheap))
    if goal.allows(found.migrations):
        return found
    fewest = _cheapest(choice.by_moves(), goal, at, partial(plan_to, by_moves=True), deadline)
    if fewest.result is None or fewest.result.plan is None or not goal.allows(fewest.migrations):
        return found
    plan = Plan.of(pool_to(choice, goal, at, shut=False), fewest.result.plan.actions, choice.objective)
    assert found.result is not None
    return replace(fewest, result=replace(found.result, plan=plan), bound=found.bound)


def _cheapest(
    choice: Choice, goal: Goal, at: Sequence[int], plan_to: PlanTo, deadline: Deadline
) -> PlannedTo:
    pool = pool_to(choice, goal, at, shut=False)
    least = choice.cost(at)
    gone = [choice.problem.hosts[host].name for host in sorted(goal.emptied(choice))]
    within: Result | None = None
    if gone:
        within = _within(choice, goal, at, plan_to, deadline.share(choice.parameters.shares.shut))
        if within is not None and within.cost == least:
            return PlannedTo(list(at), _judged(pool, within), least, False)
    result = plan_to(pool, deadline)
    if within is not None and (result.cost is None or (within.cost or 0) <= result.cost):
        return PlannedTo(list(at), _judged(pool, within), result.bound, False)
    found = None if result.plan is None else _judged(pool, result)
    passes = found is not None and _passes(choice, goal, found)
    return PlannedTo(list(at), found, result.bound, result.status == Status.INFEASIBLE, passes)


def walked(choice: Choice, goal: Goal, at: Sequence[int], moves: Iterable[Move]) -> PlannedTo:
    """Give the plan that goes to a placement by some moves; nothing is said of other plans to it."""
    pool = pool_to(choice, goal, at, shut=False)
    problem = Problem(pool, choice.objective)
    number = {vm.name: number for number, vm in enumerate(problem.vms)}
    plan = plan_of(problem, [(number[choice.problem.vms[vm].name], host) for vm, host in moves])
    result = Result(
        status=Status.FEASIBLE,
        objective=plan.objective,
        plan=plan,
        bound=None,
        heuristic_plan=None,
        heuristic_name=None,
        reason="",
        seconds={},
    )
    return PlannedTo(list(at), _judged(pool, result), None, False, _passes(choice, goal, result))


def _passes(choice: Choice, goal: Goal, result: Result) -> bool:
    """Tell whether a plan passes over a host that is being emptied."""
    gone = {choice.problem.hosts[host].name for host in goal.emptied(choice)}
    assert result.plan is not None
    return any(isinstance(action, Migration) and action.destination in gone for action in result.plan.actions)


def _within(
    choice: Choice, goal: Goal, at: Sequence[int], plan_to: PlanTo, deadline: Deadline
) -> Result | None:
    """Give the best plan that passes over no host which is being emptied; None where none was found."""
    try:
        result = plan_to(pool_to(choice, goal, at, shut=True), deadline)
    except PoolError:
        # No mistake of the caller's: for some VM the rules leave no way but over such a host.
        return None
    return result if result.plan is not None else None


def pool_to(choice: Choice, goal: Goal, at: Sequence[int], *, shut: bool) -> Pool:
    """Give the pool whose target is a placement.

    Parameters
    ----------
    shut
        The hosts that are being emptied accept nothing.
    """
    pool = Pool(choice.wanted.current, choice.after(at))
    gone = goal.emptied(choice) if shut else frozenset()
    if not gone:
        return pool
    rows = enumerate(pool.hosts)
    return pool.rebuilt(hosts=[changed(host, accepts=False) if n in gone else host for n, host in rows])


def _judged(pool: Pool, result: Result) -> Result:
    """Give a result whose plan the replay accepts in the pool as it is."""
    assert result.plan is not None
    accepted(pool, result.plan)
    return result
