"""Shorter plans where not all is one model: everything is ordered anew, and detours are opened, in turn."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from planner.search.neighbourhoods.around_detours import AroundDetours
from planner.search.neighbourhoods.from_limbo import LimboStart
from planner.search.neighbourhoods.reorder import Reorder
from planner.search.neighbourhoods.state import PlanState
from planner.search.shifting import is_for_shifts, shift

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from planner.search.stage import Search


def shorten_by_neighbourhoods(search: Search, deadline: Deadline, patience: float = inf) -> None:
    """Remove detours until the plan meets the bound, or the time is up; the plan never gets worse.

    Parameters
    ----------
    patience
        How often in a row all operators together may find nothing.
    """
    incumbent, most = search.incumbent, search.parameters.neighbourhoods.idle
    with PlanState(search, deadline.within(deadline.left_s)) as state:
        from_limbo = LimboStart(search, state.deadline) if state.is_orderable else None
        reorder, around = Reorder(state), AroundDetours(state)
        in_vain, idle = 0, most
        shiftable, shifted_again = is_for_shifts(search), False
        while in_vain < patience and state.goes_on:
            before = incumbent.cost
            if shifted_again:
                shift(search, state.deadline.share(search.parameters.shifting.again))
            shifted_again = shiftable
            if from_limbo is not None:
                from_limbo.run()
            while state.goes_on and reorder.run():
                pass
            reorder.offer_more()
            reordered, failed = incumbent.cost, 0
            while failed < idle and state.goes_on:
                failed = 0 if around.run() else failed + 1
            idle = most if incumbent.cost != reordered else max(1, idle // 2)
            in_vain = in_vain + 1 if incumbent.cost == before else 0


def shorten_once(search: Search, deadline: Deadline) -> None:
    """Remove detours until no operator finds any more."""
    shorten_by_neighbourhoods(search, deadline, patience=1)
