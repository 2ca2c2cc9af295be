"""ALGORITHM.md against the code: what refers to a section finds it, what it names is there."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import pytest

from benchmarks.families import FAMILIES
from planner.search.portfolio import PORTFOLIO
from tests.places import ROOT

TEXT = (ROOT / "ALGORITHM.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
CODE = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for package in ("models", "heuristics", "planner", "benchmarks")
    for path in sorted((ROOT / package).rglob("*.py"))
}
SPANS = sorted(
    set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)))
)


def references() -> list[tuple[str, str]]:
    """Give every (file, section) that a docstring or comment refers to."""
    return [
        (name, section)
        for name, code in CODE.items()
        for section in re.findall(r'ALGORITHM\.md,[\s#]+"([^"]+)"', code)
    ]


def test_the_code_refers_to_sections_that_are_there():
    found = references()
    assert len(found) >= 10
    for name, section in found:
        assert section in HEADINGS, name


def test_every_mention_in_the_code_names_a_section():
    mentions = sum(code.count("ALGORITHM.md") for code in CODE.values())
    assert mentions == len(references())


@pytest.mark.parametrize("stage", PORTFOLIO, ids=lambda stage: f"{stage.name}: {stage.section}")
def test_every_stage_of_the_search_has_a_section(stage):
    assert stage.section in HEADINGS


@pytest.mark.parametrize("path", [span for span in SPANS if re.fullmatch(r"[\w/.]+\.(py|md)", span)])
def test_a_file_that_is_named_is_there(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("span", [span for span in SPANS if re.match(r"[A-Za-z_]\w*(\.\w+)*(\(|\[|$)", span)])
def test_a_name_that_is_named_is_in_the_code(span):
    for part in re.split(r"[\[(]", span)[0].split("."):
        assert any(re.search(rf"\b{part}\b", code) for code in CODE.values()), part


def test_links_within_the_page_lead_to_sections():
    anchors = {heading.lower().replace(" ", "-") for heading in HEADINGS}
    for anchor in re.findall(r"\]\(#([^)]+)\)", TEXT):
        assert anchor in anchors


def test_the_commands_name_families_that_are_there():
    for line in re.findall(r"`python -m benchmarks --families '([^']+)'`", TEXT):
        for pattern in line.split(","):
            assert any(fnmatch(family.name, pattern) for family in FAMILIES), pattern
