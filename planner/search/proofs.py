"""Proofs that need no solver: a VM that can never leave or arrive, and all placements searched."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

from heuristics import Dijkstra
from models.errors import TooLargeError
from planner.search.bounds import never_home
from planner.search.impossible import AllPlacementsSearched, NoWay
from planner.search.reachability import blocked

if TYPE_CHECKING:
    from heuristics import Deadline
    from planner.search.stage import Search


def prove_mandatory(search: Search, _: Deadline) -> None:
    """Add up what all displaced VMs cost at least, each on its own."""
    search.incumbent.prove(search.incumbent.relaxation.mandatory)


def may_be_blocked(search: Search) -> bool:
    """Tell whether there is no plan, and it was not asked yet whether one VM alone is the reason."""
    return not search.has_plan and not search.incumbent.relaxation.asked_reachability


def prove_blocked(search: Search, _: Deadline) -> None:
    """Look for a VM that can never leave, or never arrive: a proof in a moment, where it is one."""
    incumbent = search.incumbent
    incumbent.relaxation.asked_reachability = True
    if incumbent.bound is None and (vm := never_home(search.problem)) is not None:
        incumbent.prove_impossible(NoWay(vm))
    elif (obstacle := blocked(search.problem)) is not None:
        incumbent.prove_impossible(obstacle)


def is_tiny(search: Search) -> bool:
    """Tell whether all placements can be searched in a moment."""
    problem = search.problem
    placements = problem.num_vms * log10(max(problem.num_hosts, 1))
    return placements <= log10(max(search.parameters.exhaustive.tiny, 1))


def search_exhaustively(search: Search, deadline: Deadline) -> None:
    """Search all placements below the best cost, where these are few enough: the end of every question."""
    incumbent = search.incumbent
    try:
        found = Dijkstra(search.parameters.finders.dijkstra, below=incumbent.cost).find(
            search.problem, deadline
        )
    except TooLargeError:
        return
    incumbent.offer(found.moves, Dijkstra.name)
    if found.proven and search.has_plan:
        incumbent.prove_optimal()
    elif found.proven:
        incumbent.prove_impossible(AllPlacementsSearched(Dijkstra.name))
