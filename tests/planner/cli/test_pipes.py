"""Each command without a terminal: what it prints, and its exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models import Plan, Pool, read_plan, replay, write_plan, write_pool
from models.plan_file import PlanFile
from tests.builders import host, moves, pool, vm
from tests.places import ROOT
from tests.planner.cli.processes import run
from tests.waiting import PATIENCE_S


def in_shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell, with nothing to read."""
    return subprocess.run(
        ["/bin/bash", "-c", command],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.fixture
def path(tiny: Pool, tmp_path: Path) -> str:
    """Give the path of the tiny pool."""
    write_pool(tmp_path / "pool.json", tiny)
    return str(tmp_path / "pool.json")


def test_animate_prints_every_frame_in_plain_text(path: str) -> None:
    ran = run("animate", path, "--workers", "1")
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert "\x1b" not in ran.stdout
    heads = [line for line in ran.stdout.splitlines() if not line.startswith((" ", "*"))]
    assert heads[0] == "The challenge!  (RAM in MiB)"
    assert sum(head.startswith("Action ") for head in heads) == 3
    assert "The end: every VM is home." in heads


@pytest.mark.parametrize(
    "line", ["animate {}", "debug {}", "repl {}", "plan {} --timeline", "demo --rounds 1"]
)
def test_no_columns_are_an_unknown_width(path: str, line: str) -> None:
    """As it is where ``COLUMNS`` is not set, a pipe is 80 wide."""
    args = [*line.format(path).split(), *(["--seed", "1"] if "demo" in line else [])]
    ran, wide = (run(*args, COLUMNS=columns, LINES=lines) for columns, lines in (("0", "0"), ("80", "24")))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == wide.stdout


def test_more_columns_than_there_can_be_are_an_unknown_width(path: str) -> None:
    args = ["plan", path, "--timeline"]
    ran, wide = (run(*args, COLUMNS=columns) for columns in ("9" * 20, "80"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == wide.stdout


def test_animate_shows_what_a_bad_plan_breaks(tiny: Pool, path: str, tmp_path: Path) -> None:
    plan = Plan.of(tiny, moves("a: h1 -> h2", "b: h2 -> h1"))
    file = PlanFile(status="feasible", cost=2, actions=plan.entries())
    write_plan(tmp_path / "plan.json", file)
    ran = run("animate", path, str(tmp_path / "plan.json"))
    assert ran.returncode == 0
    assert "breaks: h2 has 4 ram_mib free of 10, a takes 7 (capacity)" in ran.stdout
    assert "The plan file says: feasible, cost 2." in ran.stdout


def test_animate_of_an_impossible_pool_shows_why_and_exits_3(tmp_path: Path) -> None:
    stuck = pool([host("h1"), host("h2")], [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")
    write_pool(tmp_path / "pool.json", stuck)
    ran = run("animate", str(tmp_path / "pool.json"), "--workers", "1")
    assert ran.returncode == 3
    assert "Proven: no plan exists:" in ran.stdout
    assert ran.stdout.count("From:") == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["animate", "POOL", "--resource", "gpus"], "resource: 'gpus', the pool counts ram_mib"),
        (["animate", "POOL", "POOL"], "pool.json: format: is a vm-pool/1, expected vm-plan/1"),
        (["debug", "POOL", "--method", "magic"], "method: 'magic'"),
        (["repl", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["demo", "--rounds", "0"], "--rounds"),
        (["soak", "--hosts", "1"], "--hosts"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(path: str, args: list[str], words: str) -> None:
    ran = run(*(path if arg == "POOL" else arg for arg in args))
    assert ran.returncode == 2
    assert words in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


def test_demo_plays_so_many_rounds_the_same_for_the_same_seed() -> None:
    args = ("demo", "--hosts", "3", "--rounds", "2", "--seed", "3", "--workers", "1")
    ran = run(*args)
    assert ran.returncode == 0
    assert ran.stdout.count("the challenge!") == 2
    assert "Round 2 of 2" in ran.stdout
    assert run(*args).stdout == ran.stdout


def test_repl_obeys_lines_from_a_pipe(tiny: Pool, path: str, tmp_path: Path) -> None:
    saved = tmp_path / "mine.json"
    lines = f"a h2\nnonsense\nhint\nb h3\na h2\nb h1\nsave {saved}\n"
    ran = run("repl", path, "--workers", "1", stdin=lines)
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert "no: h2 has 4 ram_mib free of 10, a takes 7 (capacity)" in ran.stdout
    assert "> nonsense" in ran.stdout
    assert "hint: migrate b: h2 -> h3" in ran.stdout
    assert "the optimum is 3 migrations, proven." in ran.stdout.replace("\n", " ")
    assert replay(tiny, read_plan(saved).steps()) == []


def test_repl_reads_the_pool_from_standard_input_and_then_ends(path: str) -> None:
    ran = run("repl", "-", stdin=Path(path).read_text())
    assert ran.returncode == 0
    assert "The challenge!" in ran.stdout


def test_debug_prints_decisions_and_bars(path: str) -> None:
    ran = run("debug", path)
    assert ran.returncode == 0
    assert "  make way on h2 for a: b leaves?" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "aspiers: 3 migrations, 1 of them a detour. Cost 3."


def test_soak_sums_up_by_family(tmp_path: Path) -> None:
    ran = run("soak", "--rounds", "6", "--hosts", "3", "--out", str(tmp_path), "--workers", "1")
    assert ran.returncode == 0, ran.stdout
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    assert lines[0].split()[:2] == ["family", "pools"]
    assert lines[-1] == "6 pools of 6 planned, none wrong"
    assert list(tmp_path.iterdir()) == []


def test_soak_stops_at_a_slow_pool_and_saves_it(tmp_path: Path) -> None:
    ran = run("soak", "--rounds", "6", "--hosts", "3", "--slower-than", "1e-9", "--out", str(tmp_path))
    assert ran.returncode == 1
    assert "more than 1e-09 s" in ran.stdout
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".json", ".txt"]


def test_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m planner demo --hosts 3 --workers 1 | head -n 3"
    ran = in_shell(f"set -o pipefail; {command}")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("command", ["animate", "debug", "repl"])
def test_hostile_names_are_printed_as_text(command: str, tmp_path: Path) -> None:
    names = ["<img src=x>", "[bold]b[/bold]", "虚拟机", "🚀", "x" * 300, "\x1b[31m"]
    hosts = [host(name, 4096) for name in names]
    vms = [vm(name, 1024) for name in names]
    here = {name: name for name in names}
    there = {name: names[(number + 1) % len(names)] for number, name in enumerate(names)}
    write_pool(tmp_path / "pool.json", pool(hosts, vms, here, there))
    ran = run(command, str(tmp_path / "pool.json"), stdin="plan\nquit\n")
    assert ran.returncode == 0, ran.stderr
    assert "\x1b" not in ran.stdout
    assert all(text in ran.stdout for text in ("<img src", "[bold]b", "虚拟机", "🚀", "xxx…"))


def test_ascii_output_is_no_error(tmp_path: Path) -> None:
    odd = pool([host("主机"), host("h2")], [vm("🚀")], {"🚀": "主机"}, {"🚀": "h2"})
    write_pool(tmp_path / "pool.json", odd)
    ran = run("debug", str(tmp_path / "pool.json"), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.returncode == 0, ran.stderr
    assert "?" in ran.stdout


def test_a_name_that_a_terminal_cannot_say_ends_nothing(tmp_path: Path) -> None:
    odd = pool([host("主机"), host("h2")], [vm("🚀")], {"🚀": "主机"}, {"🚀": "h2"})
    write_pool(tmp_path / "pool.json", odd)
    plan = Plan.of(odd, moves("🚀: 主机 -> h2"))
    write_plan(tmp_path / "plan.json", PlanFile(status="feasible", cost=1, actions=plan.entries()))
    files, journal = [str(tmp_path / name) for name in ("pool.json", "plan.json")], str(tmp_path / "journal")
    commands = [
        ["plan", files[0], "--workers", "1"],
        ["explain", files[0], "--workers", "1"],
        ["run", *files, "--cloud", "simulated", "--journal", journal, "--yes"],
        ["status", journal],
    ]
    for command in commands:
        ran = run(*command, PYTHONIOENCODING="latin-1", VMPLAN_STATE_DIR=str(tmp_path))
        assert (ran.returncode, ran.stderr) == (0, "")
    written = run("export", "shell", *files, "--for", "virsh", PYTHONIOENCODING="latin-1")
    assert (written.returncode, written.stderr) == (0, "")
    assert "🚀" in written.stdout


def test_animate_plays_a_plan_file_that_says_no_cost(tiny: Pool, path: str, tmp_path: Path) -> None:
    plan = Plan.of(tiny, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"))
    write_plan(tmp_path / "plan.json", PlanFile(status="feasible", actions=plan.entries()))
    ran = run("animate", path, str(tmp_path / "plan.json"))
    assert ran.returncode == 0
    assert ran.stdout.count("Action ") == 3
    assert "The end: every VM is home." in ran.stdout


@pytest.mark.parametrize(
    "command",
    [
        "plan POOL --json >&-",
        "plan POOL >&-",
        "plan POOL 2>&-",
        "plan POOL <&- >&- 2>&-",
        "animate POOL >&-",
        "run POOL PLAN --cloud simulated --dry-run >&-",
        "repl POOL <&-",
    ],
)
def test_a_stream_that_is_closed_is_no_error(command: str, tiny: Pool, path: str, tmp_path: Path) -> None:
    plan = Plan.of(tiny, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"))
    write_plan(tmp_path / "plan.json", PlanFile(status="feasible", cost=3, actions=plan.entries()))
    told = command.replace("POOL", path).replace("PLAN", str(tmp_path / "plan.json"))
    ran = in_shell(f"{sys.executable} -m planner {told}")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ("3 migrations" in ran.stdout) == (command == "plan POOL 2>&-")


def test_a_pool_from_a_closed_stream_is_an_empty_file() -> None:
    ran = in_shell(f"{sys.executable} -m planner plan - <&-")
    assert (ran.returncode, ran.stderr) == (2, "vmplan: -: empty file, expected a JSON object\n")
