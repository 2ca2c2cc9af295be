"""The whole search: all stages, and some in their midst that put parts of the pool through them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from models.parameters import Share
from planner.search.apart import plan_apart
from planner.search.at_the_turn import TURN
from planner.search.compiling import have_walks_compiled_for_others
from planner.search.exact import is_small
from planner.search.first_plan import find_by_finder
from planner.search.halves import is_for_halves, plan_in_halves
from planner.search.last_resort import (
    are_to_be_chosen,
    are_to_be_chosen_soon,
    choose_the_stopped,
    may_be_without_stops,
    plan_without_stops,
)
from planner.search.stage import Search, Stage, walk_through
from planner.search.stages import FIND, IMPROVE_AND_BOUND, SHORTEN

if TYPE_CHECKING:
    from heuristics.deadline import Deadline

HALFWAY = Stage("heuristic", "Halfway", is_for_halves, lambda it: it.parameters.halves.share, plan_in_halves)
"""Each half goes through the other stages by itself."""

APART = Stage("optimise", "Components apart", lambda s: not is_small(s), lambda _: Share(), plan_apart)
"""Its rounds have shares of their own, which depend on how far it has got."""

MORE = (HALFWAY, TURN, *IMPROVE_AND_BOUND)
"""A plan that is harder to find, or a better one, up to the bound."""

REST = (*MORE, APART, *SHORTEN)
"""What comes after a first plan."""


def _plan_without_stops(search: Search, deadline: Deadline) -> None:
    plan_without_stops(search, deadline, partial(walk_through, FIND), partial(walk_through, REST))


def _choose_the_stopped(search: Search, deadline: Deadline) -> None:
    # The path finder that goes first has had its turn.
    stages = [stage for stage in (*FIND, *REST) if stage.run is not find_by_finder]
    choose_the_stopped(search, deadline, partial(walk_through, stages))


def _share_of_stopped(search: Search) -> Share:
    return search.parameters.last_resort.share


NOBODY_STOPPED = Stage(
    "heuristic", "The last resort", may_be_without_stops, lambda _: Share(), _plan_without_stops
)
"""The pool without stops goes through the other stages by itself."""

STOPPED_SOON, STOPPED = (
    Stage("optimise", "The last resort", wanted, _share_of_stopped, _choose_the_stopped)
    for wanted in (are_to_be_chosen_soon, are_to_be_chosen)
)
"""So does each pool without those who are stopped: soon, or after more stages where plans are rare."""

PORTFOLIO = (NOBODY_STOPPED, *FIND, STOPPED_SOON, *MORE, STOPPED, APART, *SHORTEN)
"""The stages of a whole pool."""


def search(one: Search) -> None:
    """Run all stages, until nothing is left to find or the time is up."""
    walk_through(PORTFOLIO, one)
    have_walks_compiled_for_others(one)
