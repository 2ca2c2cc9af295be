"""How functions are compiled, and what they draw; to import this takes a while."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numba import njit

from heuristics.compiled.sources import drop_stale

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
"""Other threads run meanwhile."""

INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
"""To be called from elsewhere takes twice as long to compile; a call that is left hands all of a table over.

That takes longer than most of what is called.
"""

STEP = np.uint64(0x9E3779B97F4A7C15)
"""What is added to a state before each draw."""

Function = TypeVar("Function", bound="Callable[..., Any]")


def outer(function: Function) -> Function:
    """Compile what is called from Python, and keep that on disk where there is a place for it."""
    try:
        compiled: Any = njit(cache=True, **OPTIONS)(function)
    except RuntimeError:
        compiled = njit(**OPTIONS)(function)
    else:
        drop_stale(Path(compiled.stats.cache_path))
    return cast("Function", compiled)


def inner(function: Function) -> Function:
    """Compile what is called by compiled functions only."""
    compiled: Any = njit(**OPTIONS, **INNER)(function)
    return cast("Function", compiled)


def once(function: Function) -> Function:
    """Compile what a compiled function calls in one place, as a part of that function.

    Whatever is compiled by itself has all that it calls in it, so a deep chain of calls is compiled as often
    as it is deep. Worth it for the long ones at the top of such a chain alone: what is put together so takes
    Numba longer than what it spares the machine's compiler where it is itself made of many such parts.
    """
    compiled: Any = njit(inline="always", **OPTIONS)(function)
    return cast("Function", compiled)


@inner
def drawn(state: Any) -> float:
    """Give the number from 0 up to 1 that a state stands for (SplitMix64: Steele, Lea and Flood 2014)."""
    bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits = bits ^ (bits >> np.uint64(31))
    return float(bits >> np.uint64(11)) * 2.0**-53
