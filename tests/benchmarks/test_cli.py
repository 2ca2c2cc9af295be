from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from benchmarks import cli
from tests.benchmarks.made import folder_of_pools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run the command with arguments; give exit code, stdout and stderr."""
    monkeypatch.setattr(cli, "RESULTS", tmp_path / "results")

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["benchmarks", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent"], "absent"),
        (["."], "no pool file"),
        (["--families", "nosuch"], "'nosuch', must be one of fixed"),
        (["--families", ""], "nothing to run"),
        (["--families", "formula"], "formula without --measured"),
        (["--methods", "nosuch"], "nosuch"),
        (["--objective", "nosuch"], "--objective"),
        (["--methods", ","], "none named"),
        (["--time-limit", "0"], "--time-limit"),
        (["--time-limit", "nan"], "--time-limit"),
        (["--seeds", "0"], "--seeds"),
        (["--workers", "two"], "--workers"),
        (["--nosuch"], "--nosuch"),
        (["-o", "."], "directory"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_families(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "every_rule" in out
    assert "--pictures" in out


def test_folder_is_compared_drawn_and_resumed(run: Run, tmp_path: Path) -> None:
    folder, lines = folder_of_pools(tmp_path / "pools"), tmp_path / "lines.jsonl"
    arguments = folder, "--in-process", "--workers", "1", "-o", lines, "--plans", tmp_path / "plans"
    code, out, err = run(*arguments)
    assert code == 0
    assert re.search(r"pools +│ all +│ +2 │ +2 │ +2 │ +0 │ +4 │ +4 │ +4 ", out)
    assert "failed" not in err
    assert len(lines.read_bytes().splitlines()) == 2
    assert len(list((tmp_path / "plans").iterdir())) == 2
    assert (tmp_path / "lines-moves_over_bound.png").exists()
    code, again, err = run(*arguments)
    assert "2 of 2 are in" in err
    assert again == out
    assert len(lines.read_bytes().splitlines()) == 2
    code, _, err = run(*arguments, "--fresh")
    assert "are in" not in err
    assert len(lines.read_bytes().splitlines()) == 2


def test_pools_of_a_folder_are_planned_for_the_objective_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    """One VM goes in 3 s; of a swap three migrations follow one another in 9."""
    folder = folder_of_pools(tmp_path / "pools")
    code, out, _ = run(folder, "--objective", "time", "--time-limit", "2", "--in-process", "--workers", "1")
    assert code == 0
    assert "objective time" in out
    assert re.search(r"pools +│ all +│ +2 │ +2 │ +2 │ +4 │ +12 │ +12 ", out)


def test_pictures_go_where_they_are_wanted(run: Run, tmp_path: Path) -> None:
    folder, wanted = folder_of_pools(tmp_path / "pools"), tmp_path / "pictures"
    code, _, _ = run(folder, "--in-process", "--workers", "1", "--pictures", wanted)
    assert code == 0
    assert sorted(path.name for path in wanted.iterdir()) == ["moves_over_bound.png", "time_against_size.png"]
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["full.jsonl"]


def test_bad_pool_in_a_folder_is_named_and_exit_code_1(run: Run, tmp_path: Path) -> None:
    folder = folder_of_pools(tmp_path / "pools")
    (folder / "bad.json").write_text("{}")
    code, out, err = run(folder, "--in-process", "--workers", "1")
    assert code == 1
    assert re.search(r"pools +│ bad +│ +1 │ +0 ", out)
    assert re.search(r"failed: plan\|pools\|bad", err)


def test_without_matplotlib_tables_are_printed_and_a_word_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "can_draw", lambda: False)
    folder = folder_of_pools(tmp_path / "pools")
    code, out, err = run(folder, "--in-process", "--workers", "1")
    assert code == 0
    assert "swap" in out
    assert "matplotlib is not there" in err
    assert "[bench]" in err
    code, out, err = run(folder, "--pictures", tmp_path)
    assert (code, out) == (2, "")
    assert "matplotlib is not there" in err


def test_ctrl_c_reports_what_there_is_and_exits_130(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(suite: object) -> None:
        next(suite.run())  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_with_progress", stop)
    code, _, err = run(folder_of_pools(tmp_path / "pools"), "--in-process")
    assert code == 130
    assert "takes it up again" in err
