"""Code is compiled once, for one set of sources, by a process that nobody waits for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from heuristics.compiled import at_hand
from heuristics.compiled.at_hand import (
    CompiledPart,
    begin_to_compile,
    compile_all,
    compile_part,
    is_being_compiled,
    is_kept,
)
from heuristics.compiled.sources import OF_SOURCES, drop_stale
from tests.heuristics.in_time import LIMIT_S
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def place(monkeypatch, tmp_path):
    """A directory of its own for what is kept, and nobody begun yet."""
    at = tmp_path / "cache"
    monkeypatch.setattr(at_hand, "_begun", {})
    monkeypatch.setattr(at_hand, "_place", lambda: at)
    return at


class Begun:
    """A process that was begun, and goes on until it is said to have ended."""

    def __init__(self, begun, command):
        begun.append(command)
        self.code = None

    def poll(self):
        return self.code


def test_one_process_compiles_a_part_and_others_see_that(place, monkeypatch):
    begun: list[object] = []
    monkeypatch.setattr(at_hand, "Popen", lambda *command, **_: Begun(begun, command))
    assert not is_being_compiled(CompiledPart.SHIFTS)
    for _ in range(2):
        begin_to_compile(CompiledPart.SHIFTS)
        assert is_being_compiled(CompiledPart.SHIFTS)
        assert len(begun) == 1
    assert not is_being_compiled(CompiledPart.ORDERS)
    assert compile_part(CompiledPart.SHIFTS)
    assert not is_being_compiled(CompiledPart.SHIFTS)


def test_what_follows_a_part_is_not_begun_beside_it(place, monkeypatch):
    begun: list[object] = []
    monkeypatch.setattr(at_hand, "Popen", lambda *command, **_: Begun(begun, command))
    begin_to_compile(CompiledPart.SHIFTS)
    begin_to_compile(CompiledPart.SUBSETS)
    assert len(begun) == 1, "subsets come by themselves"
    begin_to_compile(CompiledPart.ORDERS)
    assert len(begun) == 2


def test_a_process_that_came_to_grief_is_waited_for_no_longer(place, monkeypatch):
    monkeypatch.setattr(at_hand, "Popen", lambda *command, **_: Begun([], command))
    begin_to_compile(CompiledPart.SHIFTS)
    monkeypatch.setattr(at_hand, "TOO_LONG_S", 0.0)
    assert not is_being_compiled(CompiledPart.SHIFTS)


def test_where_one_came_to_nothing_no_other_is_begun(place, monkeypatch):
    """On a disk that is full each plan would have its own compile for a minute, and leave it behind."""
    monkeypatch.setattr(at_hand, "PROGRAM", "raise OSError")
    begin_to_compile(CompiledPart.SHIFTS)
    first = at_hand._begun[CompiledPart.SHIFTS]
    until(
        lambda: not is_kept(CompiledPart.SHIFTS) and first.returncode is not None, "it is seen to have ended"
    )
    at_hand._mark(place, CompiledPart.SHIFTS).unlink()
    begin_to_compile(CompiledPart.SHIFTS)
    assert at_hand._begun == {CompiledPart.SHIFTS: first}
    begin_to_compile(CompiledPart.ORDERS)
    assert at_hand._begun.pop(CompiledPart.ORDERS).wait(PATIENCE_S) != 0


def test_where_no_process_can_be_begun_all_goes_on(place, monkeypatch):
    def refused(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(at_hand, "Popen", refused)
    begin_to_compile(CompiledPart.SHIFTS)


def test_a_process_that_compiles_goes_on_by_itself(place, monkeypatch):
    """The program as it is, in a place where nothing is kept yet: the quicker part, hardly optimised."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(place))
    monkeypatch.setenv("NUMBA_OPT", "1")
    begin_to_compile(CompiledPart.SHIFTS)
    assert at_hand._begun[CompiledPart.SHIFTS].wait(10 * LIMIT_S) == 0
    assert len(list(place.rglob("*.nbc"))) == 5


def test_what_is_compiled_is_kept():
    assert compile_all()
    for part in CompiledPart:
        assert is_kept(part)
        assert not is_being_compiled(part)


def test_what_is_kept_is_known_by_its_part_and_sources_and_not_by_their_age(place):
    """A checkout makes files younger than what Numba keeps of them, which it still takes."""
    place.mkdir()
    assert not is_kept(CompiledPart.SHIFTS)
    assert compile_part(CompiledPart.SHIFTS)
    assert is_kept(CompiledPart.SHIFTS)
    assert not is_kept(CompiledPart.ORDERS)
    for told in place.iterdir():
        told.write_text("of other sources")
    assert not is_kept(CompiledPart.SHIFTS)


def kept_in(place):
    """Keep something there, as Numba does."""
    place.mkdir(exist_ok=True)
    for name in ("steps.begin-1.py311.nbi", "steps.begin-1.py311.1.nbc"):
        (place / name).touch()


def test_what_came_of_other_sources_is_dropped(tmp_path):
    """Numba would take it where a file has changed that it does not look at."""
    place = tmp_path / "__pycache__"
    kept_in(place)
    drop_stale(place)
    assert [one.name for one in place.iterdir()] == [OF_SOURCES]
    kept_in(place)
    drop_stale(place)
    assert len(list(place.iterdir())) == 3
    (place / OF_SOURCES).write_text("of other sources")
    drop_stale(place)
    assert len(list(place.iterdir())) == 1


def test_a_place_that_is_not_there_yet_is_made(tmp_path):
    drop_stale(tmp_path / "one" / "two")
    assert (tmp_path / "one" / "two" / OF_SOURCES).is_file()


HALF_LOADED = """\
import os, signal, sys, threading
from heuristics.compiled import at_hand

class Watched:
    def find_spec(self, name, path=None, target=None):
        if name == "numba.core.decorators" and not sys.modules.get("seen"):
            sys.modules["seen"] = self
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Watched())
try:
    at_hand.is_kept(at_hand.CompiledPart.SHIFTS)
    print("not interrupted")
except KeyboardInterrupt:
    print("interrupted")
import numba
print(numba.core.__name__)
at_hand.is_kept(at_hand.CompiledPart.SHIFTS)
print(numba.njit.__name__)
"""
"""A program that is interrupted while it loads Numba for the first time, and goes on."""


@pytest.mark.skipif(not at_hand.has_numba(), reason="Numba is not installed")
def test_a_ctrl_c_while_numba_is_loaded_leaves_it_whole():
    ran = subprocess.run(
        [sys.executable, "-c", HALF_LOADED], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.stdout.split(), ran.stderr) == (["interrupted", "numba.core", "njit"], "")
