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


NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*(\(|\[|$)")
FILE = re.compile(r"[\w/.]+\.(py|md)")


def parts(span: str) -> list[str]:
    """Give the parts of a name, without what it is called with."""
    return re.split(r"[\[(]", span)[0].split(".")


def spans(text: str) -> list[str]:
    """Give what a text quotes as code."""
    return re.findall(r"`([^`\n]+)`", text)


def names_in_files() -> list[tuple[str, tuple[str, ...]]]:
    """Give every (name, files it should be in one of) of the rows of tables that say files."""
    rows = []
    for line in re.findall(r"^\|.*\|$", TEXT, re.MULTILINE):
        files = tuple(span for span in spans(line) if FILE.fullmatch(span) and span in CODE)
        names = [span for span in spans(line) if NAME.match(span) and not FILE.fullmatch(span)]
        rows += [(name, files) for name in names if files]
    return rows


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


def test_the_order_of_the_stages_is_that_of_the_search():
    told = TEXT[TEXT.index("\nThe stages run in this order") :].partition("\n## ")[0]
    anchors = [
        stage.section.lower().replace(" ", "-") for stage in PORTFOLIO if stage.section != "The problem"
    ]
    assert re.findall(r"\]\(#([^)]+)\)", told) == list(dict.fromkeys(anchors))


@pytest.mark.parametrize("path", [span for span in SPANS if FILE.fullmatch(span)])
def test_a_file_that_is_named_is_there(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("span", [span for span in SPANS if NAME.match(span)])
def test_a_name_that_is_named_is_in_the_code(span):
    for part in parts(span):
        assert any(re.search(rf"\b{part}\b", code) for code in CODE.values()), part


@pytest.mark.parametrize(("name", "files"), names_in_files())
def test_a_name_in_a_row_that_says_files_is_in_one_of_them(name, files):
    of_one = [all(re.search(rf"\b{part}\b", CODE[file]) for part in parts(name)) for file in files]
    assert any(of_one)


def test_links_within_the_page_lead_to_sections():
    anchors = {heading.lower().replace(" ", "-") for heading in HEADINGS}
    for anchor in re.findall(r"\]\(#([^)]+)\)", TEXT):
        assert anchor in anchors


def test_the_commands_name_families_that_are_there():
    for line in re.findall(r"`python -m benchmarks --families '([^']+)'`", TEXT):
        for pattern in line.split(","):
            assert any(fnmatch(family.name, pattern) for family in FAMILIES), pattern
