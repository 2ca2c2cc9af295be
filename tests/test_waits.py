"""No test waits without an end: one that never ended would keep all others from being told."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

from tests import waiting
from tests.places import ROOT
from tests.waiting import PATIENCE_S, ending, until

BLOCKS = {"wait", "communicate", "join", "result", "acquire"}
"""Methods of processes, threads, futures, events and locks that wait for ever where they are told nothing."""

PATIENT = {"run", "check_output", "check_call", "call"}
"""Functions of ``subprocess`` that do so without ``timeout``."""


def endless(tree: ast.AST):
    """Yield the lines of calls that may wait for ever."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        told, of = {word.arg for word in node.keywords}, node.func.value
        if node.func.attr in BLOCKS and not node.args and "timeout" not in told:
            yield node.lineno
        is_run = isinstance(of, ast.Name) and of.id == "subprocess" and node.func.attr in PATIENT
        if is_run and not told & {"timeout", None}:
            yield node.lineno


@pytest.mark.parametrize(
    "line", ["run.wait()", "out = run.communicate()", "thread.join()", "subprocess.run(['a'], check=True)"]
)
def test_a_wait_without_an_end_is_found(line):
    assert list(endless(ast.parse(line))) == [1]


def test_every_wait_of_a_test_has_an_end():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line in endless(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found


def test_what_never_comes_is_named(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.05)
    with pytest.raises(AssertionError, match="the moon is green: not in"):
        until(lambda: None, "the moon is green", 0.01)
    assert until(lambda: 7, "a number") == 7


def test_who_reads_from_a_process_that_says_nothing_comes_to_an_end(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.5)
    silent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, stdout=-1)
    with ending(silent):
        assert silent.stdout.read() == b""
    assert silent.returncode < 0


def test_a_process_that_is_left_ends_with_the_test():
    silent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
    with pytest.raises(ZeroDivisionError), ending(silent):
        raise ZeroDivisionError
    assert silent.returncode < 0


HIRES = """
import os, signal, sys
from pathlib import Path
from tests import forkserver

forkserver.start(Path(sys.argv[1]), dict(os.environ))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_server_of_the_commands_ends_with_who_hired_it(tmp_path):
    """It writes where its parent does: as long as it lived, whoever reads that would wait."""
    command = [sys.executable, "-c", HIRES, str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, timeout=PATIENCE_S)
    assert ran.returncode == -9
    assert (tmp_path / "socket").exists()
