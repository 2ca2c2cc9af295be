"""The command line, run in the test process."""

from __future__ import annotations

import pytest

from tests.planner.cli.running import Vmplan


@pytest.fixture
def vmplan(capfd, monkeypatch, tmp_path):
    """Run ``vmplan`` with arguments; its home is an empty folder."""
    return Vmplan(capfd, monkeypatch, tmp_path)
