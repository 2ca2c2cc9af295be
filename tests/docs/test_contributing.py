"""CONTRIBUTING.md against the code: what it names for those who change something is there."""

from __future__ import annotations

import re

import pytest

from tests.places import ROOT

PACKAGES = ("models", "heuristics", "planner", "benchmarks", "tests")
WORDS = {
    word
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
}
SPANS = sorted(set(re.findall(r"`([^`\n]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))))


@pytest.mark.parametrize("span", [it for it in SPANS if re.fullmatch(r"_\w+|[A-Z][A-Za-z]+|[A-Z_]{2,}", it)])
def test_a_private_name_class_or_table_that_is_named_is_in_the_code(span):
    assert span in WORDS


@pytest.mark.parametrize("span", [it for it in SPANS if re.fullmatch(r"[a-z_]+/[\w/.]+\.(py|md)", it)])
def test_a_file_that_is_named_is_there(span):
    assert (ROOT / span).is_file() or re.search("[A-Z]{2,}", span), "what one puts in is in capitals"
