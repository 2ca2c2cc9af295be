"""The manual builds without a warning, and nothing on its pages is fetched from another host."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from typing import TYPE_CHECKING

import pytest

from tests.chromium import PATIENCE_MS
from tests.docs.pages import ROOT, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

FETCHED = re.compile(
    r"<(?:script|img|iframe|source|audio|video|embed|input)\b[^>]*?\s(?:src|srcset)=[\"']?(?P<src>[^\"'\s>]+)"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|icon|preload|preconnect|prefetch|dns-prefetch|modulepreload))"
    r"[^>]*?\shref=[\"']?(?P<href>[^\"'\s>]+)",
    re.IGNORECASE,
)
IN_CSS = re.compile(r"(?:url\(|@import\s+)[\"']?([^\"')\s]+)")
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)


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


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the site, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """Give where the site is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
def test_a_browser_asks_no_other_host_and_the_search_finds_a_command(address: str, chromium: Browser) -> None:
    page, asked = chromium.new_page(), []
    page.set_default_timeout(PATIENCE_MS)
    page.on("request", lambda request: asked.append(request.url))
    for name in ("index.html", "tutorial/friday-evening.html", "ALGORITHM.html"):
        page.goto(f"{address}/{name}")
    page.keyboard.press("/")
    page.keyboard.type("drain")
    page.locator(".md-search-result__item").first.wait_for(state="attached")
    page.close()
    assert asked
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:" + address))]


@pytest.mark.browser
def test_opened_from_the_disk_the_search_finds_a_command_too(site: Path, chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto((site / "tutorial" / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("drain")
    page.locator(".md-search-result__item").first.wait_for(state="attached")
    page.close()
