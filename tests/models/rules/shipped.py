"""The rules that come with the planner: those of every pool, and those that a pool file may ask for."""

from __future__ import annotations

from models import rules
from models.rules import Rule

EXPORTED = [getattr(rules, name) for name in rules.__all__]

SHIPPED = [
    one for one in EXPORTED if isinstance(one, type) and issubclass(one, Rule) and hasattr(one, "name")
]
"""Their classes; the three kinds, which have no name, aside."""
