"""A real Chromium, and pages in it that note every error and every request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import PATIENCE_MS
from tests.chromium import chromium as chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@dataclass
class Opened:
    """A report in a browser tab."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def run(self, script: str, argument: Any = None) -> Any:
        """Give what a script finds in the page."""
        return self.page.evaluate(script, argument)

    def goto(self, step: float) -> None:
        """Go to a step of the plan."""
        self.run("step => vmplan.goto(step)", step)

    @property
    def step(self) -> float:
        """The step it is at."""
        return self.run("vmplan.step()")

    def bars(self, which: str = "now") -> list[dict[str, str]]:
        """Give the figures of the bars that are in the page now."""
        return self.run(
            "which => [...document.querySelectorAll(`#grid .bar[data-which=${which}]`)]"
            ".map(bar => ({...bar.dataset}))",
            which,
        )


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Open a page from its HTML; at the end of the test it has logged no error and asked for nothing."""
    tabs: list[tuple[Opened, str]] = []

    def open_page(html: str, **options: Any) -> Opened:
        file = tmp_path / f"report{len(tabs)}.html"
        file.write_text(html, encoding="utf-8")
        options.setdefault("viewport", {"width": 1280, "height": 800})
        tab = Opened(chromium.new_context(**options).new_page())
        tab.page.set_default_timeout(PATIENCE_MS)
        tab.page.on(
            "console",
            lambda message: message.type in ("error", "warning") and tab.errors.append(message.text),
        )
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.on(
            "dialog", lambda dialog: (tab.errors.append(f"dialog {dialog.message}"), dialog.dismiss())
        )
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.goto(file.as_uri())
        tabs.append((tab, file.as_uri()))
        return tab

    yield open_page
    for tab, address in tabs:
        tab.page.context.close()
        assert tab.errors == []
        assert [url for url in tab.requests if url != address and not url.startswith("data:")] == []
