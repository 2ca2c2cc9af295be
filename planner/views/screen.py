"""Where pictures go: a console on a stream, and pictures as lines of text."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

from planner.views.saying import write_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

HEIGHT = 24
"""Rows of a picture where there is no terminal to ask, and ``LINES`` does not say."""


class Paper(Console):
    """A console that prints pictures line by line."""

    def on_broken_pipe(self) -> None:
        """Leave quietly: the reader has seen enough (``vmplan demo | head``), which is no failure."""
        write_nowhere(sys.stdout.fileno())
        raise SystemExit(0)

    def picture(self, lines: Iterable[Text]) -> None:
        """Print lines, each on one line of the screen, cut where it is too long."""
        for line in lines:
            self.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def paper(stream: TextIO | None = None, *, width: int | None = None) -> Paper:
    """Give a console on a stream, standard output by default; names are never taken for markup."""
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # an ASCII terminal shows ? rather than an error
    return Paper(file=stream, width=width, markup=False, highlight=False, emoji=False)


def wrapped(text: Text, width: int) -> list[Text]:
    """Give a sentence as lines of at most so many cells, broken between words."""
    lines = list(text.wrap(paper(io.StringIO(), width=width), width))
    for line in lines:
        line.rstrip()
    return lines


def rows(console: Console) -> int:
    """How many rows a picture may take."""
    if console.is_terminal:
        return console.height
    try:
        return max(int(os.environ["LINES"]), 1)
    except (KeyError, ValueError):
        return HEIGHT


def ansi(lines: Iterable[Text], width: int) -> str:
    """Give lines with colours as escape sequences, for a screen that draws them itself."""
    stream = io.StringIO()
    console = Paper(
        file=stream, width=width, force_terminal=True, markup=False, highlight=False, emoji=False,
        color_system="standard", legacy_windows=False,
    )  # fmt: skip
    console.picture(lines)
    return stream.getvalue().rstrip("\n")


def has_keys(*files: str | None) -> bool:
    """Tell whether somebody sits before a screen and can press keys.

    Parameters
    ----------
    files
        Files the command reads; where one is ``-``, standard input is a pipe and the keys come from the
        terminal itself.
    """
    if os.environ.get("TERM", "") == "dumb" or not sys.stdout.isatty():
        return False
    return sys.stdin.isatty() or "-" in files
