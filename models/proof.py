"""The proof file, ``vm-proof/1``: a bound, or that no plan exists, to be checked without a solver."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

Claim = Literal["bound", "impossible"]
By = Literal["mandatory", "conflicts", "stuck", "exhaustive", "none"]
Weight = Annotated[str, Meta(pattern=r"^[0-9]+(/[1-9][0-9]*)?$", max_length=1_000)]
"""A fraction, no longer than Python reads as a number."""


class Conflict(Struct, frozen=True, forbid_unknown_fields=True):
    """VMs that cannot all go straight home, or stay, whoever else makes way.

    Parameters
    ----------
    vms
        Their names. At most 20 of them are displaced, so that all their orders can be looked at.
    weight
        What it counts in the bound, a fraction such as ``1/2``.
    """

    vms: tuple[str, ...]
    weight: Weight = "1"

    @property
    def share(self) -> Fraction:
        """The weight as a number."""
        return Fraction(self.weight)


class Proof(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands behind a verdict; ALGORITHM.md, "Certificates", says why it is enough.

    Parameters
    ----------
    claim
        ``bound``: no plan costs less than ``bound``; ``impossible``: no plan exists.
    by
        ``mandatory``: each displaced VM pays its least; ``conflicts``: and these pay for more; ``stuck``:
        these VMs are in each other's way for ever; ``exhaustive``: look at every placement; ``none``: the
        solver says so, and nothing that can be checked without one stands behind it.
    objective
        What a migration costs; ``moves``, ``ram`` or ``custom``.
    bound
        The bound that is claimed; None for ``impossible``.
    conflicts
        With ``by`` = ``conflicts``.
    stuck
        VMs of which none can ever move while only they take room.
    conflict
        A conflict of VMs none of which may step aside or be stopped.
    """

    format: Literal["vm-proof/1"] = "vm-proof/1"
    claim: Claim
    by: By
    objective: str = "moves"
    bound: int | None = None
    conflicts: tuple[Conflict, ...] = ()
    stuck: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
