"""What was proven, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.result import Claim

NOUNS = {"moves": "migrations", "ram": "MiB migrated"}
"""Objective -> what its cost counts."""


def verdict(answer: Claim, objective: str = "moves") -> str:
    """Say in a sentence what was proven."""
    noun = NOUNS.get(objective, "in cost")
    match answer.status:
        case "optimal":
            return f"Optimal, proven: no plan takes fewer than {answer.cost:,} {noun}."
        case "feasible" if answer.bound is None:
            return f"Takes {answer.cost:,} {noun}; how few it could be is not proven."
        case "feasible":
            return f"Takes {answer.cost:,} {noun}; proven: no plan takes fewer than {answer.bound:,} {noun}."
        case "infeasible":
            return f"Proven: no plan exists. {answer.reason or ''}".rstrip()
        case _:
            return f"No plan found within the limit. {answer.reason or ''}".rstrip()


def astray(count: int) -> str:
    """Say how many VMs are not at their targets."""
    return "1 VM is not where it shall be" if count == 1 else f"{count:,} VMs are not where they shall be"
