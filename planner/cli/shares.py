"""``--warn-above RES=SHARE``: what the option of ``plan`` and ``report`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from models.state import PoolState


def parse_shares(state: PoolState, options: tuple[str, ...]) -> dict[str, float]:
    """Give resource -> share; a share is a number, or a percentage such as 90%.

    Raises
    ------
    click.UsageError
        No such form, a resource that the pool does not have or that is given twice, or a share out of range.
    """
    known = state.resources
    shares: dict[str, float] = {}
    for option in options:
        resource, _, share = option.rpartition("=")
        if not resource:
            raise click.UsageError(f"--warn-above {option}: expected RES=SHARE, such as ram_mib=0.9")
        if resource in shares:
            raise click.UsageError(f"--warn-above {option}: {resource} is given twice")
        if resource not in known:
            names = ", ".join(known) or "none"
            raise click.UsageError(f"--warn-above {option}: unknown resource, known are {names}")
        shares[resource] = _share(option, share)
    return shares


def _share(option: str, text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise click.UsageError(f"--warn-above {option}: the share must be above 0 and at most 1 (or 100%)")
    return share
