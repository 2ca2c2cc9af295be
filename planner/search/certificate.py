"""What stands behind a verdict, for a stranger to check: conflicts, VMs that are stuck, or all placements.

ALGORITHM.md, "Certificates". Whatever is given has passed :mod:`models.proof_check`, or, where that would
look at every placement, a search that does so in arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.proof import Conflict, Proof
from models.proof_check import MOST_PLACEMENTS, Verifier
from planner.search.bounds import mandatory
from planner.search.conflicts import find_conflicts
from planner.search.kernel import kernel
from planner.search.placements import all_seen
from planner.search.reachability import blocked
from planner.search.stuck import stuck_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from heuristics.deadline import Deadline
    from models.problem import Problem


def certificate(
    problem: Problem, bound: int | None, *, impossible: bool, whole: bool, deadline: Deadline
) -> Proof | None:
    """Give a proof of a bound, or that no plan exists.

    Parameters
    ----------
    bound
        The bound that the search has proven.
    impossible
        It has proven that no plan exists.
    whole
        The verdict stands or falls by the bound: a proof of less would certify something else.
    deadline
        When to give up.

    Returns
    -------
    Proof or None
        ``by`` is ``none`` where nothing was found that can be checked without a solver. Where conflicts prove
        less than ``bound``, and it need not be whole, the proof claims what they do prove. None where there
        is nothing to be proven, or the objective is one that a file cannot name.
    """
    objective = problem.objective
    if not isinstance(objective, str) or (bound is None and not impossible):
        return None
    verifier = Verifier(problem.pool, objective)
    attempts = _impossible(problem, deadline) if impossible else _bounds(problem, bound or 0, deadline)
    best = None
    for attempt in attempts:
        proof = replace(attempt, objective=objective)
        if proof.by == "exhaustive" or verifier.flaw(proof) is None:
            if impossible or proof.bound == bound:
                return proof
            best = proof if best is None or (proof.bound or 0) > (best.bound or 0) else best
    nothing = Proof(
        claim="impossible" if impossible else "bound", by="none", objective=objective, bound=bound
    )
    return nothing if best is None or best.by == "mandatory" or whole else best


def _bounds(problem: Problem, bound: int, deadline: Deadline) -> Iterator[Proof]:
    """Give what may prove the bound, quickest first."""
    least = mandatory(problem) or 0
    yield Proof(claim="bound", by="mandatory", bound=min(bound, least))
    half = deadline.within(0.5 * deadline.left_s)
    conflicts = find_conflicts(problem, kernel(problem).components, half)
    found = tuple(Conflict(_names(problem, one.vms), str(one.weight)) for one in conflicts.found)
    yield Proof(claim="bound", by="conflicts", bound=min(bound, least + conflicts.bound), conflicts=found)
    if _can_be_seen(problem, bound, deadline):
        yield Proof(claim="bound", by="exhaustive", bound=bound)


def _impossible(problem: Problem, deadline: Deadline) -> Iterator[Proof]:
    """Give what may prove that no plan exists, quickest first."""
    obstacle = blocked(problem)
    if obstacle is not None:
        third = deadline.within(0.3 * deadline.left_s)
        stuck = _names(problem, stuck_set(problem, obstacle, third))
        yield Proof(claim="impossible", by="stuck", stuck=stuck)
    half = deadline.within(0.5 * deadline.left_s)
    conflicts = find_conflicts(problem, kernel(problem).components, half)
    if conflicts.hopeless:
        yield Proof(claim="impossible", by="conflicts", conflict=_names(problem, conflicts.hopeless))
    if _can_be_seen(problem, None, deadline):
        yield Proof(claim="impossible", by="exhaustive")


def _can_be_seen(problem: Problem, bound: int | None, deadline: Deadline) -> bool:
    """Tell whether looking at every placement proves it, and is not too long; stops are not looked at."""
    stops = any(cost is not None for cost in problem.stop_cost)
    return not stops and all_seen(problem, bound, MOST_PLACEMENTS, deadline)


def _names(problem: Problem, vms: Iterable[int]) -> tuple[str, ...]:
    return tuple(problem.vms[vm].name for vm in vms)
