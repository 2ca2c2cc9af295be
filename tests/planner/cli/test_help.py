"""The help: its groups hold every command once, and every example in it runs."""

from __future__ import annotations

import re
import shlex
import shutil
from collections import Counter
from types import SimpleNamespace

import pytest

from planner.cli.import_ import import_
from planner.cli.main import COMMANDS, GROUPS
from planner.clouds import registry
from planner.views import player
from tests.places import EXAMPLES

KINDS = tuple(import_.commands)

WIDEST = 78
"""Cells of a line: click leaves two of the 80 free."""


def examples(text: str) -> list[str]:
    """Give the command lines below ``Examples:`` of a help."""
    block = re.search(r"Examples:\n((?:\s+vmplan .*\n)+)", text.replace("\\\n", ""))
    return [line.strip() for line in block[1].splitlines()] if block else []


def test_every_command_stands_in_exactly_one_group():
    counts = Counter(command for commands in GROUPS.values() for command in commands)
    assert counts == dict.fromkeys(COMMANDS, 1)


def test_the_help_lists_every_command_below_its_group(vmplan):
    ran = vmplan("--help")
    assert (ran.code, ran.err) == (0, "")
    sections = dict(re.findall(r"^(\w[\w ]*):\n((?:  \S.*\n(?:   .*\n)*)+)", ran.out, re.MULTILINE))
    for title, commands in GROUPS.items():
        listed = re.findall(r"^  (\S+)  ", sections.get(title, ""), re.MULTILINE)
        assert listed == list(commands), title


def test_the_help_says_what_the_exit_codes_mean(vmplan):
    text = vmplan("-h").out
    for code in ("0", "1", "2", "3", "4", "130"):
        assert re.search(rf"\b{code}\b", text[text.index("Exit codes") :])


def test_the_version_is_told(vmplan):
    assert re.fullmatch(r"vmplan, version \d+\.\d+\.\d+\n", vmplan("--version").out)


@pytest.mark.parametrize("command", [None, *COMMANDS, *(f"import {kind}" for kind in KINDS)])
def test_no_line_of_a_help_is_wider_than_a_terminal(vmplan, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = vmplan(*(command or "").split(), "--help").out
    assert [line for line in text.splitlines() if len(line) > WIDEST] == []
    assert "\b" not in text


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_help_has_examples_and_they_run(vmplan, command, monkeypatch):
    """In order, beside the shipped pool files; those that wait for a line are told to quit.

    A limit is added where there is none: some go on for all of the default, for a proof. Frames stay no time.
    """
    monkeypatch.setattr(player, "time", SimpleNamespace(sleep=lambda _: None))
    found = examples(vmplan(*filter(None, [command]), "--help").out)
    assert found
    shutil.copytree(EXAMPLES, vmplan.folder / "examples")
    monkeypatch.chdir(vmplan.folder)
    for line in found:
        args = shlex.split(line)[1:]
        limited = "--workers" in vmplan(args[0], "--help").out and "--time-limit" not in args
        ran = vmplan(*args, *("--time-limit", 5) * limited, stdin=b"quit\n")
        assert ran.code in (0, 3), (line, ran)
        assert ran.err == "", line


@pytest.mark.parametrize("kind", KINDS)
def test_the_help_of_an_import_has_examples_whose_options_there_are(vmplan, kind):
    """They are not run: most need a cloud."""
    text = vmplan("import", kind, "--help").out
    found = examples(text)
    assert found
    for line in found:
        assert line.startswith(f"vmplan import {kind} ")
        for option in re.findall(r" (--?[a-z-]+)", line):
            assert re.search(rf"^  (-o, )?.*{option}\b", text, re.MULTILINE), option


def test_the_help_of_run_names_every_cloud_there_is(vmplan):
    told = vmplan("run", "--help").out.partition("Clouds: ")[2]
    assert [kind for kind in registry.KINDS if not re.search(rf"\b{kind}\b", told)] == []


def test_no_import_is_told_in_half_a_sentence(vmplan):
    assert "..." not in vmplan("import", "--help").out.replace("[ARGS]...", "")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["drain", "pool.json"], "Missing argument 'HOST...'; vmplan drain --help has examples"),
        (["import", "csv", "h.csv"], "Missing argument 'VMS'; vmplan import csv --help has examples"),
        (["run", "pool.json", "plan.json"], "Missing option '--cloud'; vmplan run --help has examples"),
        (["export"], "Missing argument 'KIND'. Choose from: shell, ansible, dot, mermaid, csv; "),
    ],
)
def test_what_is_missing_is_told_with_where_examples_are(vmplan, args, told):
    ran = vmplan(*args)
    assert ran.code == 2
    assert told in ran.err.replace("\n", " ")


def test_the_tables_that_the_help_of_an_import_shows_are_read(vmplan):
    text = vmplan("import", "csv", "--help").out
    hosts, vms = (
        "".join(line.strip() + "\n" for line in block.splitlines())
        for block in re.findall(r"((?:^ +[^ ,]+,.*,.*\n){3,})", text, re.MULTILINE)
        if "name," in block
    )
    pool = vmplan.folder / "pool.json"
    ran = vmplan("import", "csv", vmplan.file("h.csv", hosts), vmplan.file("v.csv", vms), "-o", pool)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{pool}: 2 hosts, 3 VMs; groups kept apart: 1\n"
