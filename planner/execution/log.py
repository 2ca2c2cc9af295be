"""Where events go: into the journal, and then to whoever watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.execution.events import Event


class Sink(Protocol):
    """What keeps events."""

    def write(self, event: Event) -> None:
        """Keep one; an intent is safe when this returns."""
        ...

    def sync(self) -> None:
        """Return when all are safe."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class NoJournal:
    """What a dry run writes to."""

    def write(self, event: Event) -> None:
        """Forget it."""

    def sync(self) -> None:
        """Nothing to keep safe."""

    def close(self) -> None:
        """Nothing to let go of."""


class Log:
    """Writes every event to the journal first, and tells of it then.

    Parameters
    ----------
    tell
        Called with each event once it is kept.

    Attributes
    ----------
    journal
        Where events are kept.
    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self.journal: Sink = NoJournal()
        self._tell = tell

    def write(self, event: Event) -> None:
        """Keep an event, and tell of it."""
        self.journal.write(event)
        self._tell(event)
