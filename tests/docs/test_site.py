"""The manual builds without a warning, and nothing on its pages is fetched from another host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FETCHED = re.compile(
    r"<(?:script|img|iframe|source|audio|video|embed|input)\b[^>]*?\s(?:src|srcset)=[\"']?(?P<src>[^\"'\s>]+)"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|icon|preload|preconnect|prefetch|dns-prefetch|modulepreload))"
    r"[^>]*?\shref=[\"']?(?P<href>[^\"'\s>]+)",
    re.IGNORECASE,
)
IN_CSS = re.compile(r"(?:url\(|@import\s+)[\"']?([^\"')\s]+)")
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build a site as ``make docs`` does.

    Not with ``--quiet``: it keeps ``--strict`` from seeing the warnings.
    """
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", *options, "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the built manual."""
    folder: Path = tmp_path_factory.mktemp("manual") / "site"
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder


def fetched(html: str) -> list[str]:
    """Give what a browser fetches for a page by itself."""
    return [match["src"] or match["href"] for match in FETCHED.finditer(html)]


def test_every_page_is_built_and_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert {"index.html", "ALGORITHM.html", "pool-file.html"} <= {page.name for page in pages}
    for page in pages:
        wanted = fetched(page.read_text(encoding="utf-8"))
        assert wanted
        assert not [url for url in wanted if ELSEWHERE.match(url)], page


def test_no_style_fetches_anything_from_elsewhere(site: Path) -> None:
    for style in site.rglob("*.css"):
        urls = IN_CSS.findall(style.read_text(encoding="utf-8"))
        assert not [url for url in urls if ELSEWHERE.match(url)], style


def test_what_is_fetched_is_seen_in_any_spelling() -> None:
    elsewhere = [
        "<script defer src=//a.example/x.js>",
        '<link href="https://a.example/x.css" rel="stylesheet">',
        "<link rel=preconnect href=https://a.example crossorigin>",
        "<img alt='a' src='http://a.example/x.png'>",
    ]
    for tag in elsewhere:
        assert [ELSEWHERE.match(url) is not None for url in fetched(tag)] == [True], tag
    assert not fetched('<a href="https://a.example">there</a>')


def test_a_broken_link_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Here\n\n[gone](gone.md)\n", encoding="utf-8")
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    alone = settings[: settings.index("\nnav:")].replace("docs/hooks.py", str(ROOT / "docs" / "hooks.py"))
    (tmp_path / "mkdocs.yml").write_text(alone, encoding="utf-8")
    built = build(tmp_path / "site", "--config-file", str(tmp_path / "mkdocs.yml"))
    assert built.returncode != 0
    assert "gone.md" in built.stderr
