"""Ganeti: clusters read from their remote API or from files of ``hbal``, and asked for migrations."""

from planner.clouds.ganeti.adapter import Ganeti, connect
from planner.clouds.ganeti.reading import read
from planner.clouds.ganeti.text import read_text

__all__ = ["Ganeti", "connect", "read", "read_text"]
