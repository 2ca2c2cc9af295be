"""What the tests of more than one room ask for."""

from __future__ import annotations

import pytest


@pytest.fixture
def by_solver(monkeypatch):
    """Leave small pools to the solver."""
    monkeypatch.setattr("planner.search.stages.is_tiny", lambda _: False)
    monkeypatch.setattr("planner.search.stages.passes", lambda *_: iter(()))
