"""One line of progress on stderr, where stderr is a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status as Spinner

from models.sizes import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.progress import OnProgress, Progress


@contextmanager
def progress_line() -> Iterator[OnProgress | None]:
    """Show where the search stands while it runs; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with Spinner("reading", console=Console(stderr=True)) as spinner:
        yield lambda progress: spinner.update(line_of(progress))


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say what is waited for, where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Spinner(what, console=Console(stderr=True)):
        yield


def line_of(progress: Progress) -> str:
    """Say where the search stands, in one line."""
    parts = [progress.stage]
    if progress.cost is not None:
        parts.append(f"cost {progress.cost}")
    if progress.bound is not None:
        parts.append(f"bound {progress.bound}")
    if progress.makespan_s is not None:
        parts.append(f"ends after {span(progress.makespan_s)}")
        if progress.makespan_bound_s:
            parts.append(f"no schedule before {span(progress.makespan_bound_s)}")
    elif progress.gap is not None:
        parts.append(f"gap {progress.gap:.2%}")
    return f"{', '.join(parts)}, {progress.seconds:.1f} s"
