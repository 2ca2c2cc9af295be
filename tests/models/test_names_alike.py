"""Names that somebody may have meant."""

from __future__ import annotations

import pytest

from models.names_alike import alike

KNOWN = ["h1", "h22", "db.example.org", "node01", "node12", "10.11.12.13"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("H1", "; alike: h1", id="capitals"),
        pytest.param("h1.example.org", "; alike: h1", id="with its domain"),
        pytest.param("db", "; alike: db.example.org", id="without its domain"),
        pytest.param("node1", "; alike: node12, node01", id="misspelt"),
        pytest.param("10.0.0.7", "", id="an address has no domain"),
        pytest.param("x", "", id="nothing alike"),
    ],
)
def test_who_may_be_meant_is_named(name, said):
    assert alike(name, KNOWN) == said
