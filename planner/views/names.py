"""Names as a terminal can show them: nothing in a name moves the cursor or breaks a line."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Sequence

ELLIPSIS = "…"

DROPPED = {"Cf", "Me"}
"""Categories whose marks join, turn or enclose what stands beside them: terminals disagree on their width."""

SELECTORS = range(0xFE00, 0xFE10)
"""Variation selectors, which turn a character one cell wide into a picture of two."""

REPLACED = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories that a terminal might act on, or has no picture for."""


TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Marks that turn around what stands behind them: in a sentence that is more than the name that has one."""


def unturned(text: str) -> str:
    """Give a sentence without the marks in its names that would turn the rest of it around."""
    return text.translate(TURNING)


def shown(name: str) -> str:
    """Give a name without control characters, as one line of predictable width."""
    if name.isascii() and name.isprintable():
        return name
    return "".join(map(_shown, unicodedata.normalize("NFC", name))) or "?"


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category in DROPPED or ord(char) in SELECTORS:
        return ""
    return "\N{REPLACEMENT CHARACTER}" if category in REPLACED else char


def fit(text: str, width: int) -> str:
    """Cut a text to so many cells, an ellipsis last where something is missing.

    A character two cells wide that would be cut in half gives way to a space.
    """
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + ELLIPSIS if width > 0 else ""


def pad(text: str, width: int) -> str:
    """Cut or fill a text to exactly so many cells."""
    return set_cell_size(fit(text, width), width)


def squeezed(text: str, width: int) -> str:
    """Cut a name to so many cells: names that are alike often differ at the end alone, before their domain.

    The domain goes first, at once; then what is in the middle.
    """
    if cell_len(text) <= width:
        return text
    first = text.partition(".")[0]
    if first and first != text:
        if cell_len(first) < width:
            return first + ELLIPSIS
        text = first
    head = set_cell_size(text, width // 2)
    kept = len(text)
    while kept > 0 and cell_len(text[kept - 1 :]) <= width - 1 - cell_len(head):
        kept -= 1
    return head + ELLIPSIS + text[kept:] if width > 0 else ""


def ending(text: str, width: int) -> str:
    """Cut a name to so many cells from its beginning, for names that begin alike; the domain goes first."""
    if cell_len(text) <= width:
        return text
    text = text.partition(".")[0] or text
    kept = len(text)
    while kept > 1 and cell_len(text[kept - 1 :]) <= width - 1:
        kept -= 1
    return ELLIPSIS + text[kept:] if width > 0 else ""


def shared_out(wanted: Sequence[int], cells: int) -> list[int]:
    """Share cells out among texts that want so many: the short ones have theirs, the others as many each."""
    given = [0] * len(wanted)
    for others, number in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        given[number] = min(wanted[number], cells // (len(wanted) - others))
        cells -= given[number]
    return given


def centred(text: str, width: int) -> str:
    """Give a text in the middle of so many cells."""
    text = fit(text, width)
    left = (width - cell_len(text)) // 2
    return set_cell_size(" " * left + text, width)
