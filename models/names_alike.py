"""Names that somebody may have meant, where the one that was written is not there; for errors alone."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def alike(name: str, known: Collection[str]) -> str:
    """Say which names are meant, behind the error: ``; alike: h1``; empty where none is like it.

    Parameters
    ----------
    name
        What was written: perhaps in capitals, with its domain or without, or misspelt.
    known
        The names that there are.
    """
    short = _short(name)
    # Several, for of node1 to node12 none is more likely than the others.
    found = [other for other in known if _short(other) == short][:3] or get_close_matches(name, known)
    return f"; alike: {', '.join(found)}" if found else ""


def _short(name: str) -> str:
    """Give a name without its domain, in small letters: ``H1.example.org`` is ``h1``."""
    whole = name.strip().lower()
    first = whole.partition(".")[0]
    return whole if first.isdigit() else first  # an address has no domain
