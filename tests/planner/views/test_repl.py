from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from models import Migration, Plan, Pool, read_plan, read_pool, replay
from planner.game import Game
from planner.views.repl import HELP, Talk
from planner.views.screen import paper
from tests.builders import host, pool, vm
from tests.planner.stand_in import Said, exact

if TYPE_CHECKING:
    from pathlib import Path


class Session:
    """A talk, and what it says to each line."""

    def __init__(self, of: Pool, ask: object = exact) -> None:
        self.stream = io.StringIO()
        self.game = Game(of, ask)  # type: ignore[arg-type]
        self.talk = Talk(self.game, paper(self.stream, width=200))

    def say(self, line: str) -> str:
        self.stream.seek(0)
        self.stream.truncate()
        self.goes_on = self.talk.obey(line)
        return self.stream.getvalue()


def test_legal_moves_are_made_and_drawn(tiny: Pool) -> None:
    said = Session(tiny).say("b h3")
    assert said.splitlines()[0] == "1. migrate b: h2 -> h3"
    assert "~b (6)" in said
    assert "2 VMs are not home yet." in said


def test_refusal_names_rule_host_and_both_figures(tiny: Pool) -> None:
    session = Session(tiny)
    assert session.say("a h2") == "no: h2 has 4 ram_mib free of 10, a takes 7 (capacity)\n"
    assert session.game.actions == []


def test_refusal_by_a_filter_names_the_rule() -> None:
    pinned = pool([host("h1"), host("h2")], [vm("a", movable=False), vm("b")], "h1: a b", "h1: a, h2: b")
    assert "movable=false (pinned) (movable)" in Session(pinned).say("a h2")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c h1", "no VM 'c'"),
        ("a h11", "no host 'h11', did you mean h1?"),
        ("nonsense", "'nonsense': type VM HOST, or help"),
        ("a h1", "it is there already"),
        ('"a', "No closing quotation"),
        ("save", "save what?"),
        ("save a\0b", "embedded null"),
        ("a off", "it may not be stopped"),
        ("b off now", "type VM HOST, or help"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(tiny: Pool, line: str, said: str) -> None:
    session = Session(tiny)
    assert said in session.say(line)
    assert session.game.actions == []
    assert session.goes_on


def test_undo_takes_back_one_by_one(tiny: Pool) -> None:
    session = Session(tiny)
    session.say("b h3")
    assert "taken back: migrate b: h2 -> h3" in session.say("undo")
    assert session.game.placement == tiny.current.placement
    assert session.say("undo") == "nothing to take back\n"


def test_following_the_hints_leads_home_at_the_optimum(tiny: Pool) -> None:
    session = Session(tiny)
    said = ""
    for left in (3, 2, 1):
        hint = session.say("hint")
        assert f"({left} migration{'s' if left > 1 else ''} from here, optimal)" in hint
        vm_name, hosts = hint.removeprefix("hint: migrate ").split("  ")[0].split(": ")
        said = session.say(f"{vm_name} {hosts.split(' -> ')[1]}")
    assert "Every VM is home! You took 3 migrations; the optimum is 3 migrations, proven." in said
    assert session.say("hint") == "every VM is home already\n"


def test_at_home_more_moves_than_the_optimum_are_told(tiny: Pool) -> None:
    session = Session(tiny)
    for line in ("b h3", "b h2", "b h3", "a h2"):
        session.say(line)
    assert "You took 5 migrations; the optimum is 3 migrations, proven." in session.say("b h1")


def test_at_home_an_unproven_planner_claims_no_optimum(tiny: Pool) -> None:
    def unsure(of: Pool) -> Said:
        said = exact(of)
        return Said("feasible", said.plan, said.cost, 2)

    session = Session(tiny, unsure)
    for line in ("b h3", "a h2"):
        session.say(line)
    assert "the planner's best is 3 migrations, no plan costs less than 2." in session.say("b h1")


def test_plan_lists_the_actions_from_here(tiny: Pool) -> None:
    session = Session(tiny)
    session.say("b h3")
    assert session.say("plan").splitlines() == [
        "1. migrate a: h1 -> h2",
        "2. migrate b: h3 -> h1",
        "2 migrations.",
    ]


def test_dead_end_says_so() -> None:
    one_way = pool(
        [host("old", version=1), host("new", version=2), host("old2", version=1)],
        [vm("a")],
        "old: a",
        "old2: a",
    )
    session = Session(one_way)
    session.say("a new")
    assert "no way leads home from here, try undo" in session.say("hint")


def test_where_nothing_was_done_nothing_can_be_undone() -> None:
    stuck = pool([host("h1"), host("h2")], [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")
    session = Session(stuck, lambda _: Said("infeasible", None, None, None))
    assert session.say("hint") == "no way leads home from here: infeasible\n"


def test_shutdowns_and_provisions_are_played_too() -> None:
    life = pool([host("h1"), host("h2")], [vm("a", 8), vm("b", 8)], "h1: a", "h1: b")
    session = Session(life)
    assert "h1 has 2 ram_mib free of 10, b takes 8" in session.say("b h1")
    assert "hint: shut down a on h1" in session.say("hint")
    assert "shut down a on h1" in session.say("a off")
    assert "not its target" in session.say("b h2")
    assert "Every VM is home! You took 0 migrations" in session.say("b h1")


def test_stopped_vm_is_started_and_hints_know_it() -> None:
    hosts, vms = [host("h1"), host("h2")], [vm("a", 8, offline=True), vm("b", 8)]
    session = Session(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"))
    session.say("a off")
    session.say("b h1")
    assert "hint: start a on h2" in session.say("hint")
    said = "You took 11 in cost with 1 stop; the optimum is 11 in cost with 1 stop, proven."
    assert f"Every VM is home! {said}" in session.say("a h2")


def test_a_bound_is_not_rounded_up() -> None:
    wide = pool([host("h1", 9000), host("h2", 9000)], [vm("a", 1029)], "h1: a", "h2: a")

    def unsure(of: Pool) -> Said:
        return Said("feasible", Plan.of(of, [Migration("a", "h1", "h2")], "ram"), 1029, 1029)

    session = Session(wide, unsure)
    session.game = session.talk.game = Game(wide, unsure, "ram")
    assert "no plan costs less than 1,029 MiB." in session.say("a h2")


def test_a_plan_of_no_actions_is_saved_as_one(tiny: Pool, tmp_path: Path) -> None:
    said = Session(tiny).say(f"save {tmp_path}/none.json")
    assert said.startswith("wrote a plan without actions to ")


def test_save_writes_a_plan_that_the_replay_accepts(tiny: Pool, tmp_path: Path) -> None:
    session, path = Session(tiny), tmp_path / "mine.json"
    for line in ("b h3", "a h2"):
        session.say(line)
    assert "unfinished: 1 VM is not home" in session.say(f"save {path}")
    assert read_plan(path).reason == "unfinished: 1 VM is not where it shall be"
    session.say("b h1")
    assert "wrote 3 migrations, 1 of them a detour to" in session.say(f"save {path}")
    saved = read_plan(path)
    assert (saved.status, saved.cost, saved.bound, saved.gap) == ("optimal", 3, 3, 0.0)
    assert replay(tiny, saved.steps()) == []


def test_save_pool_writes_where_one_is(tiny: Pool, tmp_path: Path) -> None:
    session, path = Session(tiny), tmp_path / "here.json"
    session.say("b h3")
    session.say(f"save-pool {path}")
    saved = read_pool(path)
    saved.check()
    assert dict(saved.current.placement) == {"a": "h1", "b": "h3"}
    assert saved.target.placement == tiny.target.placement


def test_file_that_cannot_be_written_is_an_answer(tiny: Pool, tmp_path: Path) -> None:
    session = Session(tiny)
    assert "No such file or directory" in session.say(f"save {tmp_path}/none/x.json")
    assert session.goes_on


def test_quit_ends_and_names_win_over_commands(tiny: Pool) -> None:
    session = Session(tiny)
    session.say("quit")
    assert not session.goes_on
    named = pool([host("h1"), host("off")], [vm("save")], "h1: save", "off: save")
    assert "Every VM is home!" in Session(named).say("save off")


def test_names_with_spaces_and_markup_go_in_quotes() -> None:
    odd = pool([host("h 1"), host("[red]")], [vm("<b>x</b>")], {"<b>x</b>": "h 1"}, {"<b>x</b>": "[red]"})
    said = Session(odd).say("'<b>x</b>' [red]")
    assert "1. migrate <b>x</b>: h 1 -> [red]" in said
    assert "Every VM is home!" in said


def test_help_fits_eighty_columns(tiny: Pool) -> None:
    said = Session(tiny).say("help").splitlines()
    assert said == HELP.rstrip().splitlines()
    assert max(map(len, said)) < 80


def stoppable_swap() -> Pool:
    """Give two hosts and two VMs that change places, of which one must be stopped for a while."""
    vms = [vm("a", 7, offline=True), vm("b", 6, offline=True)]
    return pool([host("h1"), host("h2")], vms, "h1: a, h2: b", "h1: b, h2: a")


def test_the_plan_starts_a_stopped_vm_as_the_hint_does() -> None:
    session = Session(stoppable_swap())
    session.say("a off")
    session.say("b h1")
    assert "hint: start a on h2" in session.say("hint")
    said = session.say("plan")
    assert "1. start a on h2" in said
    assert "1 start." in said
    assert "provision" not in said


def test_a_vm_that_is_off_is_off_already() -> None:
    session = Session(stoppable_swap())
    session.say("a off")
    assert session.say("a off") == "a is off already\n"
    assert len(session.game.actions) == 1
