"""What the README and the manual link to is there, in the repository as well as on the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, Page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Page) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.prose):
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.is_relative_to(ROOT), (page.name, target)
        assert path.exists(), (page.name, target)
        assert not anchor or anchor in Page(Path(path)).anchors, (page.name, target, anchor)
