"""The reference has a row for every number that steers a search, with its default, and for no other."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from models.parameters import Share
from planner import ExplainParameters, GoalParameters, RollingParameters, SearchParameters
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


TOLD = OTHERS = (SearchParameters, GoalParameters, RollingParameters, ExplainParameters)
"""What people can hand over, in the order of the page."""


def told(value: float | tuple[float, ...] | Share) -> str:
    """Give a default as the page has it."""
    if isinstance(value, tuple):
        return ", ".join(map(told, value))
    if not isinstance(value, Share):
        return f"{value:g}" if isinstance(value, float) else str(value)
    least = f", at least {value.least_s:g} s" if value.least_s else ""
    return f"{value.part:g}{least}" + (f", at most {value.most_s:g} s" if value.most_s < inf else "")


def defaults(parameters: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk parameters; give each number, and each share, with its default."""
    for one in fields(parameters):
        value = getattr(parameters, one.name)
        if is_dataclass(value) and not isinstance(value, Share):
            yield from defaults(value, f"{path}{one.name}.")
        else:
            yield path + one.name, told(value)


def own(parameters: Any) -> Iterator[tuple[str, str]]:
    """Give the numbers of a room, but those of rooms that it calls, which stand where these are told."""
    nested = [one.name for one in fields(parameters) if isinstance(getattr(parameters, one.name), OTHERS)]
    return (row for row in defaults(parameters) if row[0].split(".")[0] not in nested)


def test_every_number_has_a_row_with_its_default_and_no_other_has() -> None:
    rows = []
    for line in (ROOT / "docs" / "reference" / "parameters.md").read_text().splitlines():
        if line.startswith("| `"):
            names, values = line.split(" | ")[:2]
            rows += zip(re.findall("`(.+?)`", names), values.split("; "), strict=True)
    assert rows == [row for all_of in TOLD for row in own(all_of())]


def test_every_number_is_asked_for_somewhere() -> None:
    """So that none can be set in vain."""
    code = "".join(
        path.read_text()
        for floor in ("models", "heuristics", "planner")
        for path in (ROOT / floor).rglob("*.py")
    )
    names = {name for all_of in TOLD for path, _ in own(all_of()) for name in path.split(".")}
    assert not {name for name in names if not re.search(rf"\.{name}\b", code)}
