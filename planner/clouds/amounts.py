"""Amounts as people write them, read: ``4096``, ``16 GiB``, ``1.5T``."""

from __future__ import annotations

import re
from fractions import Fraction

UNITS = ("k", "m", "g", "t", "p")
"""Prefixes, each 1024 of the one before."""

_AMOUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([kmgtp])(?:ib)?)?\s*", re.IGNORECASE)
"""A space may be one that keeps number and unit on one line; digits are those of ASCII alone."""

_RESOURCE = re.compile(r".*_([kmgtp])ib", re.IGNORECASE | re.ASCII)


def amount(text: str, resource: str) -> int:
    """Give an amount of a resource, in the resource's own unit.

    Parameters
    ----------
    text
        An integer, or where the resource's name ends in a unit (``ram_mib``) a number with a binary unit.
    resource
        The name of the resource.

    Raises
    ------
    ValueError
        It is no such amount; the text says what is allowed.
    """
    found, own = _AMOUNT.fullmatch(text), _RESOURCE.fullmatch(resource)
    allowed = "an integer >= 0" + (", or a size such as 16 GiB" if own else "")
    if found is not None and found[2] and not own:
        raise ValueError(f"must be {allowed}; a size has a name that ends in a unit, such as ram_mib")
    if found is None:
        raise ValueError(f"must be {allowed}")
    value = Fraction(found[1])
    if found[2] and own:
        value *= Fraction(1024) ** (UNITS.index(found[2].lower()) - UNITS.index(own[1].lower()))
    if value.denominator != 1:
        raise ValueError(f"must be {allowed}, a whole number of its unit")
    return int(value)
