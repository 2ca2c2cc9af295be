"""Execution: a plan carried out in a cloud, journalled, locked, and resumed after anything."""

from planner.execution.events import Event, Head, Options, Owner
from planner.execution.journal import JournalError, read_journal
from planner.execution.lock import LockedError
from planner.execution.outcome import End, Outcome
from planner.execution.run import Ready, StaleError, prepare, prepare_resume
from planner.execution.watching import Watcher

__all__ = [
    "End",
    "Event",
    "Head",
    "JournalError",
    "LockedError",
    "Options",
    "Outcome",
    "Owner",
    "Ready",
    "StaleError",
    "Watcher",
    "prepare",
    "prepare_resume",
    "read_journal",
]
