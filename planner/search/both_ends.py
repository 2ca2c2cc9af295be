"""All placements of few detours from both ends, where these are few enough. ALGORITHM.md, "Both ends"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.both_ends import fewest_beyond, is_for_both_ends

if TYPE_CHECKING:
    from heuristics import Deadline
    from planner.search.stage import Search


def may_meet(search: Search) -> bool:
    """Tell whether the pool is small, and a plan is known that may not be the best."""
    problem, incumbent = search.problem, search.incumbent
    return (
        incumbent.cost is not None
        and problem.num_vms * problem.num_hosts <= search.parameters.exhaustive.most_pairs
        and is_for_both_ends(problem)
    )


def may_meet_at_last(search: Search) -> bool:
    """Tell whether that is so, and one migration less is all that has yet to be refuted."""
    incumbent = search.incumbent
    return may_meet(search) and incumbent.bound is not None and incumbent.cost == incumbent.bound + 1


def meet(search: Search, deadline: Deadline) -> None:
    """Find the best plan, or bound all plans, by few placements."""
    _meet(search, deadline, search.parameters.finders.both_ends.few_placements)


def meet_at_last(search: Search, deadline: Deadline) -> None:
    """Do so by many."""
    _meet(search, deadline, search.parameters.finders.both_ends.most_placements)


def _meet(search: Search, deadline: Deadline, most: int) -> None:
    problem, incumbent = search.problem, search.incumbent
    assert incumbent.cost is not None, "see may_meet"
    mandatory, parameters = len(problem.displaced), search.parameters.finders.both_ends
    found = fewest_beyond(problem, lambda: deadline.over, incumbent.cost - mandatory, most, parameters)
    if found.moves is not None:
        incumbent.offer(found.moves)
    incumbent.prove(mandatory + found.least)
