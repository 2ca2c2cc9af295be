"""Explaining in tests: one worker and a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner import Explanation, explain
from tests.planner.solving import LIMIT_S

if TYPE_CHECKING:
    from models import Pool


def told(of: Pool, **options) -> Explanation:
    """Explain with one worker and a seed."""
    return explain(of.current, of.target, **({"seed": 0, "workers": 1, "time_limit_s": LIMIT_S} | options))
