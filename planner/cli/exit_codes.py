"""What the exit codes mean."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit codes mean."""

    DONE = 0
    VIOLATIONS = 1
    BAD_INPUT = 2
    INFEASIBLE = 3
    NO_PLAN_FOUND = 4
    STOPPED = 5
    INTERRUPTED = 130
