"""What walks of shifts and steps over orders both do with their tables."""

from __future__ import annotations

from typing import Any

from heuristics.compiled.functions import STEP, drawn, inner


@inner
def draw(table: Any) -> float:
    """Draw a number from 0 up to 1."""
    search = table.search[0]
    search.random += STEP
    return drawn(search.random)


@inner
def kind_of(table: Any, vm: int, host: int) -> int:
    """Tell what kind of host one is to a VM, as :class:`heuristics.permits.Permits` has it."""
    one, kinds = table.vms[vm], table.may.shape[1]
    if host == one.target:
        return int(kinds - 1)
    return int(kinds - 2 if host == one.source else table.hosts[host].kind)
