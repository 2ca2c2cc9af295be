"""Asking the planner, and saying in a sentence what it proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from rich.status import Status

import planner
from planner.views.screen import paper

if TYPE_CHECKING:
    from typing import TextIO

    from models.objective import Objective
    from models.plan import Plan
    from models.pool import Pool

NOUNS = {"moves": "migrations", "ram": "MiB migrated"}
"""Objective -> what its cost counts."""


class Answer(Protocol):
    """What the views read of a planner's result."""

    @property
    def status(self) -> str:
        """Give ``optimal``, ``feasible``, ``infeasible`` or ``no_plan_found``."""
        ...

    @property
    def plan(self) -> Plan | None:
        """The plan, where there is one."""
        ...

    @property
    def cost(self) -> int | None:
        """What it costs."""
        ...

    @property
    def bound(self) -> float | None:
        """What every plan costs at least, proven; None where nothing is."""
        ...

    @property
    def reason(self) -> str | None:
        """Why there is no plan."""
        ...


Ask = Callable[["Pool"], Answer]
"""A planner with all its options chosen."""


def asker(
    objective: Objective = "moves", time_limit_s: float = 30.0, seed: int = 0, workers: int | None = None
) -> Ask:
    """Give the planner with these options.

    Ctrl-C raises ``KeyboardInterrupt``, whatever was found by then.
    """

    def ask(pool: Pool) -> Answer:
        result = planner.plan(
            pool.current,
            pool.target,
            objective=objective,
            time_limit_s=time_limit_s,
            seed=seed,
            workers=workers,
        )
        if result.interrupted:
            raise KeyboardInterrupt  # who watches wants to leave, not to see half a proof
        return result

    return ask


def with_spinner(ask: Ask, stream: TextIO, words: str = "planning") -> Ask:
    """Give the same planner, which turns a wheel on a terminal while it thinks."""

    def patient(pool: Pool) -> Answer:
        console = paper(stream)
        if not console.is_terminal:
            return ask(pool)
        with Status(f"{words} ...", console=console):
            return ask(pool)

    return patient


def verdict(answer: Answer, objective: str = "moves") -> str:
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
