"""What a goal asked for and what it could choose from, as a plan file says it."""

from __future__ import annotations

from msgspec import Struct


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """A VM that there was nothing to choose about, and why."""

    vm: str
    why: str


class GoalTold(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A goal in words.

    Parameters
    ----------
    asked
        What was wanted: ``nothing is left on node6``.
    free
        How many VMs could stay or move as it needs.
    found
        How well it is met, where there is a better and a worse: ``4 hosts more are empty``.
    held
        The VMs that could not.
    """

    asked: str
    free: int
    found: str | None = None
    held: tuple[Held, ...] = ()
