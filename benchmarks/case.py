"""A case: one pool that is to be planned, from a generator or from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.jobs import PlanJob
    from models import Pool


@dataclass(frozen=True, slots=True)
class Case:
    """What to plan, and where its pool comes from.

    Parameters
    ----------
    job
        What is to be measured, and under which name it is kept.
    source
        The pool file, or what makes the pool.
    """

    job: PlanJob
    source: Path | Callable[[], Pool]
