"""The planner with all its options chosen: what a soak test, a game and a player ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from planner.plan import plan
from planner.verdict.sentences import Claim

if TYPE_CHECKING:
    from models.objective import Objective
    from models.plan import Plan
    from models.pool import Pool


class Reply(Claim, Protocol):
    """What is read of a planner's result by those who need not know how it came about."""

    @property
    def plan(self) -> Plan | None:
        """The plan, where there is one."""
        ...


Ask = Callable[["Pool"], Reply]
"""A planner with all its options chosen."""


def asker(
    objective: Objective = "moves", time_limit_s: float = 30.0, seed: int = 0, workers: int | None = None
) -> Ask:
    """Give the planner with these options.

    Ctrl-C raises ``KeyboardInterrupt``, whatever was found by then.
    """

    def ask(pool: Pool) -> Reply:
        result = plan(
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
