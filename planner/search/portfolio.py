"""The whole search: all stages, and three in their midst that put parts of the pool through them."""

from __future__ import annotations

from models.parameters import Share
from planner.search.apart import plan_apart
from planner.search.at_the_turn import TURN
from planner.search.compiling import have_walks_compiled_for_others
from planner.search.exact import is_small
from planner.search.halves import is_for_halves, plan_in_halves
from planner.search.stage import Search, Stage, walk_through
from planner.search.stages import FIND, IMPROVE_AND_BOUND, SHORTEN

HALFWAY = Stage("heuristic", "Halfway", is_for_halves, lambda it: it.parameters.halves.share, plan_in_halves)
"""Each half goes through the other stages by itself."""

APART = Stage("optimise", "Components apart", lambda s: not is_small(s), lambda _: Share(), plan_apart)
"""Its rounds have shares of their own, which depend on how far it has got."""

PORTFOLIO = (*FIND, HALFWAY, TURN, *IMPROVE_AND_BOUND, APART, *SHORTEN)
"""The stages of a whole pool."""


def search(one: Search) -> None:
    """Run all stages, until nothing is left to find or the time is up."""
    walk_through(PORTFOLIO, one)
    have_walks_compiled_for_others(one)
