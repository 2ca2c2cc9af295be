"""The built manual, and a browser to open it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chromium import chromium as chromium
from tests.docs.pages import build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the built manual."""
    folder: Path = tmp_path_factory.mktemp("manual") / "site"
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder
