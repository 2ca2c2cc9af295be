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


def check_text(where: str, what: str, text: object) -> None:
    """Raise ``ValueError`` unless ``text`` is a non-empty string."""
    if not isinstance(text, str) or not text:
        raise ValueError(f"{where}: {what}={text!r}, must be a non-empty string")


def check_flag(where: str, what: str, flag: object) -> None:
    """Raise ``ValueError`` unless ``flag`` is a bool."""
    if flag is not True and flag is not False:
        raise ValueError(f"{where}: {what}={flag!r}, must be true or false")


def check_amounts(where: str, what: str, amounts: Mapping[str, int]) -> None:
    """Raise ``ValueError`` unless ``amounts`` maps strings to integers from 0 to 2^53 - 1."""
    check_dict(where, what, amounts)
    for resource, amount in amounts.items():
        if type(amount) is not int or not 0 <= amount <= LARGEST:
            raise ValueError(f"{where}: {what}.{resource}={amount!r}, must be an integer from 0 to 2^53 - 1")


def check_strings(where: str, what: str, strings: Mapping[str, str]) -> None:
    """Raise ``ValueError`` unless ``strings`` maps strings to strings."""
    check_dict(where, what, strings)
    for key, value in strings.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise ValueError(f"{where}: {what}.{key}={value!r}, must be a string")


def check_dict(where: str, what: str, mapping: object) -> None:
    """Raise ``ValueError`` unless ``mapping`` is a dict."""
    if not isinstance(mapping, dict):
        raise ValueError(f"{where}: {what}={mapping!r}, must be a dict")


def checked_traits(where: str, what: str, traits: object) -> tuple[str, ...]:
    """Give strings as a tuple; raise ``ValueError`` unless they come as a list or a tuple."""
    if not isinstance(traits, list | tuple) or not all(isinstance(trait, str) for trait in traits):
        raise ValueError(f"{where}: {what}={traits!r}, must be a list of strings")
    return tuple(traits)
