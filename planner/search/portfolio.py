"""The whole search: all stages, and one before the last that puts components through them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.search.apart import plan_apart
from planner.search.exact import is_small
from planner.search.stages import bound_and_find, shorten

if TYPE_CHECKING:
    from heuristics import PathFinder
    from planner.cp.solve import Effort
    from planner.search.incumbent import Incumbent


def search(incumbent: Incumbent, heuristic: str | PathFinder, effort: Effort) -> None:
    """Run all stages, until nothing is left to find or the time is up."""
    bound_and_find(incumbent, heuristic, effort)
    if not incumbent.done:
        with incumbent.during("optimise"):
            if not is_small(incumbent.problem):
                plan_apart(incumbent, effort)
            shorten(incumbent, effort)
