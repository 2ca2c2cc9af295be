"""A plan that runs, for whoever looks on: a table that keeps itself up to date, or plain lines."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Self

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from planner.execution.ahead import seconds_left
from planner.execution.steps import State
from planner.execution.watching import Watcher
from planner.verdict.sentences import number_of, some_of
from planner.views.film import told
from planner.views.names import fit, shown
from planner.views.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from rich.console import RenderableType

    from planner.execution.events import Event, EventName
    from planner.execution.runner import Runner
    from planner.execution.steps import Step

WORDS: dict[EventName, str] = {
    "intent": "begins",
    "done": "done",
    "failed": "FAILED",
    "unknown": "unknown",
    "observed": "seen",
    "held": "held",
    "replanned": "new plan",
}
"""Event -> the word that its line begins with; the others have no line of their own."""

MOST_WAITING = 8
"""Rows of those that wait; more would push what runs off the screen."""

BAR, LEAST_BAR = 20, 10
"""Cells of the bar that says how far an action is; and where a line is narrower than ``WIDE``."""

WIDE = 100
"""Cells of a line in which there is room for a long bar."""

GAP = 2
"""Cells between two columns."""

WAITS_SHARE = 4
"""Whom an action waits for takes at most this part of a line: a fourth. How far it is stands there whole."""


def line_of(event: Event, *, from_zero: bool = False) -> str | None:
    """Give an event as one line for people; None for those that need none.

    Parameters
    ----------
    from_zero
        Its clock began at midnight: it is told as it is, and not in local time.
    """
    word = WORDS.get(event.event)
    if word is None:
        return None
    text = event.text
    if event.event != "intent" and event.vm is not None:
        text = f"{event.vm}: {text}"
    if event.plan is not None:
        text = f"{number_of(len(event.plan.actions), 'action')}, because {text}"
    if event.again_in_s is not None:
        word, text = "refused", f"{text}; looked at again in {event.again_in_s:.0f} s"
    at = datetime.fromisoformat(event.at)
    return f"{at if from_zero else at.astimezone():%H:%M:%S}  {word:<8}  {shown(text)}"


class PlainView(Watcher):
    """A line an event, to standard output, as long as somebody reads it.

    Parameters
    ----------
    from_zero
        As of :func:`line_of`.
    """

    def __init__(self, *, from_zero: bool = False) -> None:
        self._from_zero = from_zero

    def event(self, event: Event) -> None:
        """Print it."""
        if (line := line_of(event, from_zero=self._from_zero)) is not None:
            say(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""


class LiveView(Watcher):
    """Lines of what happened, scrolling by, and below them what runs and who waits for whom.

    A terminal that is gone ends no run: it goes on in silence.

    Parameters
    ----------
    from_zero
        As of :func:`line_of`.
    """

    def __init__(self, console: Console, *, from_zero: bool = False) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._from_zero = from_zero
        self._is_gone = False

    @contextmanager
    def _as_long_as_it_is_there(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self._is_gone = True

    def event(self, event: Event) -> None:
        """Print it above the table; what begins and ends well is in the table."""
        line = line_of(event, from_zero=self._from_zero)
        if line is not None and event.event not in ("intent", "done") and not self._is_gone:
            with self._as_long_as_it_is_there():
                self._live.console.print(Text(line))

    def look(self, run: Runner) -> None:
        """Bring the table up to date."""
        if self._is_gone:
            return
        table = board(run, self._live.console.width)
        with self._as_long_as_it_is_there():
            self._live.update(table, refresh=True)

    def __enter__(self) -> Self:
        with self._as_long_as_it_is_there():
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._as_long_as_it_is_there():
            self._live.stop()


def board(run: Runner, width: int) -> RenderableType:
    """Give what runs, how far it is, who waits for whom, and how long it takes yet: a line each.

    Parameters
    ----------
    width
        Cells of a line.
    """
    steps, now = run.flights.steps, run.clock.now()
    flying = list(run.flights.flying.values())
    waiting = [step for step in steps if step.state is State.WAITING]
    bar = BAR if width >= WIDE else LEAST_BAR
    told_of: list[tuple[Step, str, RenderableType, str]] = [
        (step, "", _bar(step, now, bar), _how_far(step, now)) for step in flying
    ]
    told_of += [
        (step, "dim", "", fit(_waits(run, step), width // WAITS_SHARE)) for step in waiting[:MOST_WAITING]
    ]
    said = max((cell_len(words) for _, _, _, words in told_of), default=0)
    room = width - said - 2 * GAP - (bar if flying else 0)
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    for step, style, picture, words in told_of:
        table.add_row(Text(told(step.action, room), style=style), picture, Text(words, style=style))
    if len(waiting) > MOST_WAITING:
        table.add_row(Text(f"and {len(waiting) - MOST_WAITING} more", style="dim"))
    return Group(Text(headline(run)), table)


def headline(run: Runner) -> str:
    """Say in one line how things stand."""
    steps = run.flights.steps
    text = f"{steps.num_done} of {len(steps)} done, {len(run.flights.flying)} running"
    if run.interrupts:
        return f"{text}; nothing new is started (Ctrl-C again leaves what runs)"
    until = "" if run.window is None else f"; nothing begins that {run.window.why}"
    return f"{text}, about {duration(seconds_left(steps, run.clock.now()))} left{until}"


def _bar(step: Step, now: float, cells: int) -> ProgressBar:
    share = step.share
    if share is None:
        share = min(0.99, (now - step.since) / step.estimate_s) if step.estimate_s else 0.0
    return ProgressBar(total=1.0, completed=share, width=cells)


def _how_far(step: Step, now: float) -> str:
    share = "" if step.share is None else f"{step.share:.0%}, "
    word = {State.ASKED: "asked for, ", State.UNKNOWN: "nobody knows, "}.get(step.state, share)
    return f"{word}{duration(now - step.since)} of {duration(step.estimate_s)}"


def _waits(run: Runner, step: Step) -> str:
    before = run.flights.steps.waits_for(step)
    if before:
        return f"waits for {some_of([shown(other.action.vm) for other in before], 3)}"
    return f"waits: {shown(step.why)}" if step.why else "waits for its hosts"


def duration(seconds: float) -> str:
    """Give seconds as people read them."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"
