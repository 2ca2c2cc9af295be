"""What hosts and VMs are measured in: named integer amounts, and the checks that both share."""

from __future__ import annotations

from math import inf
from sys import float_info
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from models.errors import PlannerError
from models.mistakes import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 2**53 - 1
"""The largest amount: every JSON reader keeps it exact."""

LONGEST_S = 10**9
"""The longest that one action may take, in seconds: sums of many stay far below what a solver counts to."""

FASTEST_MBPS = 10**9
"""The highest rate, for the same reason."""

Amount = Annotated[int, Meta(ge=0, le=LARGEST)]
Amounts = dict[str, Amount]
Count = Annotated[int, Meta(ge=1, le=LARGEST)]
Number = Annotated[float, Meta(ge=0)]
Rate = Annotated[float, Meta(gt=0, le=FASTEST_MBPS)]
Ratio = Annotated[float, Meta(ge=0)]
Seconds = Annotated[int, Meta(ge=0, le=LONGEST_S)]
Share = Annotated[float, Meta(gt=0, le=1)]
Measured = Annotated[int, Meta(ge=1, le=LONGEST_S)]
Name = Annotated[str, Meta(min_length=1)]
Strings = dict[str, str]


def check_name(kind: str, name: object) -> None:
    """Raise ``PlannerError`` unless ``name`` is a non-empty string."""
    if not isinstance(name, str) or not name:
        raise PlannerError(f"{kind}: name={name!r}, must be a non-empty string")


def check_text(where: str, what: str, text: object) -> None:
    """Raise ``PlannerError`` unless ``text`` is a non-empty string."""
    if not isinstance(text, str) or not text:
        raise PlannerError(f"{where}: {what}={text!r}, must be a non-empty string")


def check_flag(where: str, what: str, flag: object) -> None:
    """Raise ``PlannerError`` unless ``flag`` is a bool."""
    if flag is not True and flag is not False:
        raise PlannerError(f"{where}: {what}={flag!r}, must be true or false")


def check_amount(where: str, what: str, amount: object) -> None:
    """Raise ``PlannerError`` unless ``amount`` is an integer from 0 to 2^53 - 1."""
    if type(amount) is not int or not 0 <= amount <= LARGEST:
        raise PlannerError(f"{where}: {what}={amount!r}, must be an integer from 0 to 2^53 - 1")


def check_count(where: str, what: str, count: object) -> None:
    """Raise ``PlannerError`` unless ``count`` is an integer from 1 to 2^53 - 1."""
    if type(count) is not int or not 1 <= count <= LARGEST:
        raise PlannerError(f"{where}: {what}={count!r}, must be an integer from 1 to 2^53 - 1")


def check_seconds(where: str, what: str, seconds: object, least: int) -> None:
    """Raise ``PlannerError`` unless ``seconds`` is an integer from ``least`` to 10^9."""
    if type(seconds) is not int or not least <= seconds <= LONGEST_S:
        raise PlannerError(f"{where}: {what}={seconds!r}, must be an integer from {least} to 10^9")


def check_number(where: str, what: str, number: object) -> None:
    """Raise ``PlannerError`` unless ``number`` is finite and >= 0."""
    # The comparisons are false for NaN, and take an integer that is too long for a float.
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < inf:
        raise PlannerError(f"{where}: {what}={number!r}, must be a finite number >= 0")


def check_float(where: str, what: str, number: object) -> None:
    """Raise ``PlannerError`` unless ``number`` is >= 0, and no longer than a float, which it becomes."""
    check_number(where, what, number)
    if isinstance(number, int) and number > float_info.max:
        raise PlannerError(f"{where}: {what}: {shown(number)}, must be at most {float_info.max:.3g}")


def check_rate(where: str, what: str, rate: object) -> None:
    """Raise ``PlannerError`` unless ``rate`` is above 0 and at most 10^9."""
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= FASTEST_MBPS:
        raise PlannerError(f"{where}: {what}={rate!r}, must be a number above 0, at most 10^9")


def check_amounts(where: str, what: str, amounts: Mapping[str, int]) -> None:
    """Raise ``PlannerError`` unless ``amounts`` maps strings to integers from 0 to 2^53 - 1."""
    check_dict(where, what, amounts)
    for resource, amount in amounts.items():
        if not isinstance(resource, str):
            raise PlannerError(f"{where}: {what} has {resource!r}, resources must be strings")
        if type(amount) is not int or not 0 <= amount <= LARGEST:
            raise PlannerError(
                f"{where}: {what}.{resource}={amount!r}, must be an integer from 0 to 2^53 - 1"
            )


def check_strings(where: str, what: str, strings: Mapping[str, str]) -> None:
    """Raise ``PlannerError`` unless ``strings`` maps strings to strings."""
    check_dict(where, what, strings)
    for key, value in strings.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise PlannerError(f"{where}: {what}.{key}={value!r}, must be a string")


def check_dict(where: str, what: str, mapping: object) -> None:
    """Raise ``PlannerError`` unless ``mapping`` is a dict."""
    if not isinstance(mapping, dict):
        raise PlannerError(f"{where}: {what}={mapping!r}, must be a dict")


def checked_traits(where: str, what: str, traits: object) -> tuple[str, ...]:
    """Give strings as a tuple; raise ``PlannerError`` unless they come as a list or a tuple."""
    if not isinstance(traits, list | tuple) or not all(isinstance(trait, str) for trait in traits):
        raise PlannerError(f"{where}: {what}={traits!r}, must be a list of strings")
    return tuple(traits)
