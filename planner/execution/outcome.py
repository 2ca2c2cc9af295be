"""What a run comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.clouds.seen import Power

if TYPE_CHECKING:
    from planner.clouds.seen import SeenVM

NOT_ITS_TURN = "its turn did not come"
"""Why a VM is not on its target that nothing was wrong with."""

NOT_WELL = f"has got to its target, and {Power.OTHER.why_not}"
"""Why a VM counts as left that is on its target, where the plan was to bring it."""

STILL_OFF = "it was stopped, and is off still"
"""What is said besides of a VM that the run has stopped and not started again."""

LEFT_RUNNING = "its action was left running"
"""Why a VM was not on its target when it was looked at last; it may be by now."""


def not_well(seen: SeenVM) -> str:
    """Say the same of a VM that was seen, in the word of its cloud where that has one for its state."""
    return NOT_WELL.replace(Power.OTHER.why_not, seen.why_not)


class End(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    """Every VM is on its target, and none that was brought there is in error."""
    STOPPED = "stopped"
    """Safely, before the end."""
    INTERRUPTED = "interrupted"
    """By Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run comes to.

    Parameters
    ----------
    why
        What ended it before its time; empty where nothing did.
    done
        How many actions were carried out, or found to be.
    failed
        VM -> why its action failed, the last of them: since the last new plan, and before it of those left.
    left
        VM -> why it is not on its target, or not well there.
    running
        What was left running, a sentence each.
    """

    end: End
    why: str = ""
    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    running: tuple[str, ...] = ()
