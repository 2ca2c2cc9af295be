"""The VMs that a run leaves, or that failed, in few lines: those with a reason of their own come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.execution.outcome import NOT_ITS_TURN
from planner.verdict.sentences import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_REASONS, MOST_NAMES = 20, 8
"""VMs that are named with their reasons, and of those that merely waited; the journal names all."""


def left_lines(left: Mapping[str, str]) -> Iterator[str]:
    """Give the lines.

    Parameters
    ----------
    left
        VM -> why it is not on its target, or not well there; or why its action failed.
    """
    waited = [vm for vm, why in left.items() if why == NOT_ITS_TURN]
    others = [f"{vm}: {why}" for vm, why in left.items() if why != NOT_ITS_TURN]
    yield from others[:MOST_REASONS]
    if len(others) > MOST_REASONS:
        yield f"and {len(others) - MOST_REASONS} more, each with its reason in the journal"
    if waited:
        vms = "VM" if len(waited) == 1 else "VMs"
        yield f"{len(waited)} {vms} whose turn did not come: {some_of(waited, MOST_NAMES)}"
