"""A proof that no plan exists, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from planner.search.impossible import (
    AllPlacementsSearched,
    AllPlansSearched,
    Blocked,
    Impossible,
    NobodyAside,
    NoWay,
)
from planner.verdict.obstacles import proven_obstacles, summary

if TYPE_CHECKING:
    from models.problem import Problem


def why_impossible(problem: Problem, proof: Impossible) -> str:
    """Say what was proven, or how: of a fixpoint who blocks whom, in a few sentences."""
    match proof:
        case Blocked():
            return summary(proven_obstacles(problem, proof))
        case NoWay(vm):
            target = problem.hosts[problem.dst[vm]].name
            return f"{problem.vms[vm].name} can get to its target {target} neither live nor by a stop"
        case NobodyAside():
            return "some VMs would have to step aside, and none of them may"
        case AllPlacementsSearched(finder):
            return f"{finder} has searched every placement that can be reached; the target is none of them"
        case AllPlansSearched():
            return "the solver has looked at every plan that the rules allow"
        case _:
            assert_never(proof)
