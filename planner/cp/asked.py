"""What somebody asks of the solver, held to what it can be, without the solver itself."""

from __future__ import annotations

import os
from numbers import Integral

from models.errors import PlannerError

MOST_WORKERS = 10_000
"""CP-SAT calls a model invalid that it shall solve with more."""


def check_seed(seed: int) -> None:
    """Raise ``PlannerError`` unless a seed is an integer from 0."""
    if not isinstance(seed, Integral) or seed < 0:
        raise PlannerError(f"seed={seed!r}, must be an integer >= 0")


def threads(workers: int | None) -> int:
    """Give the threads that somebody asked for; None: one a core.

    Raises
    ------
    PlannerError
        It is no integer from 1 to ``MOST_WORKERS``.
    """
    if workers is None:
        return os.cpu_count() or 1
    if not isinstance(workers, Integral) or not 1 <= workers <= MOST_WORKERS:
        text = f"workers={workers!r}, must be an integer from 1 to {MOST_WORKERS}"
        raise PlannerError(f"{text}, or None for one a core")
    return workers
