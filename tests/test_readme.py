"""What the README shows is what its commands and its Python print, and what it names is there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.host import Host
from models.pool_file import PoolFile, RulesEntry
from models.vm import VM
from planner.cli.common import ExitCode
from planner.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"(?:^<!-- file: (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLOURS = {"FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"}
MAKE_DEMO = (
    "$(BIN)/vmplan plan examples/chain6.json --method aspiers",
    "$(BIN)/vmplan plan examples/chain6.json",
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the file that a comment before it names."""

    language: str
    text: str
    file: str | None


BLOCKS = [Block(language, text, file or None) for file, language, text in FENCED.findall(README)]
PROSE = FENCED.sub("", README)


def sessions() -> list[tuple[str, str]]:
    """Give every (command, what it prints) of the README, in order."""
    found: list[tuple[str, str]] = []
    for block in BLOCKS:
        if block.language == "console":
            parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
            assert parts[0] == "", "a console block begins with a command"
            found += zip(parts[1::2], parts[2::2], strict=True)
    return found


def programs() -> list[tuple[str, str]]:
    """Give every (Python block, what it prints) of the README: the text block behind it."""
    pairs = zip(BLOCKS, [*BLOCKS[1:], None], strict=True)
    return [
        (block.text, after.text if after is not None and after.language == "text" else "")
        for block, after in pairs
        if block.language == "python"
    ]


def same(shown: str, printed: str) -> bool:
    """Tell whether the README shows what was printed: seconds aside, ``...`` standing for any lines."""
    pattern = re.escape(unclocked(shown)).replace(re.escape("...") + "\\\n", "(?:.*\\n)*?")
    return re.fullmatch(pattern, unclocked(printed)) is not None


def unclocked(text: str) -> str:
    """Take the seconds out, and the spaces that depend on how many digits they have."""
    return re.sub(r" +\d+\.\d+( s)?$", r" S\1", text, flags=re.MULTILINE)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a folder with the examples, and the pools that the README writes out."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for block in BLOCKS:
        if block.file is not None:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    """Give an environment in which ``vmplan`` is the one under test, 80 columns wide, on no terminal."""
    shim = folder / "bin" / "vmplan"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m planner "$@"\n')
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    plain = {name: value for name, value in os.environ.items() if name not in COLOURS}
    return {**plain, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "40"}


def test_every_transcript_is_what_the_commands_print(home: Path) -> None:
    found = sessions()
    assert len(found) > 10
    for command, shown in found:
        line = command
        if command == "make demo":
            recipes = [recipe.replace("$(BIN)", ".venv/bin") for recipe in MAKE_DEMO]
            line = "; ".join(f"echo {recipe}; {recipe.removeprefix('.venv/bin/')}" for recipe in recipes)
        ran = subprocess.run(
            line,
            shell=True,
            cwd=home,
            env=environment(home),
            input="",
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert ran.stderr == "", command
        assert same(shown, ran.stdout), f"$ {command}\n{ran.stdout}"
        assert (
            ran.returncode == (ExitCode.INFEASIBLE if "no plan exists" in shown else ExitCode.DONE).value
        ), line


def test_make_demo_plans_what_the_readme_shows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search("^demo:.*\n\t" + re.escape("\n\t".join(MAKE_DEMO)) + "\n", makefile, re.MULTILINE)


def test_every_python_block_prints_what_is_shown(home: Path) -> None:
    found = programs()
    assert len(found) >= 3
    for program, shown in found:
        ran = subprocess.run(
            [sys.executable, "-c", program],
            cwd=home,
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert (ran.stderr, ran.returncode) == ("", 0), program
        assert ran.stdout == shown, program


def test_the_pools_of_the_readme_are_pools(home: Path) -> None:
    pools = [block for block in BLOCKS if block.language == "json"]
    shipped = json.loads((ROOT / "examples" / "swap.json").read_text(encoding="utf-8"))
    assert json.loads(pools[0].text) == shipped
    for block in pools:
        assert json.loads(block.text)["format"] == "vm-pool/1"


def inline_commands() -> list[str]:
    """Give the commands that the prose and the tables name."""
    found = re.findall(r"`((?:vmplan|python -m \w+)\b[^`]*)`", PROSE)
    return [line for line in found if " " in line.removeprefix("python -m ")]


@pytest.mark.parametrize("line", inline_commands())
def test_commands_named_in_passing_exist(line: str, home: Path) -> None:
    words = line.removeprefix("python -m ").split()
    program = ["vmplan"] if words[0] == "vmplan" else [sys.executable, "-m", words[0]]
    if words[0] == "vmplan" and words[1] in COMMANDS:
        program.append(words[1])
    env = environment(home)
    asked = subprocess.run(
        [shutil.which(program[0], path=env["PATH"]) or program[0], *program[1:], "--help"],
        cwd=home,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", line):
        assert option in asked.stdout, (line, option)


def test_every_command_has_a_section_and_a_row() -> None:
    rows = re.findall(r"^\| \[`vmplan ([a-z-]+)[^`]*`\]\(#([a-z-]+)\)", PROSE, re.MULTILINE)
    assert [command for command, _ in rows] == list(COMMANDS)
    for command, anchor in rows:
        assert command == anchor
        assert f"\n### {command}\n" in PROSE


def test_every_exit_code_is_listed() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", PROSE, re.MULTILINE)}
    assert listed == {code.value for code in ExitCode}


def test_every_field_of_the_pool_file_is_in_the_table() -> None:
    table = PROSE[PROSE.index("## The pool file") : PROSE.index("## The plan file")]
    rows = "\n".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE))
    for kind in (Host, VM, RulesEntry, PoolFile):
        for field in kind.__struct_fields__:
            if field not in ("format", "hosts", "vms", "rules"):
                assert re.search(rf"\b{field}`", rows), field


def test_what_the_readme_links_to_is_there() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", PROSE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PROSE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.endswith(".png"):  # the pictures are drawn from a whole run of the benchmark
            assert (ROOT / target).exists(), target
