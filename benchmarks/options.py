"""What a run is asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

QUICK_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Options:
    """How much to run, and under which limits.

    Parameters
    ----------
    quick
        Few, small pools: under two minutes on two cores.
    seeds
        Random pools of each kind; files and fixed cases: seeds of the planner. None: what a family deems fit.
    time_limit_s
        For every pool, in place of what its kind has. None: its own, though 5 s at most where ``quick``.
    workers
        Threads of the solver. Default: one a core.
    methods
        Each pool is planned by each: ``auto``, or path finders that run alone.
    objective
        What the pool files of folders are planned for: ``moves``, ``ram``, ``custom`` or ``time``.
    measured
        A CSV file of measured migrations, which family ``formula`` needs; None: it has nothing to run.
    settings
        Parameters of the planner, such as ``exact.most_slots=2``; see :mod:`planner.parameters`.
    """

    quick: bool = False
    seeds: int | None = None
    time_limit_s: float | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    methods: tuple[str, ...] = ("auto",)
    objective: str = "moves"
    measured: Path | None = None
    settings: tuple[str, ...] = ()

    def limit_s(self, own: float) -> float:
        """Give the limit of a pool whose kind has a limit of its own."""
        if self.time_limit_s is not None:
            return self.time_limit_s
        return min(own, QUICK_LIMIT_S) if self.quick else own

    def count(self, full: int, quick: int) -> int:
        """Give how many pools of a kind to draw."""
        if self.seeds is not None:
            return self.seeds
        return quick if self.quick else full
