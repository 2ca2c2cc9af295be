"""What was proven, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.incumbent import Incumbent


def reason_of(incumbent: Incumbent, *, interrupted: bool) -> str:
    """Say what was proven, or what ended the search."""
    if incumbent.moves is None:
        if incumbent.impossible is not None:
            return f"no plan exists: {incumbent.impossible}"
        ended = "interrupted" if interrupted else f"{incumbent.deadline.limit_s:g} s are up"
        return f"no plan found, and no proof that there is none: {ended}"
    cost, bound = incumbent.cost, incumbent.bound
    if incumbent.settled:
        return f"proven: no plan costs less than {cost}"
    ended = "; interrupted" if interrupted else ""
    known = f"proven: no plan costs less than {bound}" if bound is not None else "nothing is proven"
    return f"{known}; this one costs {cost}{ended}"
