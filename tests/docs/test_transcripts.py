"""What the README and the manual show is what the commands and the Python print."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PAGES, README, ROOT, Block, Page
from tests.forkserver import loaded_python

if TYPE_CHECKING:
    from pathlib import Path

COLOURS = {"FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"}
MAKE_DEMO = (
    "$(BIN)/vmplan plan examples/chain6.json --method aspiers",
    "$(BIN)/vmplan plan examples/chain6.json",
)
SHOWN = {"console", "python", "text", "json", "csv", "yaml", "toml"}
"""The languages of blocks. ``text`` is what the Python before it prints."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What stands for ``python`` and ``vmplan``, and the environment: 80 columns wide, and on no terminal."""

    python: str
    environment: dict[str, str]


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Give a terminal on which the planner is loaded already."""
    folder: Path = tmp_path_factory.mktemp("terminal")
    python = loaded_python()
    plain = {name: value for name, value in os.environ.items() if name not in COLOURS}
    # Unbuffered: both streams go to one place, in the order in which a terminal would show them.
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "80", "LINES": "40"}
    vmplan = folder / "vmplan"
    vmplan.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} -m planner "$@"\n')
    vmplan.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return Terminal(python, {**plain, **own, "PATH": path})


class Reader:
    """Someone who follows a page word by word, in a folder with the examples."""

    def __init__(self, page: Page, folder: Path, terminal: Terminal) -> None:
        self.page, self.folder, self.code = page, folder, 0
        self.terminal = terminal
        shutil.copytree(ROOT / "examples", folder / "examples")

    def follow(self) -> None:
        """Do all that the page shows, from top to bottom."""
        for block, after in zip(self.page.blocks, [*self.page.blocks[1:], None], strict=True):
            assert block.language in SHOWN, self.place(block.line)
            if block.file is not None:
                (self.folder / block.file).write_text(block.text, encoding="utf-8")
            if block.not_run is None and block.language == "console":
                self.type_in(block)
            elif block.not_run is None and block.language == "python":
                shown = after.text if after is not None and after.language == "text" else ""
                self.run(block.line, [self.terminal.python, "-c", block.text], shown)
                assert self.code == 0, self.place(block.line)

    def type_in(self, block: Block) -> None:
        """Type in the commands of a block; one that fails is followed by ``echo $?``."""
        told = False
        for line, command, shown in block.sessions():
            told = command == "echo $?"
            assert told or self.code == 0, f"{self.place(line)}: exit code {self.code} before it, not shown"
            self.run(line, ["sh", "-c", f"(exit {self.code}); {self.recipe(command)}"], shown)
        assert self.code == 0, f"{self.place(block.line)}: exit code {self.code} at its end, not shown"

    def run(self, line: int, command: list[str], shown: str) -> None:
        """Run a command, and compare what it prints with what is shown."""
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.terminal.environment, "VMPLAN_STATE_DIR": os.environ["VMPLAN_STATE_DIR"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        self.code = ran.returncode
        assert same(shown, ran.stdout), f"{self.place(line)}: {command[-1]}\nprints:\n{ran.stdout}"

    def recipe(self, command: str) -> str:
        """Give what make would run, for ``make demo``; any other command as it is."""
        if command != "make demo":
            return command
        lines = [line.replace("$(BIN)", ".venv/bin") for line in MAKE_DEMO]
        return "; ".join(f"echo {line}; {line.removeprefix('.venv/bin/')}" for line in lines)

    def place(self, line: int) -> str:
        """Say where on the page."""
        return f"{self.page.name}:{line}"


def same(shown: str, printed: str) -> bool:
    """Tell whether what is shown was printed.

    ``...`` stands for any lines, or for the rest of one; seconds may differ.
    """
    pattern = re.escape(unclocked(shown))
    pattern = re.sub(r"^\\\.\\\.\\\.\\\n", r"(?:.*\\n)*?", pattern, flags=re.MULTILINE)
    pattern = pattern.replace(re.escape("...") + "\\\n", ".*\\n")
    return re.fullmatch(pattern, unclocked(printed)) is not None


def unclocked(text: str) -> str:
    """Take the seconds out, with the spaces that depend on how many digits they have, and the time of day."""
    text = re.sub(r"^\d\d:\d\d:\d\d ", "HH:MM:SS ", text, flags=re.MULTILINE)
    return re.sub(r" +\d+\.\d+( s)?$", r" S\1", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if page.blocks], ids=lambda page: page.name)
def test_what_a_page_shows_is_what_is_printed(page: Page, tmp_path: Path, terminal: Terminal) -> None:
    Reader(page, tmp_path, terminal).follow()


def test_a_page_that_shows_something_else_fails(tmp_path: Path, terminal: Terminal) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo yes\nno\n```\n")

    class Elsewhere(Page):
        name = "page.md"

    with pytest.raises(AssertionError, match=r"page\.md:2: .*echo yes"):
        Reader(Elsewhere(page), tmp_path, terminal).follow()


def test_make_demo_plans_what_the_readme_shows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search("^demo:.*\n\t" + re.escape("\n\t".join(MAKE_DEMO)) + "\n", makefile, re.MULTILINE)


def test_the_pool_that_is_shown_first_is_the_shipped_one() -> None:
    shipped = json.loads((ROOT / "examples" / "swap.json").read_text(encoding="utf-8"))
    page = next(page for page in PAGES if page.name == "docs/tutorial/first-plan.md")
    pools = [json.loads(block.text) for block in page.blocks if block.language == "json"]
    assert pools[0] == shipped


def test_the_readme_is_a_front_door() -> None:
    assert README.text.count("\n") <= 250
