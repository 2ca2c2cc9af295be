from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import suite as module
from benchmarks.families import folder_cases
from benchmarks.lines import failed
from benchmarks.options import Options
from benchmarks.store import Store
from benchmarks.suite import Suite
from models.errors import PlannerError
from tests.benchmarks.made import folder_of_pools, line

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.case import Case


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    return list(folder_cases(folder_of_pools(tmp_path / "pools"), Options(workers=1)))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the pools that were run; the second run is interrupted as by Ctrl-C."""
    names: list[str] = []

    def run(task: Case, **_: object) -> object:
        names.append(task.job.pool)
        if len(names) == 2:
            raise KeyboardInterrupt
        return module.replace(line(), job=task.job)

    monkeypatch.setattr(module, "run", run)
    return names


def test_interrupted_run_is_taken_up_where_it_was(cases: list[Case], ran: list[str], tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    first = Suite(cases, Store(path))
    with pytest.raises(KeyboardInterrupt):
        list(first.run())
    assert [kept.job.pool for kept in first.lines()] == ["go"]
    second = Suite(cases, Store(path))
    assert [case.job.pool for case in second.run()] == ["swap"]
    assert ran == ["go", "swap", "swap"]
    assert list(Suite(cases, Store(path)).run()) == []
    assert [kept.job.pool for kept in second.lines()] == ["go", "swap"]
    assert all(kept.date for kept in second.lines())


def test_what_failed_is_shown_and_run_again(cases: list[Case], tmp_path: Path) -> None:
    store = Store(tmp_path / "lines.jsonl")
    store.add(failed(cases[0].job, "no"))
    suite = Suite(cases, store)
    assert [shown.error for shown in suite.lines()] == ["no"]
    assert len(suite.missing()) == 2


def test_changed_file_is_planned_again(cases: list[Case], tmp_path: Path) -> None:
    folder = tmp_path / "pools"
    (folder / "swap.json").write_bytes((folder / "swap.json").read_bytes() + b"\n")
    again = list(folder_cases(folder, Options(workers=1)))
    assert [new.job.key == old.job.key for new, old in zip(again, cases, strict=True)] == [True, False]


def test_seeds_run_a_file_several_times(tmp_path: Path) -> None:
    folder = folder_of_pools(tmp_path / "pools")
    jobs = [case.job for case in folder_cases(folder, Options(seeds=2, workers=1))]
    assert [(job.pool, job.seed) for job in jobs] == [("go", 0), ("go", 1), ("swap", 0), ("swap", 1)]


def test_folder_without_pools_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlannerError, match="no pool file"):
        list(folder_cases(tmp_path, Options()))
