"""Each command in a pseudo-terminal: typed keys, a changed size, and Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import Plan, Pool, write_plan, write_pool
from models.plan_file import PlanFile
from tests.builders import moves
from tests.places import EXAMPLES
from tests.planner.cli.terminal import CTRL_C, CTRL_D, END, LEFT, UP, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def files(tiny: Pool, tmp_path: Path) -> tuple[str, str]:
    """Give the paths of the tiny pool and of its best plan."""
    plan = Plan.of(tiny, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"))
    file = PlanFile(status="optimal", cost=3, bound=3, gap=0.0, actions=plan.entries())
    write_pool(tmp_path / "pool.json", tiny)
    write_plan(tmp_path / "plan.json", file)
    return str(tmp_path / "pool.json"), str(tmp_path / "plan.json")


@pytest.fixture
def animated(files: tuple[str, str]) -> Iterator[Terminal]:
    """Give ``animate`` with its first frame on the screen."""
    terminal = Terminal("animate", *files)
    terminal.shows("The challenge!")
    terminal.shows(" 1/5 ")
    assert "?1049" in terminal.screen.modes
    yield terminal
    terminal.child.close(force=True)


def test_animate_goes_on_by_any_key_back_by_the_left_arrow_and_ends_by_q(animated: Terminal) -> None:
    animated.types("x")
    animated.shows("Action 1 of 3: migrate b: h2 -> h3  (detour)")
    animated.types(" ")
    animated.shows("Action 2 of 3: migrate a: h1 -> h2")
    animated.types(LEFT)
    animated.shows("Action 1 of 3")
    animated.types("q")
    assert animated.ends() == 0
    assert "Action 1 of 3" in animated.screen.text  # the last frame seen stays behind


def test_animate_ends_behind_the_last_frame(animated: Terminal) -> None:
    animated.types(END)
    animated.shows("every VM is home")
    animated.types(LEFT)
    animated.shows("Action 3 of 3")
    animated.types("\r")
    animated.shows("every VM is home")
    animated.types("\r")
    assert animated.ends() == 0


def test_animate_draws_anew_when_the_size_changes(animated: Terminal) -> None:
    animated.resize(16, 44)
    drawn = animated.shows(" 1/5 ").splitlines()
    assert drawn[0] == "The challenge!  (RAM in MiB)"
    assert drawn[2] == " h1 [          >a (7)          |     3     ]"
    animated.types("q")
    assert animated.ends() == 0


def test_ctrl_c_leaves_the_terminal_as_it_was(animated: Terminal) -> None:
    animated.types(CTRL_C)
    assert animated.ends() == 130


def test_animate_with_a_delay_plays_by_itself(files: tuple[str, str]) -> None:
    terminal = Terminal("animate", *files, "--delay", "0.1")
    assert terminal.ends() == 0
    assert "every VM is home" in terminal.screen.text


def test_animate_waits_while_it_is_paused(files: tuple[str, str]) -> None:
    terminal = Terminal("animate", *files, "--delay", "2")
    terminal.shows("space pause")
    terminal.types(" ")
    terminal.shows("space play")
    terminal.types("q")
    assert terminal.ends() == 0


def test_animate_on_a_dumb_terminal_prints_the_frames(files: tuple[str, str]) -> None:
    terminal = Terminal("animate", *files, TERM="dumb")
    assert terminal.ends() == 0
    assert "every VM is home" in terminal.screen.text
    assert "\x1b[?1049h" not in terminal.written


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}])
def test_animate_is_coloured_unless_no_color_is_set(files: tuple[str, str], env: dict[str, str]) -> None:
    terminal = Terminal("animate", *files, **env)
    assert ">a (7)" in terminal.shows(" 1/5 ")
    assert ("\x1b[0;30;43m" in terminal.written) is not bool(env)
    terminal.types("q")
    assert terminal.ends() == 0


def test_animate_takes_its_keys_from_the_terminal_when_the_pool_is_piped(files: tuple[str, str]) -> None:
    terminal = Terminal("animate", "-", files[1], piped=files[0])
    terminal.shows(" 1/5 ")
    terminal.types("q")
    assert terminal.ends() == 0


def test_demo_plays_by_itself_and_ends_by_q() -> None:
    terminal = Terminal("demo", "--hosts", "3", "--seed", "1", "--delay", "60", "--workers", "1")
    terminal.shows("Round 1: the challenge!")
    terminal.types("\r")
    terminal.shows(" 2/")
    terminal.types("q")
    assert terminal.ends() == 0


def test_demo_ends_by_ctrl_c() -> None:
    terminal = Terminal("demo", "--hosts", "3", "--delay", "60", "--workers", "1")
    terminal.shows("space pause")
    terminal.types(CTRL_C)
    assert terminal.ends() == 130


def test_repl_has_history_completion_and_hints(files: tuple[str, str]) -> None:
    terminal = Terminal("repl", files[0], "--workers", "1", rows=80)
    terminal.shows("help lists the rest")
    terminal.types("b h3\r")
    terminal.shows("1. migrate b: h2 -> h3")
    terminal.types("und\t")
    terminal.shows("> undo")
    terminal.types("\r")
    terminal.shows("taken back: migrate b: h2 -> h3")
    terminal.types(UP + UP + "\r")
    terminal.types("hint\r")
    terminal.shows("hint: migrate a: h1 -> h2")
    terminal.resize(60, 100)
    terminal.types("a h2\r")
    terminal.shows("2. migrate a: h1 -> h2")
    terminal.types("b h1\r")
    terminal.shows("You took 3 migrations; the optimum is 3 migrations, proven.")
    terminal.types("quit\r")
    assert terminal.ends() == 0


def test_repl_ctrl_c_clears_the_line_and_on_an_empty_one_leaves(files: tuple[str, str]) -> None:
    terminal = Terminal("repl", files[0])
    terminal.types("a h")
    terminal.shows("> a h")
    terminal.types(CTRL_C)
    terminal.types("b h3\r")
    terminal.shows("1. migrate b: h2 -> h3")
    terminal.types(CTRL_C)
    assert terminal.ends() == 130


def test_repl_ends_by_ctrl_d(files: tuple[str, str]) -> None:
    terminal = Terminal("repl", files[0])
    terminal.shows("home yet.\n>")  # the prompt: what is typed before it is there has another meaning
    terminal.types(CTRL_D)
    assert terminal.ends() == 0


def test_debug_is_coloured_and_as_wide_as_the_terminal(files: tuple[str, str]) -> None:
    terminal = Terminal("debug", files[0], columns=50)
    assert terminal.ends() == 0
    assert "b moves: h2 -> h3" in terminal.screen.text
    assert "\x1b[1;32m" in terminal.written


def test_soak_has_a_progress_bar_that_ctrl_c_ends(tmp_path: Path) -> None:
    terminal = Terminal("soak", "--rounds", "5000", "--hosts", "3", "--out", str(tmp_path), "--workers", "1")
    terminal.shows("/5000")
    terminal.types(CTRL_C)
    assert terminal.ends() == 130
    assert "family" in terminal.screen.text


def test_the_sentences_of_a_schedule_are_broken_between_words() -> None:
    terminal = Terminal("plan", str(EXAMPLES / "swap.json"), "--schedule", "--workers", "1", rows=60)
    assert terminal.ends() == 0
    assert "Assumed, as the pool says nothing of it" in terminal.screen.text
    said = terminal.written[terminal.written.index("It takes ") :].split("[left")[0]
    assert max(map(len, said.splitlines())) <= 80


def test_why_there_is_no_plan_is_broken_between_words() -> None:
    pool = str(EXAMPLES / "goals" / "cluster.json")
    terminal = Terminal("drain", pool, "node4", "node5", "--workers", "1", rows=60)
    assert terminal.ends() == 3
    said = terminal.written[terminal.written.index("no plan exists: ") :].split("vmplan rolling ")[0]
    assert "which host 'node1' lacks" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80


def test_an_explanation_is_broken_between_words_and_what_is_indented_stays_so() -> None:
    terminal = Terminal("explain", str(EXAMPLES / "swap.json"), "--workers", "1", rows=60)
    assert terminal.ends() == 0
    said = terminal.written[terminal.written.index("Conflicts: ") :].split("[left")[0].splitlines()
    assert max(map(len, said)) <= 80
    assert said[1].startswith("  web and database cannot all go straight home: ")
    assert said[2].startswith("    ")


def test_hosts_above_a_share_are_told_in_lines_broken_between_words() -> None:
    options = "--warn-above", "ram_mib=0.8", "--workers", "1"
    terminal = Terminal("plan", str(EXAMPLES / "swap.json"), *options, rows=60, columns=60)
    assert terminal.ends() == 0
    said = terminal.written[terminal.written.index("Hosts above") :].split("[left")[0].splitlines()
    assert max(map(len, said)) <= 60
    assert [line[:4] for line in said[1:5]] == ["  be", "    ", "  al", "    "]
