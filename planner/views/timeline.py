"""A plan in time, as a chart in the terminal: a line an action, or, of many, a line a host.

Works without colour: what decides the end is drawn solid, all else shaded.
"""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from models.actions import Migration, hosts_of
from models.plan import describe
from models.sizes import span
from planner.scheduling.critical_path import critical_path
from planner.verdict.sentences import number_of
from planner.views.names import pad, shared_out, shown, squeezed
from planner.views.palette import HEADING, QUIET
from planner.views.screen import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.actions import Action
    from models.plan import Plan
    from models.schedule import Schedule
    from models.state import PoolState

MOST_ACTIONS = 60
"""Actions up to which each has a line of its own."""

MOST_HOSTS = 40
"""Hosts that are shown beyond: those with the most to do."""

LABEL_SHARE = 2
"""Names take at most this part of a line: half."""

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
    most, domain = max(width // LABEL_SHARE, SHORTEST), _domain(plan)
    if domain and max(row.cells for row in rows) > most:
        for row in rows:
            row.leave_out(domain)
    else:
        domain = ""
    label = min(max(row.cells for row in rows), most)
    chart = _Chart(max(width - label - 3, SHORTEST), schedule.makespan_s)
    return [
        chart.scale(label),
        *(chart.line(row, label) for row in rows),
        *_words(plan, rows, label, width),
        *_left_out(domain),
    ]


class _Row:
    """What is drawn in one line: spans of time, and whether they decide the end.

    Parameters
    ----------
    words
        What stands before it, with ``{}`` for each name.
    """

    def __init__(self, words: str, *names: str) -> None:
        self._words = words
        self._fixed = cell_len(words.replace("{}", ""))
        self._take([shown(name) for name in names])
        self.spans: list[tuple[int, int, bool]] = []

    def _take(self, names: list[str]) -> None:
        self._names = names
        self._wanted = [cell_len(name) for name in names]
        self.cells = self._fixed + sum(self._wanted)

    def leave_out(self, domain: str) -> None:
        """Say the names without the domain that all hosts share."""
        self._take([name.removesuffix(domain) or name for name in self._names])

    def label(self, cells: int) -> str:
        """Give the words in so many cells, of every name as much as there is room for."""
        given = shared_out(self._wanted, max(cells - self._fixed, 0))
        return pad(self._words.format(*map(squeezed, self._names, given)), cells)


def _domain(plan: Plan) -> str:
    """Give the domain, dot and all, that all hosts of a plan are in; "" where they share none."""
    domains = [shown(host).split(".")[:0:-1] for host in _hosts_of(plan)]
    shared = takewhile(lambda labels: len(set(labels)) == 1, zip(*domains, strict=False))
    return "".join(f".{labels[0]}" for labels in reversed(list(shared)))


def _hosts_of(plan: Plan) -> set[str]:
    """Give the hosts of all actions."""
    return {host for action in plan.actions for host in hosts_of(action)}


def _actions(plan: Plan, schedule: Schedule, critical: set[int]) -> Iterator[_Row]:
    """Give a row an action, by its start."""
    order = sorted(range(len(plan.actions)), key=lambda place: (schedule.start_s[place], place))
    for place in order:
        row = _row(plan.actions[place])
        row.spans.append((schedule.start_s[place], schedule.end_s[place], place + 1 in critical))
        yield row


def _row(action: Action) -> _Row:
    """Give the row of an action, without spans: of a migration its names alone."""
    if isinstance(action, Migration):
        return _Row("{}: {} -> {}", action.vm, action.source, action.destination)
    verb = describe(action).removesuffix(f" {action.vm} on {action.host}")
    return _Row(f"{verb} {{}} on {{}}", action.vm, action.host)


def _hosts(plan: Plan, schedule: Schedule, critical: set[int]) -> Iterator[_Row]:
    """Give a row a host, those first that have the most to do."""
    rows: dict[str, _Row] = {}
    for place, action in enumerate(plan.actions):
        for host in hosts_of(action):
            row = rows.setdefault(host, _Row("{}", host))
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
        line = Text(row.label(label) + " |")
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


def _words(plan: Plan, rows: Sequence[_Row], label: int, width: int) -> Iterator[Text]:
    """Explain the marks, below the chart where there is room for it."""
    many = len(plan.actions) > MOST_ACTIONS
    legend = f"{LEGEND}   2-9, {MANY} so many at a time" if many else LEGEND
    indent = " " * max(0, min(label + 2, width - cell_len(legend)))
    yield from wrapped(Text(indent + legend, QUIET), width)
    if not many:
        return
    count = len(_hosts_of(plan))
    if count > len(rows):
        more = number_of(count - len(rows), "host more", "hosts more")
        yield Text(indent + f"and {more}, less busy", QUIET)


def _left_out(domain: str) -> Iterator[Text]:
    """Say what is left out of the names."""
    if domain:
        yield Text(f"names without {domain}", QUIET)
