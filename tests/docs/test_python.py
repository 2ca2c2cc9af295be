"""The reference of Python, rules and path finders has a row for each that is there, and for no other."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

import heuristics
import models
import planner
from models import rules
from planner import execution
from tests.docs.pages import ROOT, Page, first_cells

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

REFERENCE = ROOT / "docs" / "reference"


def public(kind: type) -> set[str]:
    """Give what a class shows to its users."""
    return {name for name in dir(kind) if not name.startswith("_")}


def named(package: ModuleType) -> set[str]:
    """Give the names that the classes of a package go by."""
    classes = [one for one in vars(package).values() if isinstance(one, type)]
    return {one.name for one in classes if isinstance(getattr(one, "name", None), str)}


SECTIONS = [
    ("python.md", "planner", planner.__all__),
    ("python.md", "models", models.__all__),
    ("python.md", "heuristics", heuristics.__all__),
    ("python.md", "planner.execution", execution.__all__),
    ("python.md", "plan", inspect.signature(planner.plan).parameters),
    ("python.md", "Result", public(planner.Result)),
    ("rules.md", "The rules", named(rules)),
    ("path-finders.md", "The path finders", named(heuristics)),
]


@pytest.mark.parametrize(("name", "title", "wanted"), SECTIONS, ids=[title for _, title, _ in SECTIONS])
def test_a_section_has_a_row_for_each_name_and_for_no_other(
    name: str, title: str, wanted: Iterable[str]
) -> None:
    rows, names = first_cells(Page(REFERENCE / name).section(title)), set(wanted)
    place = f"docs/reference/{name}, section '## {title}'"
    assert not names - rows, f"{place}: add a row for {sorted(names - rows)}"
    assert not rows - names, f"{place}: no such name: {sorted(rows - names)}"


def test_who_writes_a_goal_is_told_of_all_that_it_may_say() -> None:
    """What is asked of it, and not said by it, aside."""
    page = Page(ROOT / "docs" / "how-to" / "write-a-goal.md")
    missing = {it for it in public(planner.Goal) - {"allows", "within_words"} if f"`{it}`" not in page.prose}
    shown = {it for it in missing if f"def {it}(" in page.text or f"{it} = " in page.text}
    assert not missing - shown, f"{page.name}: say what {sorted(missing - shown)} is for"
