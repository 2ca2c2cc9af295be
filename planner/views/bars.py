"""Bars: a line per host, ``[dom0 (256)|vm1 (1024)|   2816   ]``, in proportion to a resource.

First the words, then the proportion: a block is at least as wide as its label where there is space for
all labels of its host, and what is left is shared out so that widths come as near as they can to amounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from planner.views.names import ELLIPSIS, centred, ending, fit, pad, shown, squeezed
from planner.views.palette import DESTINATION, QUIET, BlockKind
from planner.views.scene import Block, HostBar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.sizes import Scale

NARROWEST = 3
"""Cells that a block needs so that there is something to see of its name."""

SHORTEST_BAR = 10
NAME_SHARE = 4
"""Host names take at most this part of a line: a fourth."""


def bars(
    rows: Sequence[HostBar], scale: Scale, width: int, *, largest: int, names: Iterable[str] = ()
) -> list[Text]:
    """Draw hosts, one a line.

    Parameters
    ----------
    rows
        The hosts, from top to bottom.
    scale
        The unit of the numbers.
    width
        Cells of a line.
    largest
        The amount that takes the whole width.
    names
        Host names to leave room for, so that two pictures stand in line; those of ``rows`` count always.
    """
    heads = [*names, *(row.host for row in rows)]
    head = min(max((cell_len(shown(name)) for name in heads), default=0), max(width // NAME_SHARE, 4))
    room = max(width - head - 4, SHORTEST_BAR)
    largest = max([largest, *(row.total for row in rows)])
    return [_line(row, scale, head, room, largest) for row in rows]


def legend(kinds: Iterable[BlockKind], width: int) -> list[Text]:
    """Explain the marks of those kinds that need it, in lines of so many cells; no mark leaves its words."""
    present = set(kinds)
    lines: list[Text] = []
    for kind in BlockKind:
        if kind not in present or not kind.words:
            continue
        words = Text.assemble((kind.mark, kind.style), f" {kind.words}")
        if lines and lines[-1].cell_len + 2 + words.cell_len <= width:
            lines[-1].append("  ").append_text(words)
        else:
            lines.append(words)
    return lines


def _line(row: HostBar, scale: Scale, head: int, room: int, largest: int) -> Text:
    length = min(room, max(SHORTEST_BAR, round(room * row.total / largest)))
    blocks = _lumped(row.blocks, length)
    line = Text("*" if row.destination else " ", no_wrap=True)
    line.append(pad(squeezed(shown(row.host), head), head), DESTINATION if row.destination else "")
    line.append(" [")
    for number, (block, label) in enumerate(zip(blocks, _labels(blocks, scale, length), strict=True)):
        if number:
            line.append("|", QUIET)
        line.append(label, f"{block.kind.style} underline" if block.active else block.kind.style)
    if not blocks:
        line.append(" " * length)
    return line.append("]")


def _lumped(blocks: Sequence[Block], length: int) -> list[Block]:
    """Give as many blocks as there is space for, the least telling ones gathered into one."""
    most = max(1, (length + 1) // (NARROWEST + 1))
    if len(blocks) <= most:
        return list(blocks)
    ranked = sorted(
        (
            n
            for n, block in enumerate(blocks)
            if block.kind not in (BlockKind.RESERVED, BlockKind.FREE, BlockKind.OVER)
        ),
        key=lambda n: (not blocks[n].active, not blocks[n].kind.matters, -blocks[n].amount),
    )
    others = len(blocks) - len(ranked)
    # The gathered one is written out, which takes the space of three.
    lost = sorted(ranked[max(1, most - others - 3) :])
    gathered = [blocks[n] for n in lost]
    kept = [block for n, block in enumerate(blocks) if n not in set(lost)]
    marked = sum(block.kind.matters for block in gathered)
    words = f"{len(gathered)} more" + (f", {marked} marked" if marked else "")
    more = Block(BlockKind.MORE, sum(block.amount for block in gathered), words)
    end = len(kept) - (kept[-1].kind in (BlockKind.FREE, BlockKind.OVER)) if kept else 0
    return [*kept[:end], more, *kept[end:]] if gathered else kept


def _widths(blocks: Sequence[Block], scale: Scale, length: int) -> list[int]:
    """Share the cells of a bar out among its blocks, separators aside."""
    space = length - max(len(blocks) - 1, 0)
    wishes = [cell_len(_full(block, scale)) for block in blocks]
    for most in (max(wishes, default=0), 10, 6):
        least = [min(wish, most) for wish in wishes]
        if sum(least) <= space:
            return _proportional([block.amount for block in blocks], least, space)
    least = [min(wish, NARROWEST) for wish in wishes]
    if sum(least) > space:
        least = _proportional([0] * len(blocks), [0] * len(blocks), space)
    return _proportional([block.amount for block in blocks], least, space)


def _proportional(amounts: Sequence[int], least: Sequence[int], space: int) -> list[int]:
    """Give widths that sum up to ``space``, in proportion to the amounts where the least widths allow it.

    Blocks that would get less than their least get just that; the others share the rest.
    """
    if not amounts:
        return []
    amounts = amounts if any(amounts) else [1] * len(amounts)
    fixed: set[int] = set()
    while True:
        loose = [n for n in range(len(amounts)) if n not in fixed]
        rest = space - sum(least[n] for n in fixed)
        whole = sum(amounts[n] for n in loose)
        if not whole:
            shares = {n: rest / len(loose) for n in loose}
        else:
            shares = {n: rest * amounts[n] / whole for n in loose}
        if not (short := {n for n in loose if shares[n] < least[n]}):
            break
        fixed |= short
    widths = [least[n] if n in fixed else int(shares[n]) for n in range(len(amounts))]
    # Largest remainders; where every block is at its least, the last one (free room) takes what is over.
    by_rest = sorted(loose, key=lambda n: (int(shares[n]) - shares[n], n)) or [len(widths) - 1]
    over = space - sum(widths)
    for turn in range(over):
        widths[by_rest[turn % len(by_rest)]] += 1
    return widths


def _full(block: Block, scale: Scale) -> str:
    match block.kind:
        case BlockKind.FREE:
            return scale.number(block.amount)
        case BlockKind.OVER:
            return block.kind.mark + block.name
        case _:
            return f"{_named(block)} ({scale.number(block.amount)})"


def _named(block: Block) -> str:
    return block.kind.mark + shown(block.name)


def _labels(blocks: Sequence[Block], scale: Scale, length: int) -> list[str]:
    """Write a label for each block; names that are cut to the same beginning are told by their ends."""
    widths = _widths(blocks, scale, length)
    labels = [_label(block, scale, cells) for block, cells in zip(blocks, widths, strict=True)]
    names = [shown(block.name) for block in blocks]
    for number, (block, cells) in enumerate(zip(blocks, widths, strict=True)):
        mark, cut = block.kind.mark, labels[number].strip()
        beginning = cut.removeprefix(mark).removesuffix(ELLIPSIS)
        if cut.endswith(ELLIPSIS) and sum(name.startswith(beginning) for name in names) > 1:
            labels[number] = centred(mark + ending(names[number], cells - cell_len(mark)), cells)
    return labels


def _label(block: Block, scale: Scale, cells: int) -> str:
    """Write as much of a block's label as fits, in the middle."""
    full = _full(block, scale)
    if cell_len(full) <= cells:
        return centred(full, cells)
    if block.kind is BlockKind.FREE:
        return " " * cells
    return centred(fit(_named(block), cells), cells)
