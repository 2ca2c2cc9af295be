"""The help: every example in it runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil

import pytest

from planner.cli.main import COMMANDS
from tests.seed_cases import EXAMPLES

INTERACTIVE = {"animate", "demo", "repl"}
"""Commands that wait for a key; their own tests run their examples."""


def examples(text: str) -> list[str]:
    """Give the command lines below ``Examples:`` of a help."""
    block = re.search(r"Examples:\n((?:\s+vmplan .*\n)+)", text)
    return [line.strip() for line in block[1].splitlines()] if block else []


def test_the_help_lists_every_command(vmplan):
    ran = vmplan("--help")
    assert (ran.code, ran.err) == (0, "")
    for command, does in COMMANDS.items():
        assert re.search(rf"^  {command}\s", ran.out, re.MULTILINE), command
        assert does.split()[0] in ran.out


def test_the_help_says_what_the_exit_codes_mean(vmplan):
    text = vmplan("-h").out
    for code in ("0", "1", "2", "3", "4", "130"):
        assert re.search(rf"\b{code}\b", text[text.index("Exit codes") :])


def test_the_version_is_told(vmplan):
    assert re.fullmatch(r"vmplan, version \d+\.\d+\.\d+\n", vmplan("--version").out)


def run_examples(vmplan, text):
    """Run every example of a help, in order, beside the shipped pool files."""
    found = examples(text)
    shutil.copytree(EXAMPLES, vmplan.folder / "examples")
    before = os.getcwd()
    vmplan.go_home()
    try:
        for line in found:
            ran = vmplan(*shlex.split(line)[1:])
            assert ran.code in (0, 3), (line, ran)
            assert "Traceback" not in ran.err
    finally:
        os.chdir(before)
    return found


def test_the_examples_of_the_help_run(vmplan):
    assert run_examples(vmplan, vmplan("--help").out)


@pytest.mark.parametrize("command", ["plan", "check"])
def test_the_examples_of_a_command_run(vmplan, command):
    assert run_examples(vmplan, vmplan(command, "--help").out)
