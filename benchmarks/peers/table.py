"""The peers' table, and what it says of plans that cannot be run."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.peers.asking import Row

NONE = "–"

COLUMNS = ("moves", "left behind", "highest share", "hbal's score", "seconds", "runs in its order")

PUBLISHED = (
    "BtrPlace publishes, for 5,000 hosts with 30,000 VMs after a maintenance operation or a rise of load:"
    " 3 minutes, under 30 s in partitions of 2,500 hosts (Hermenier, Lawall and Muller 2013, abstract)."
)


def table(rows: Sequence[Row]) -> Table:
    """Give a row for each tool on each pool, a section for each goal."""
    made = Table(title="Peers")
    for name in ("pool", "goal", "tool"):
        made.add_column(name)
    for name in COLUMNS:
        made.add_column(name, justify="right")
    made.add_column("said")
    last = None
    for row in rows:
        if last not in (None, (row.pool, row.goal)):
            made.add_section()
        last = row.pool, row.goal
        made.add_row(row.pool, row.goal, row.tool, *_cells(row), row.proposal.note)
    return made


def _cells(row: Row) -> Iterator[str]:
    outcome, moves = row.outcome, len(row.proposal.moves)
    yield str(moves)
    yield str(outcome.left) if row.goal.startswith("drain") else NONE
    yield f"{row.before:.1%} to {outcome.highest:.1%}"
    yield NONE if row.score_after is None else f"{row.score_before or 0:.2f} to {row.score_after:.2f}"
    yield f"{row.proposal.seconds:.2f}"
    yield (
        "yes"
        if not outcome.refused
        else f"no, stuck at {outcome.first_refused}; {outcome.refused} have no room"
    )


def in_order(rows: Iterable[Row]) -> Iterator[str]:
    """Say for each tool how many of its plans can be carried out in their order, and reach their goal."""
    counts: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        counts[row.tool].append(not row.outcome.refused and not row.outcome.left and bool(row.proposal.moves))
    for tool, good in counts.items():
        yield f"{tool}: {sum(good)} of {len(good)} plans can be carried out in their order to the goal"
