"""The results kept: JSON lines, one per job, appended as they come, so that a run can be taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.lines import AnyLine

if TYPE_CHECKING:
    from pathlib import Path

_decode = msgspec.json.Decoder(AnyLine).decode


class Store:
    """A file of lines; of two with the same key the later counts.

    Parameters
    ----------
    path
        The file; it and its folder are made with the first line.

    Raises
    ------
    OSError
        It is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[str, AnyLine] = {}
        self._torn = False
        if path.exists():
            self._read(path.read_bytes())

    def _read(self, data: bytes) -> None:
        # A run that was killed leaves half a line: it is passed over, and the next one starts on its own.
        self._torn = bool(data) and not data.endswith(b"\n")
        for text in data.splitlines():
            try:
                line = _decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            self._lines[line.job.key] = line

    def get(self, key: str) -> AnyLine | None:
        """Give the line of a job, if it came to figures; one that failed is tried again."""
        line = self.last(key)
        return None if line is None or line.error is not None else line

    def last(self, key: str) -> AnyLine | None:
        """Give the last line of a job, be it a failure."""
        return self._lines.get(key)

    def add(self, line: AnyLine) -> None:
        """Append a line, at once."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write((b"\n" if self._torn else b"") + msgspec.json.encode(line) + b"\n")
        self._torn = False
        self._lines[line.job.key] = line

    def clear(self) -> None:
        """Start anew."""
        self.path.unlink(missing_ok=True)
        self._lines.clear()
        self._torn = False
