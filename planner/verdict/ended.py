"""Why a search ended that found nothing and proved nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heuristics import Deadline


def why_ended(deadline: Deadline, *, interrupted: bool) -> str:
    """Say it in words, to stand behind a colon."""
    if interrupted:
        return "interrupted"
    if deadline.over:
        return f"{deadline.limit_s:g} s {'is' if deadline.limit_s == 1 else 'are'} up"
    return "all ways of searching have come to their ends"
