"""The fixed cases of the origin, Adam Spiers' VM migration path finder, with the figures known of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models import Pool, read_pool
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "benchmarks" / "cases"


@dataclass(frozen=True, slots=True)
class SeedCase:
    """One pool, and what its best plans cost.

    Parameters
    ----------
    name
        The stem of its file in ``benchmarks/cases``.
    best_moves, best_ram
        The true optimum by objective, found by exhaustive search; None where no plan exists.
    his_moves, his_ram
        The origin's plan; None where it has none, or its RAM was not given.
    """

    name: str
    best_moves: int | None
    best_ram: int | None
    his_moves: int | None
    his_ram: int | None

    @property
    def path(self) -> Path:
        """Its pool file."""
        return FOLDER / f"{self.name}.json"

    def pool(self) -> Pool:
        """Read it, checked."""
        pool = read_pool(self.path)
        pool.check()
        return pool

    def data(self) -> dict[str, Any]:
        """Give the file as plain JSON."""
        return json.loads(self.path.read_text())

    def best(self, objective: str) -> int | None:
        """Give the optimum by objective, ``moves`` or ``ram``."""
        return {"moves": self.best_moves, "ram": self.best_ram}[objective]


SEED_CASES = (
    SeedCase("simple_swap", 2, 512, 2, 512),
    SeedCase("simple_cessation", 2, 6512, 2, 6512),
    SeedCase("swap_with_one_temp", 3, 9768, 3, 9768),
    SeedCase("complex_swap", 3, 9700, 3, 9700),
    SeedCase("complex_pair_swap", 4, 4375, 4, 4375),
    SeedCase("shutdown_and_swap", 2, 1280, 2, 1280),
    SeedCase("tricky", 5, 3850, 5, 3850),
    SeedCase("chain4", 10, 2690, 12, 3960),
    SeedCase("chain6", 11, 3030, 13, 4360),
    SeedCase("simple_deadlock", None, None, None, None),
    SeedCase("weird", 4, 7365, 4, 7365),
    SeedCase("circles", 4, 4798, 4, 4798),
    SeedCase("slow", 10, 12368, 10, 12368),
    SeedCase("case_study_1", 8, 270, 8, None),
)
SOLVABLE = tuple(case for case in SEED_CASES if case.best_moves is not None)
