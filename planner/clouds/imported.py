"""A pool that was read, on its way into a pool file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from models.bytes_io import write_bytes
from models.pool import Pool
from models.pool_file import PoolFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from models.state import PoolState


@dataclass(frozen=True, slots=True)
class Imported:
    """A pool that was read: who is where, where the source has one the target, and what could not be said.

    Parameters
    ----------
    target
        VM name -> host name; None where the source has no target.
    warnings
        What the source says and a pool cannot, and what was left out; a sentence each.
    """

    state: PoolState
    target: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()

    def write(self, path: str | Path) -> None:
        """Write a pool file, ``-`` for standard output."""
        target = self.state if self.target is None else self.state.placed(self.target)
        content = msgspec.to_builtins(PoolFile.of(Pool(self.state, target)))
        if self.target is None:
            del content["target"]
        write_bytes(path, msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
