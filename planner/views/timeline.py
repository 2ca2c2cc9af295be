"""A plan in time, as a chart in the terminal: a line an action, or, of many, a line a host.

Works without colour: what decides the end is drawn solid, all else shaded.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from models.actions import Migration
from models.plan import describe
from models.sizes import span
from planner.scheduling.critical_path import critical_path
from planner.verdict.sentences import number_of
from planner.views.names import pad, shown
from planner.views.palette import HEADING, QUIET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.plan import Plan
    from models.schedule import Schedule
    from models.state import PoolState

MOST_ACTIONS = 60
"""Actions up to which each has a line of its own."""

MOST_HOSTS = 40
"""Hosts that are shown beyond: those with the most to do."""

LABEL_SHARE = 3
"""Names take at most this part of a line: a third."""

SHORTEST = 10
"""Cells of the chart at the least."""

DECIDES, OTHER = "█", "░"
LEGEND = f"{DECIDES} decides the end   {OTHER} others"
"""Of others nothing is said: a chain as long as the one that is drawn solid decides the end as well."""
MANY = "+"
"""Stands for ten and more at a time."""


def timeline(state: PoolState, plan: Plan, schedule: Schedule, width: int) -> list[Text]:
    """Draw when each action runs, or how many migrations each host has in flight.

    Parameters
    ----------
    width
        Cells of a line.
    """
    if not plan.actions:
        return [Text("nothing to do")]
    critical = {link.number for link in critical_path(state, plan, schedule)}
    if len(plan.actions) <= MOST_ACTIONS:
        rows = list(_actions(plan, schedule, critical))
    else:
        rows = list(_hosts(plan, schedule, critical))
    label = min(max(cell_len(row.label) for row in rows), max(width // LABEL_SHARE, SHORTEST))
    chart = _Chart(max(width - label - 3, SHORTEST), schedule.makespan_s)
    return [chart.scale(label), *(chart.line(row, label) for row in rows), *_words(plan, rows, label)]


class _Row:
    """What is drawn in one line: spans of time, and whether they decide the end."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.spans: list[tuple[int, int, bool]] = []


def _actions(plan: Plan, schedule: Schedule, critical: set[int]) -> Iterator[_Row]:
    """Give a row an action, by its start."""
    order = sorted(range(len(plan.actions)), key=lambda place: (schedule.start_s[place], place))
    for place in order:
        row = _Row(shown(describe(plan.actions[place]).removeprefix("migrate ")))
        row.spans.append((schedule.start_s[place], schedule.end_s[place], place + 1 in critical))
        yield row


def _hosts(plan: Plan, schedule: Schedule, critical: set[int]) -> Iterator[_Row]:
    """Give a row a host, those first that have the most to do."""
    rows: dict[str, _Row] = {}
    for place, action in enumerate(plan.actions):
        ends = (action.source, action.destination) if isinstance(action, Migration) else (action.host,)
        for host in ends:
            row = rows.setdefault(host, _Row(shown(host)))
            row.spans.append((schedule.start_s[place], schedule.end_s[place], place + 1 in critical))
    busiest = sorted(rows.values(), key=lambda row: -sum(end - start for start, end, _ in row.spans))
    yield from busiest[:MOST_HOSTS]


class _Chart:
    """Time along a line of cells."""

    def __init__(self, cells: int, makespan_s: int) -> None:
        self.cells = cells
        self.makespan_s = makespan_s
        self._whole_s = max(makespan_s, 1)

    def scale(self, label: int) -> Text:
        """Give the line above: the beginning and the end."""
        end = span(self.makespan_s)
        return Text(" " * (label + 1) + "0 s" + end.rjust(self.cells - 1), HEADING)

    def line(self, row: _Row, label: int) -> Text:
        """Give a row: one mark a cell, or how many run at a time where there are several."""
        cells = [" "] * self.cells
        decides = [False] * self.cells
        for start, end, critical in row.spans:
            for cell in self._within(start, end):
                decides[cell] |= critical
        for cell, count in enumerate(self._most_at_once(row)):
            if count == 1 or (count and len(row.spans) == 1):
                cells[cell] = DECIDES if decides[cell] else OTHER
            elif count:
                cells[cell] = str(count) if count < 10 else MANY
        line = Text(pad(row.label, label) + " |")
        for mark, decisive in zip(cells, decides, strict=True):
            line.append(mark, "bold red" if decisive else "")
        return line.append("|")

    def _within(self, start: int, end: int) -> range:
        """Give the cells of a span of time, one at least."""
        first = min(start * self.cells // self._whole_s, self.cells - 1)
        return range(first, min(max(first + 1, -(-end * self.cells // self._whole_s)), self.cells))

    def _most_at_once(self, row: _Row) -> list[int]:
        """Give for each cell the most that run at one moment of it: those one after another are no two."""
        most = [0] * self.cells
        changes = [(start, 1) for start, _, _ in row.spans] + [(end, -1) for _, end, _ in row.spans]
        now = 0
        for (when, change), (until, _) in pairwise(sorted(changes)):
            now += change
            if until > when:
                for cell in self._within(when, until):
                    most[cell] = max(most[cell], now)
        for start, end, _ in row.spans:
            if start == end:
                cell = self._within(start, end)[0]
                most[cell] = max(most[cell], 1)
        return most


def _words(plan: Plan, rows: Sequence[_Row], label: int) -> Iterator[Text]:
    """Explain the marks."""
    indent = " " * (label + 2)
    if len(plan.actions) <= MOST_ACTIONS:
        yield Text(indent + LEGEND, QUIET)
        return
    yield Text(indent + f"{LEGEND}   2-9, {MANY} so many at a time", QUIET)
    hosts = {
        end
        for action in plan.actions
        for end in ((action.source, action.destination) if isinstance(action, Migration) else (action.host,))
    }
    if len(hosts) > len(rows):
        more = number_of(len(hosts) - len(rows), "host more", "hosts more")
        yield Text(indent + f"and {more}, less busy", QUIET)
