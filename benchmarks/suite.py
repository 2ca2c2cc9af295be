"""The run: every task that is not kept already, one after the other, each line kept at once."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.running import ROOT, job_of, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.case import Case
    from benchmarks.jobs import Job
    from benchmarks.lines import AnyLine
    from benchmarks.store import Store


@dataclass(slots=True)
class Suite:
    """Tasks, and where their lines are kept.

    Parameters
    ----------
    tasks
        In the order in which they run.
    store
        What is there already is not run again.
    fresh_process
        See :func:`benchmarks.running.run`.
    plans
        Folder for the plan files; None: they are not kept.
    """

    tasks: Sequence[Case | Job]
    store: Store
    fresh_process: bool = True
    plans: Path | None = None

    def missing(self) -> list[Case | Job]:
        """Give the tasks without a line."""
        return [task for task in self.tasks if self.store.get(job_of(task).key) is None]

    def lines(self) -> list[AnyLine]:
        """Give what is known of the tasks, in their order, failures last seen included."""
        return [line for task in self.tasks if (line := self.store.last(job_of(task).key)) is not None]

    def run(self) -> Iterator[Case | Job]:
        """Do what is missing; yield each task before it runs."""
        commit = commit_of_code()
        for task in self.missing():
            yield task
            line = run(task, fresh_process=self.fresh_process, plans=self.plans)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.store.add(replace(line, commit=commit, date=now))


def run_with_progress(suite: Suite) -> None:
    """Run a suite, with a bar on stderr where that is a terminal."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("starting", total=len(suite.tasks))
        done = len(suite.tasks) - len(suite.missing())
        for number, task in enumerate(suite.run()):
            progress.update(bar, completed=done + number, description=label(task))


def label(task: Case | Job) -> str:
    """Say in a few words what runs."""
    return " ".join(job_of(task).key.split("|")[:3])


def commit_of_code() -> str | None:
    """Give the commit of the code, with a ``+`` where files were changed since; None outside of git."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
