"""Holding the planner and the path finders against each other, and all of them against the replay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.replay import replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.plan import Plan
    from models.pool import Pool
    from planner.asking import Reply


@dataclass(frozen=True, slots=True)
class Try:
    """What a path finder came back with: a plan or none, and whether it has proven that.

    Parameters
    ----------
    plan
        None: it found none.
    proven
        The plan is the cheapest; or, without one, none exists.
    """

    plan: Plan | None
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """One pool, and all that was found for it.

    Parameters
    ----------
    pool, planted
        ``planted``: the pool is known to have a plan.
    answer
        Of the planner.
    tries
        Path finder -> what it found.
    seconds
        Method -> how long it took.
    """

    pool: Pool
    planted: bool
    answer: Reply
    tries: Mapping[str, Try]
    seconds: Mapping[str, float] = field(default_factory=dict)


def judge(found: Round) -> Iterator[str]:
    """Say all that cannot be right; nothing where all agree."""
    yield from _unsafe(found)
    yield from _untrue(found.answer)
    yield from _beaten(found)
    yield from _contradicted(found)


def _unsafe(found: Round) -> Iterator[str]:
    """Say which plan the replay does not accept."""
    plans = {"plan()": found.answer.plan} | {name: tried.plan for name, tried in found.tries.items()}
    for name, plan in plans.items():
        if plan is not None and (broken := replay(found.pool, plan)):
            yield f"{name}: the replay refuses its plan: {broken[0]}"


def _untrue(answer: Reply) -> Iterator[str]:
    """Say what in the planner's answer contradicts itself."""
    status, plan, cost, bound = answer.status, answer.plan, answer.cost, answer.bound
    if (plan is not None) != (status in ("optimal", "feasible")):
        yield f"plan(): status {status} {'with' if plan is not None else 'without'} a plan"
    if plan is not None and cost != plan.cost:
        yield f"plan(): says cost {cost}, its plan costs {plan.cost}"
    if cost is not None and bound is not None and bound > cost:
        yield f"plan(): bound {bound} above its own cost {cost}"
    if status == "optimal" and bound != cost:
        yield f"plan(): optimal with bound {bound} and cost {cost}"


def _beaten(found: Round) -> Iterator[str]:
    """Say which path finder beats what the planner found or proved."""
    answer = found.answer
    for name, tried in found.tries.items():
        if tried.plan is None:
            continue
        cost = tried.plan.cost
        if answer.bound is not None and answer.bound > cost:
            yield f"plan(): bound {answer.bound}, but {name} has a plan of cost {cost}"
        if answer.cost is None or answer.cost <= cost:
            continue
        if answer.status == "optimal":
            yield f"plan(): cost {answer.cost} proven optimal, but {name} has a plan of cost {cost}"
        elif not tried.proven:
            # An exact search may beat a planner whose time was up; a heuristic may not.
            yield f"plan(): cost {answer.cost}, but {name} has a plan of cost {cost}"


def _contradicted(found: Round) -> Iterator[str]:
    """Say which proofs contradict each other, or a plan that exists."""
    answer = found.answer
    plans = [name for name, tried in found.tries.items() if tried.plan is not None]
    if answer.status == "infeasible":
        if found.planted:
            yield "plan(): infeasible, but the pool was made by walking and has a plan"
        if plans:
            yield f"plan(): infeasible, but {plans[0]} has a plan"
    for name, tried in found.tries.items():
        if not tried.proven:
            continue
        if tried.plan is None and (found.planted or answer.plan is not None or plans):
            yield f"{name}: proven that no plan exists, but one does"
        elif tried.plan is not None and answer.cost is not None and answer.cost < tried.plan.cost:
            yield f"{name}: cost {tried.plan.cost} proven optimal, but plan() has one of cost {answer.cost}"
