"""Every example in the help of the commands for people runs as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.views.running import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", ["animate", "demo", "repl", "debug", "soak"])
def test_examples_of_the_help_run(command: str, tmp_path: Path) -> None:
    text = run(command, "--help").stdout
    block = re.search(r"Examples:\n((?:\s+vmplan .*\n)+)", text)
    assert block is not None
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for line in block[1].splitlines():
        ran = run(*shlex.split(line)[1:], stdin="quit\n", folder=tmp_path)
        assert (ran.returncode, ran.stderr) == (0, ""), line
