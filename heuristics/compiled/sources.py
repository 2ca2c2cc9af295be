"""From which sources something was compiled: all of this package."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

OF_SOURCES = "vm-migration-planner.sources"
"""The file in a directory of compiled code that tells of which sources that is."""


@cache
def key_of_sources() -> str:
    """Give what is another one whenever any of them is."""
    package = Path(__file__).parent
    sources = sorted(package.rglob("*.py"))
    return sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


def drop_stale(place: Path) -> None:
    """Drop what is kept in a directory, unless it was compiled from these sources.

    Numba takes it for good as long as the one file is the same that has the function called from Python.
    """
    told = place / OF_SOURCES
    if told.is_file() and told.read_text() == key_of_sources():
        return
    for kept in place.glob("*.nb[ci]"):
        kept.unlink(missing_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    told.write_text(key_of_sources())
