"""Moves, the integers that a search is about."""

from __future__ import annotations

OFF = -1
"""The host of a VM that is stopped."""

Move = tuple[int, int]
"""(vm, host): the VM goes to that host; to ``OFF`` it is stopped, from there it is started."""
