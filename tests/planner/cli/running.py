"""Running ``vmplan`` inside the test process: quick, and both streams apart."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from planner.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Give the plan file on stdout."""
        return json.loads(self.out)


class Vmplan:
    """The command line, at home in a folder."""

    def __init__(
        self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        self.capfd, self.monkeypatch, self.folder = capfd, monkeypatch, folder

    def __call__(self, *args: object, stdin: bytes | None = None) -> Ran:
        """Run a command; an error that gets past ``main`` is a traceback, and fails the test."""
        if stdin is not None:
            self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([str(arg) for arg in args])
        out, err = self.capfd.readouterr()
        return Ran(int(stopped.value.code or 0), out, err)

    def file(self, name: str, content: bytes | str | dict[str, Any]) -> str:
        """Write a file; give its path."""
        path = self.folder / name
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def go_home(self) -> None:
        """Make its folder the working one."""
        self.monkeypatch.chdir(self.folder)
