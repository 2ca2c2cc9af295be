"""What hosts and VMs are measured in: named integer amounts, and the checks that both share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 2**53 - 1
"""The largest amount: every JSON reader keeps it exact."""

Amount = Annotated[int, Meta(ge=0, le=LARGEST)]
Amounts = dict[str, Amount]
Ratio = Annotated[float, Meta(ge=0)]
Name = Annotated[str, Meta(min_length=1)]
Strings = dict[str, str]


def check_name(kind: str, name: object) -> None:
    """Raise ``ValueError`` unless ``name`` is a non-empty string."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"{kind}: name={name!r}, must be a non-empty string")


def check_amounts(where: str, what: str, amounts: Mapping[str, int]) -> None:
    """Raise ``ValueError`` unless every amount is an integer from 0 to 2^53 - 1."""
    for resource, amount in amounts.items():
        if type(amount) is not int or not 0 <= amount <= LARGEST:
            raise ValueError(f"{where}: {what}.{resource}={amount!r}, must be an integer from 0 to 2^53 - 1")


def check_strings(where: str, what: str, strings: Mapping[str, str]) -> None:
    """Raise ``ValueError`` unless ``strings`` maps strings to strings."""
    for key, value in strings.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise ValueError(f"{where}: {what}.{key}={value!r}, must be a string")
