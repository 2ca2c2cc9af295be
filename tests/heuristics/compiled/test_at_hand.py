"""Code is compiled once, for one set of sources, by a process that nobody waits for."""

from __future__ import annotations

import pytest

from heuristics.compiled import at_hand
from heuristics.compiled.sources import OF_SOURCES, drop_stale
from tests.heuristics.in_time import LIMIT_S


@pytest.fixture
def mark(monkeypatch, tmp_path):
    """The file that tells of a process that compiles, in a place of its own."""
    at = tmp_path / "cache" / "mark"
    monkeypatch.setattr(at_hand, "_mark", lambda: at)
    return at


def test_one_process_compiles_and_others_see_that(mark, monkeypatch):
    begun: list[object] = []
    monkeypatch.setattr(at_hand, "Popen", lambda *command, **_: begun.append(command))
    assert not at_hand.is_being_compiled()
    for _ in range(2):
        at_hand.begin_to_compile()
        assert at_hand.is_being_compiled()
        assert len(begun) == 1
    assert at_hand.compile_all()
    assert not at_hand.is_being_compiled()


def test_a_process_that_came_to_grief_is_waited_for_no_longer(mark, monkeypatch):
    monkeypatch.setattr(at_hand, "TOO_LONG_S", 0.0)
    mark.parent.mkdir()
    mark.touch()
    assert not at_hand.is_being_compiled()


def test_where_no_process_can_be_begun_all_goes_on(mark, monkeypatch):
    def refused(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(at_hand, "Popen", refused)
    at_hand.begin_to_compile()


def test_a_process_that_compiles_goes_on_by_itself(monkeypatch, tmp_path):
    """The program as it is, in a place where nothing is kept yet: it takes half a minute."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(at_hand, "_mark", lambda: tmp_path / at_hand.MARK)
    at_hand.begin_to_compile()
    assert at_hand._begun.pop().wait(10 * LIMIT_S) == 0
    assert len(list(tmp_path.rglob("*.nbc"))) == 5


def test_what_is_compiled_is_kept():
    assert at_hand.compile_all()
    assert at_hand.is_kept()
    assert not at_hand.is_being_compiled()


def test_what_is_kept_is_known_by_its_sources_and_not_by_their_age(tmp_path, monkeypatch):
    """A checkout makes files younger than what Numba keeps of them, which it still takes."""
    monkeypatch.setattr(at_hand, "_mark", lambda: tmp_path / at_hand.MARK)
    monkeypatch.setattr(at_hand, "_place", lambda: tmp_path)
    assert not at_hand.is_kept()
    assert at_hand.compile_all()
    (tmp_path / at_hand.KEPT).write_text("of other sources")
    assert not at_hand.is_kept()


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
