from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lines import failed
from benchmarks.store import Store
from tests.benchmarks.made import job, line, plain_line, rules_line

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_are_there_again_in_a_new_run(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lines.jsonl"
    lines = [line("a"), line("b", error="no"), plain_line(500, 0.1), rules_line([1.0], [1.2])]
    store = Store(path)
    for each in lines:
        store.add(each)
    again = Store(path)
    assert len(path.read_bytes().splitlines()) == 4
    assert [again.last(each.job.key) for each in lines] == lines


def test_failed_job_is_missing_but_its_last_line_is_known(tmp_path: Path) -> None:
    store = Store(tmp_path / "lines.jsonl")
    store.add(failed(job("a"), "no memory"))
    assert store.get(job("a").key) is None
    assert store.last(job("a").key).error == "no memory"
    store.add(line("a"))
    assert Store(store.path).get(job("a").key) == line("a")


def test_half_a_line_is_passed_over_and_the_next_starts_on_its_own(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    Store(path).add(line("a"))
    with path.open("ab") as file:
        file.write(b'{"line":"plan","job":{"fam')
    store = Store(path)
    assert store.get(job("a").key) == line("a")
    store.add(line("b"))
    again = Store(path)
    assert again.get(job("a").key) == line("a")
    assert again.get(job("b").key) == line("b")


def test_another_limit_seed_or_file_is_another_job(tmp_path: Path) -> None:
    store = Store(tmp_path / "lines.jsonl")
    store.add(line("a"))
    for other in ({"time_limit_s": 6.0}, {"seed": 1}, {"workers": 2}, {"digest": "0"}, {"method": "squeaky"}):
        assert store.get(job("a", **other).key) is None


def test_clear_starts_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "lines.jsonl")
    store.clear()
    store.add(line("a"))
    store.clear()
    assert store.get(job("a").key) is None
    assert not store.path.exists()
