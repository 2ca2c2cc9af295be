"""What stands behind a verdict, for a stranger to check: conflicts, VMs that are stuck, or all placements.

ALGORITHM.md, "Certificates". Whatever is given has passed :mod:`models.proof_check`, or, where that would
look at every placement, a search that does so in arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.objective import counted_by
from models.proof import Conflict, Proof
from models.proof_check import MOST_PLACEMENTS, Verifier
from planner.search.bounds import mandatory
from planner.search.conflicts import find_conflicts
from planner.search.kernel import kernel
from planner.search.parameters import DEFAULT
from planner.search.placements import all_seen
from planner.search.reachability import blocked
from planner.search.stuck import stuck_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.conflicts import Conflicts
    from planner.search.parameters import StageParameters


def certificate(
    problem: Problem,
    bound: int | None,
    *,
    impossible: bool,
    whole: bool,
    deadline: Deadline,
    parameters: StageParameters = DEFAULT,
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
    if not isinstance(problem.objective, str) or (bound is None and not impossible):
        return None
    objective = counted_by(problem.objective)
    verifier = Verifier(problem.pool, objective)
    seeker = _Seeker(problem, deadline, parameters)
    attempts = seeker.impossible() if impossible else seeker.bounds(bound or 0)
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


class _Seeker:
    """Gives what may be a proof, quickest first."""

    def __init__(self, problem: Problem, deadline: Deadline, parameters: StageParameters) -> None:
        self.problem, self.deadline, self.parameters = problem, deadline, parameters

    def bounds(self, bound: int) -> Iterator[Proof]:
        """Give what may prove the bound."""
        problem, least = self.problem, mandatory(self.problem) or 0
        yield Proof(claim="bound", by="mandatory", bound=min(bound, least))
        conflicts = self._conflicts()
        found = tuple(Conflict(_names(problem, one.vms), str(one.weight)) for one in conflicts.found)
        yield Proof(claim="bound", by="conflicts", bound=min(bound, least + conflicts.bound), conflicts=found)
        if _can_be_seen(problem, bound, self.deadline):
            yield Proof(claim="bound", by="exhaustive", bound=bound)

    def impossible(self) -> Iterator[Proof]:
        """Give what may prove that no plan exists."""
        problem, how = self.problem, self.parameters.certificates
        obstacle = blocked(problem)
        if obstacle is not None:
            vms = stuck_set(problem, obstacle, self.deadline.share(how.stuck), how.most_shrunk)
            yield Proof(claim="impossible", by="stuck", stuck=_names(problem, vms))
        conflicts = self._conflicts()
        if conflicts.hopeless:
            yield Proof(claim="impossible", by="conflicts", conflict=_names(problem, conflicts.hopeless))
        if _can_be_seen(problem, None, self.deadline):
            yield Proof(claim="impossible", by="exhaustive")

    def _conflicts(self) -> Conflicts:
        some = self.deadline.share(self.parameters.certificates.conflicts)
        components = kernel(self.problem).components
        return find_conflicts(self.problem, components, some, self.parameters.conflicts)


def _can_be_seen(problem: Problem, bound: int | None, deadline: Deadline) -> bool:
    """Tell whether looking at every placement proves it, and is not too long; stops are not looked at."""
    stops = any(cost is not None for cost in problem.stop_cost)
    return not stops and all_seen(problem, bound, MOST_PLACEMENTS, deadline)


def _names(problem: Problem, vms: Iterable[int]) -> tuple[str, ...]:
    return tuple(problem.vms[vm].name for vm in vms)
