"""What whoever watches a run is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.execution.events import Event
    from planner.execution.runner import Runner


class Watcher:
    """Told of everything; this one does nothing about it."""

    def event(self, event: Event) -> None:
        """Take note of what has just been written to the journal."""

    def look(self, run: Runner) -> None:
        """Look at a run, once every poll: its steps, and what flies."""
