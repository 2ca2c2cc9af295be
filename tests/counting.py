"""How much work something is, by what is counted and not by a clock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def steps_of(function: Callable[[], object]) -> int:
    """Give how many lines of Python run, those of loops each time."""
    steps, before = 0, sys.gettrace()

    def count(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    sys.settrace(count)
    try:
        function()
    finally:
        sys.settrace(before)
    return steps
