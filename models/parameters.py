"""Parameters: frozen dataclasses whose numbers have a default and a range, checked when they are set."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import reduce
from math import inf
from typing import TYPE_CHECKING, Any, Self, TypeVar

from models.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Mapping

P = TypeVar("P")


def number(default: float, low: float = 0, high: float = inf) -> Any:
    """Give a field with a default and a range, both ends in it."""
    return field(default=default, metadata={"low": low, "high": high})


def numbers(default: tuple[float, ...], low: float = 0, high: float = inf) -> Any:
    """Give a field for several numbers, of which one after another is taken; each in the range."""
    return field(default=default, metadata={"low": low, "high": high})


def counts(default: tuple[int, ...], low: int = 1) -> Any:
    """Give a field for several whole numbers."""
    return field(default=default, metadata={"low": low, "high": inf, "whole": True})


def count(default: int, low: int = 1) -> Any:
    """Give a field for a whole number."""
    return field(default=default, metadata={"low": low, "high": inf, "whole": True})


@dataclass(frozen=True, slots=True)
class Parameters:
    """Base of all parameters: raises ``ValueError`` for a number out of its range."""

    def __post_init__(self) -> None:
        """Check every number against its range."""
        for one in fields(self):
            if "low" not in one.metadata:
                continue
            value, several = getattr(self, one.name), isinstance(one.default, tuple)
            if several and not (isinstance(value, tuple) and value):
                raise PlannerError(f"{type(self).__name__}.{one.name}={value!r}, must be one number or more")
            for each in value if several else (value,):
                if not _is_in_range(each, one.metadata):
                    where, asked = f"{type(self).__name__}.{one.name}", _told(one.metadata)
                    raise PlannerError(f"{where}={value!r}, must be {asked}{' each' if several else ''}")


def _is_in_range(value: object, asked: Mapping[str, Any]) -> bool:
    kind = int if asked.get("whole") else int | float
    if isinstance(value, bool) or not isinstance(value, kind):
        return False
    return bool(asked["low"] <= value <= asked["high"])


def _told(asked: Mapping[str, Any]) -> str:
    low, high = asked["low"], asked["high"]
    span = f">= {low}" if high == inf else f"from {low} to {high}"
    return f"a whole number {span}" if asked.get("whole") else span


@dataclass(frozen=True, slots=True)
class Share(Parameters):
    """How much of the time that is left something may take.

    Parameters
    ----------
    part
        Of what is left, 0 to 1.
    least_s, most_s
        Seconds that it gets at the least, as far as there are any, and at the most.
    """

    part: float = number(1.0, 0, 1)
    least_s: float = number(0.0)
    most_s: float = number(inf)

    def of(self, left_s: float) -> float:
        """Give the seconds, of so many that are left."""
        return min(max(self.part * left_s, self.least_s), self.most_s, left_s)

    def times(self, factor: float) -> Share:
        """Give so many times as much, never more than all."""
        return Share(min(1.0, factor * self.part), factor * self.least_s, factor * self.most_s)


def time_share(part: float, least_s: float = 0.0, most_s: float = inf) -> Any:
    """Give a field for a share of the time."""
    return field(default=Share(part, least_s, most_s))


@dataclass(frozen=True, slots=True)
class RoomParameters(Parameters):
    """Base of all that one room can be told: parameters of several kinds, each number with a path."""

    @classmethod
    def of(cls, *changes: str) -> Self:
        """Give the defaults with some numbers replaced.

        Parameters
        ----------
        changes
            Each as ``name.name=value``, such as ``exact.most_slots=2``.

        Raises
        ------
        PlannerError
            There is no such number, or the value is none, or out of its range.
        """
        return reduce(with_setting, changes, cls())


def with_setting(parameters: P, setting: str) -> P:
    """Give parameters with one number replaced.

    Parameters
    ----------
    setting
        ``name.name=value``, such as ``exact.most_slots=2``; several numbers with commas in between.

    Raises
    ------
    PlannerError
        There is no such number, or the value is none, or out of its range.
    """
    path, _, value = setting.partition("=")
    changed: P = _with(parameters, path.strip().split("."), value.strip(), setting)
    return changed


def _with(parameters: Any, path: list[str], value: str, setting: str) -> Any:
    names = {one.name for one in fields(parameters)}
    if path[0] not in names:
        raise PlannerError(f"{setting!r}: no {path[0]!r}, must be one of {', '.join(sorted(names))}")
    old = getattr(parameters, path[0])
    if is_dataclass(old) != (len(path) > 1):
        raise PlannerError(
            f"{setting!r}: {path[0]!r} {'has several numbers' if is_dataclass(old) else 'is one number'}"
        )
    new = _with(old, path[1:], value, setting) if len(path) > 1 else _parsed(old, value, setting)
    return replace(parameters, **{path[0]: new})


def _parsed(old: Any, value: str, setting: str) -> Any:
    if isinstance(old, tuple):
        return tuple(_parsed(old[0], one, setting) for one in value.split(","))
    try:
        return int(value) if isinstance(old, int) else float(value)
    except ValueError:
        raise PlannerError(
            f"{setting!r}: {value!r} is no {'whole ' if isinstance(old, int) else ''}number"
        ) from None


def settings(parameters: Any, prefix: str = "") -> dict[str, float | tuple[float, ...]]:
    """Give every number by its path, as :func:`with_setting` takes it."""
    found: dict[str, float | tuple[float, ...]] = {}
    for one in fields(parameters):
        value = getattr(parameters, one.name)
        found |= (
            settings(value, f"{prefix}{one.name}.") if is_dataclass(value) else {prefix + one.name: value}
        )
    return found
