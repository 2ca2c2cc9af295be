"""What the options of goals say: a share, and amounts of resources."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import click

from models.amounts import LARGEST
from planner.clouds.amounts import amount

MOST_CHARACTERS = 40
"""No amount is longer."""

_SHORT = re.compile(r"[^e]*(?:e[+-]?[0-9]{1,2}%?)?", re.IGNORECASE)
"""A number whose power of ten is written out in no time: 1e-9, not 1e-999999999."""


class ShareType(click.ParamType[Fraction]):
    """A share from 0 to 1, exactly as written, or a percentage such as 15%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Read it, or fail in words."""
        text = str(value)
        try:
            if not _SHORT.fullmatch(text):
                raise ValueError
            share = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no share, expected a number from 0 to 1, or a percentage.", param, ctx)
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is out of range, a share is from 0 to 1 (or 100%).", param, ctx)
        return share


def parse_amounts(options: tuple[str, ...]) -> dict[str, int]:
    """Give resource -> amount of options such as ``ram_mib=8192`` or ``ram_mib=8 GiB``.

    Raises
    ------
    click.UsageError
        No such form, an amount that is no whole number of its unit from 0 to 2^53 - 1, or a resource given
        twice.
    """
    amounts: dict[str, int] = {}
    for option in options:
        resource, _, text = option.rpartition("=")
        if not resource:
            raise click.UsageError(f"--demand {option:.60}: expected R=N, such as ram_mib=8192")
        # The length first: Python reads no number of thousands of digits.
        size = (text.lstrip("0") or "0") if text.isdecimal() else text
        try:
            value = amount(size, resource) if len(size) <= MOST_CHARACTERS else LARGEST + 1
        except ValueError as error:
            raise click.UsageError(f"--demand {option:.60}: {error}") from None
        if value > LARGEST:
            raise click.UsageError(f"--demand {option:.60}: must be up to 2^53 - 1")
        if resource in amounts:
            raise click.UsageError(f"--demand {option}: {resource} is given twice")
        amounts[resource] = value
    return amounts
