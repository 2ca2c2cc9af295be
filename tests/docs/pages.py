"""The pages of the manual and the README: their blocks, links and tables, each with its line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parent.parent.parent
FENCE = re.compile(
    r"(?:^<!-- (?P<note>file|not run): (?P<word>.+?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"^\$ (.*)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Parameters
    ----------
    file
        Where it is saved before what follows is run: ``<!-- file: NAME -->`` before it.
    not_run
        Why it is not run: ``<!-- not run: WHY -->`` before it.
    """

    line: int
    language: str
    text: str
    file: str | None = None
    not_run: str | None = None

    def sessions(self) -> list[tuple[int, str, str]]:
        """Give every (line, command, what it prints) of a console block."""
        parts = COMMAND.split(self.text)
        assert parts[0] == "", f"line {self.line}: a console block begins with a command"
        found, line = [], self.line + 1
        for command, shown in zip(parts[1::2], parts[2::2], strict=True):
            found.append((line, command, shown))
            line += 1 + shown.count("\n")
        return found


@dataclass(frozen=True)
class Page:
    """A Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """All but the blocks, the lines kept."""
        return FENCE.sub(lambda block: "\n" * block[0].count("\n"), self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        """The fenced blocks, in order."""
        found = []
        for match in FENCE.finditer(self.text):
            line = self.text.count("\n", 0, match.start("language")) + 1
            notes = {match["note"]: match["word"]}
            found.append(
                Block(line, match["language"], match["text"], notes.get("file"), notes.get("not run"))
            )
        return found

    @cached_property
    def anchors(self) -> set[str]:
        """What a link into it may name."""
        titles = re.findall(r"^#+ (.*)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}

    def section(self, title: str) -> str:
        """Give the prose below a heading of the second level; empty where there is none."""
        match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", self.prose, re.MULTILINE | re.DOTALL)
        return match[1] if match else ""


def first_cells(text: str) -> set[str]:
    """Give all that stands in backticks in the first cells of tables."""
    return {
        name for row in re.findall(r"^\| (.*?) \|", text, re.MULTILINE) for name in re.findall("`(.+?)`", row)
    }


README = Page(ROOT / "README.md")
MANUAL = [Page(path) for path in sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [README, *MANUAL]


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build a site as ``make docs`` does.

    Not with ``--quiet``: it keeps ``--strict`` from seeing the warnings.
    """
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", *options, "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
