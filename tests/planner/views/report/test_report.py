"""The report as a file: what it says, what it may do, and the command that writes it."""

from __future__ import annotations

import gzip
import io
import json
import re
from base64 import b64encode
from hashlib import sha256
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from models import VM, Host, Migration, Plan, Pool, PoolState, Provision, Shutdown, write_plan, write_pool
from models.actions import Start, Stop, Update
from models.amounts import LARGEST
from models.goal_told import GoalTold, Held
from models.plan_file import HeuristicEntry, PlanFile
from models.rolling_plan import RollingPlan
from planner.cli.main import main
from planner.verdict.statements import ConflictTold
from planner.views.report import build_report
from planner.views.report.page import embedded
from tests.planner.views.walks import plan_file, random_state, walked

if TYPE_CHECKING:
    from pathlib import Path

    from models.actions import Step

SWAP = (Migration("b", "h2", "h3"), Migration("a", "h1", "h2"), Migration("b", "h3", "h1"))


def swap(pool: Pool, status: str = "optimal", **more: Any) -> PlanFile:
    return plan_file(Plan.of(pool, SWAP), status, **{"bound": 3, "gap": 0.0, **more})


def data_of(html: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', html, re.DOTALL)[1])


def verdict_of(html: str) -> str:
    return re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)[1]


def test_verdict_tells_migrations_detours_and_proof(tiny: Pool) -> None:
    report = build_report(tiny, swap(tiny, heuristic=HeuristicEntry("aspiers", 4)))
    assert verdict_of(report.html) == (
        "3 migrations for 2 VMs, 1 detour among them, every step safe. "
        "Optimal: proven that no plan costs less."
    )
    assert "<dt>Started from aspiers</dt><dd>4</dd>" in report.html
    assert report.problems == ()


def test_verdict_tells_how_far_from_the_bound(tiny: Pool) -> None:
    html = build_report(tiny, swap(tiny, "feasible", bound=2, gap=1 / 3)).html
    assert "Feasible: proven that no plan costs less than 2, a gap of 33.33%." in verdict_of(html)
    assert "<dt>Gap</dt><dd>33.33%</dd>" in html
    html = build_report(tiny, swap(tiny, "feasible", bound=None, gap=None)).html
    assert "nothing is proven" in verdict_of(html)


def test_verdict_of_ram_is_in_sizes(tiny: Pool) -> None:
    plan = Plan.of(tiny, SWAP, "ram")
    html = build_report(tiny, plan_file(plan, bound=13, gap=6 / 19)).html
    assert "Feasible: proven that no plan costs less than 13 MiB, a gap of 31.58%." in verdict_of(html)
    assert "<dt>Cost (ram)</dt><dd>19 MiB</dd>" in html


def test_of_an_early_end_the_facts_speak_of_the_end_first(tiny: Pool) -> None:
    plan = Plan.of(tiny, SWAP, "time")
    proven = build_report(tiny, plan_file(plan, bound=2, gap=1 / 3, makespan_s=75, makespan_bound_s=75)).html
    end = "<dt>Takes</dt><dd>1 min 15 s</dd></div><div><dt>End</dt><dd>proven earliest</dd>"
    assert end in re.sub(r"\s*\n\s*", "", proven)
    assert "<dt>Migrations at least</dt><dd>2</dd>" in proven
    assert "<dt>Gap</dt>" not in proven
    open_end = build_report(tiny, plan_file(plan, bound=2, makespan_s=75, makespan_bound_s=40)).html
    assert "<dt>At least</dt><dd>40 s</dd>" in open_end


@pytest.mark.parametrize(("objective", "bound"), [("moves", "Bound"), ("time", "Cost at least")])
def test_where_a_vm_is_stopped_the_cost_is_no_number_of_migrations(objective: str, bound: str) -> None:
    vms = [VM("a", {"ram_mib": 8}, offline=True), VM("b", {"ram_mib": 8})]
    current = PoolState(
        [Host("h1", {"ram_mib": 10}), Host("h2", {"ram_mib": 10})], vms, {"a": "h1", "b": "h2"}
    )
    of = Pool(current, current.placed({"a": "h2", "b": "h1"}))
    actions = (Stop("a", "h1"), Migration("b", "h2", "h1"), Start("a", "h2"))
    html = build_report(of, plan_file(Plan.of(of, actions, objective), "optimal", bound=11)).html
    assert "<dt>Migrations</dt><dd>1</dd>" in html
    assert f"<dt>Cost</dt><dd>11</dd></div><div><dt>{bound}</dt><dd>11</dd>" in html


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("infeasible", "Proven: no plan exists: "),
        ("no_plan_found", "No plan found, and no proof that there is none: "),
    ],
)
def test_no_plan_says_why(tiny: Pool, status: str, words: str) -> None:
    report = build_report(tiny, PlanFile(status=status, reason="h1 < h2 is full"))
    assert verdict_of(report.html) == f"{words}h1 &lt; h2 is full."
    assert '<dl class="facts"></dl>' in report.html, "no plan has no migrations, not even none"
    assert report.problems == ()


def test_where_no_plan_was_found_what_is_proven_is_told(tiny: Pool) -> None:
    html = build_report(tiny, PlanFile(status="no_plan_found", reason="the limit", bound=1_234)).html
    assert '<dl class="facts"><div><dt>Bound</dt><dd>1,234</dd></div></dl>' in html


def test_nothing_to_do(tiny: Pool) -> None:
    still = Pool(tiny.current, tiny.current)
    made_of = HeuristicEntry("nothing to move", 0)
    html = build_report(still, PlanFile(status="optimal", cost=0, bound=0, gap=0.0, heuristic=made_of)).html
    assert "Started from" not in html
    assert verdict_of(html) == "Nothing to do: every VM is where it should be."


def test_detour_is_explained_by_the_room_at_its_target(tiny: Pool) -> None:
    notes = data_of(build_report(tiny, swap(tiny)).html)["notes"]
    assert notes == {
        "1": "b steps aside from h2 to h3: its target h1 has 3 MiB RAM free of 10 MiB, b takes 6 MiB. "
        "It gets there with action 3."
    }


def test_detour_from_home_names_who_it_makes_way_for() -> None:
    hosts = [Host(f"h{number}", {"ram_mib": 10}) for number in (1, 2, 3)]
    vms = [VM("settled", {"ram_mib": 4}), VM("big", {"ram_mib": 8})]
    state = PoolState(hosts, vms, {"settled": "h1", "big": "h2"})
    pool = Pool(state, state.placed({"settled": "h1", "big": "h3"}))
    moves = [
        Migration("settled", "h1", "h3"),
        Migration("big", "h2", "h1"),
        Migration("settled", "h3", "h1"),
    ]
    notes = data_of(build_report(pool, plan_file(Plan.of(pool, moves))).html)["notes"]
    assert notes["1"] == (
        "settled steps aside from h1 to h3, though h1 is its home: it makes way for big (action 2), "
        "which takes 8 MiB RAM where h1 has 6 MiB free."
    )


def test_explanations_that_are_given_come_first(tiny: Pool) -> None:
    html = build_report(tiny, swap(tiny), explanations={1: "Because."}).html
    assert data_of(html)["notes"] == {"1": "Because."}


def test_conflicts_come_with_the_numbers_of_their_vms(tiny: Pool) -> None:
    conflicts = [ConflictTold(("b", "a"), "1/2", "a and b cannot all go straight home")]
    data = data_of(build_report(tiny, swap(tiny), conflicts=conflicts).html)
    names = [vm.name for vm in tiny.vms]
    assert data["conflicts"] == [
        [[names.index("b"), names.index("a")], "1/2", "a and b cannot all go straight home"]
    ]


def test_unsafe_plan_lists_its_violations(tiny: Pool) -> None:
    plan = Plan.of(tiny, [Migration("a", "h1", "h2"), Migration("b", "h2", "h1")])
    report = build_report(tiny, plan_file(plan))
    assert report.problems == ("action 1: h2 has 4 ram_mib free of 10, a takes 7 (capacity)",)
    assert verdict_of(report.html) == "Do not run this plan: 1 violation, the first at action 1."


def test_of_an_unsafe_plan_nothing_is_said_to_be_proven(tiny: Pool) -> None:
    plan = Plan.of(tiny, [Migration("a", "h1", "h2"), Migration("b", "h2", "h1")])
    file = plan_file(plan, "optimal", bound=2, gap=0.0, makespan_s=75, makespan_bound_s=75)
    html = build_report(tiny, file).html
    facts = re.findall("<dt>([^<]*)</dt>", html)
    assert facts == ["Migrations", "Detours", "RAM migrated"]


def test_unfinished_plan_is_no_safe_plan(tiny: Pool) -> None:
    report = build_report(tiny, plan_file(Plan.of(tiny, SWAP[:2])))
    assert report.problems == ("in the end: b is on h3, its target is h1",)
    assert verdict_of(report.html) == "Do not run this plan: 1 violation."


def test_false_claims_of_the_file_are_named(tiny: Pool) -> None:
    report = build_report(tiny, PlanFile(status="optimal", cost=2, bound=2, actions=swap(tiny).actions))
    assert report.problems == (
        "the file: it says cost 2, its actions cost 3",
        "the file: it says optimal, with a bound of 2 for a cost of 3",
    )


def test_actions_that_name_nothing_of_the_pool_are_shown_as_words(tiny: Pool) -> None:
    actions = [Migration("x", "h1", "h2"), Shutdown("a", "h9"), Provision("y", "h1")]
    data = data_of(build_report(tiny, plan_file(Plan.of(tiny, actions))).html)
    assert data["odd"] == {
        "1": "migrate x: h1 -> h2",
        "2": "shut down a on h9",
        "3": "provision y on h1",
    }


def test_every_feature_of_a_pool_is_taken(full: Pool) -> None:
    actions = [
        Shutdown("gone", "old1"),
        Migration("db2", "old2", "new1"),
        Migration("db1", "old1", "new2"),
        Migration("legacy", "old1", "new1"),
        Provision("fresh", "old1"),
    ]
    report = build_report(full, plan_file(Plan.of(full, actions), "optimal", bound=3, gap=0.0))
    assert report.problems == ()
    name, usable, reserved, tags = data_of(report.html)["hosts"][0]
    assert (name, usable, reserved) == ("old1", [30, 8], [2, 0])
    assert tags == ["version 7", "avx2"]
    assert "1 shut down, 1 provisioned" in verdict_of(report.html)


def test_what_a_host_keeps_is_multiplied_exactly_however_large() -> None:
    state = PoolState(
        [Host("old", {"ram_mib": 8}, reserved={"ram_mib": LARGEST}, overcommit={"ram_mib": 1e300})],
        [VM("a", {"ram_mib": 1})],
        {},
    )
    pool = Pool(state, state)
    report = build_report(pool, plan_file(Plan.of(pool, []), "optimal", bound=0, gap=0.0))
    assert data_of(report.html)["hosts"][0][:3] == ["old", [0], [LARGEST * 10**300]]


def test_embedded_data_cannot_end_the_script() -> None:
    text = embedded({"name": "</script><!--&\u2028\u2029"})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"name": "</script><!--&\u2028\u2029"}


def test_names_are_escaped_in_the_page(tiny: Pool) -> None:
    html = build_report(tiny, swap(tiny), pool_name="<b>@@DATA@@", plan_name="</title>").html
    assert "<b>" not in html
    assert "&lt;b&gt;@@DATA@@" in html
    assert html.count("</title>") == 1


def test_policy_allows_this_script_and_style_alone(tiny: Pool) -> None:
    html = build_report(tiny, swap(tiny)).html
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, tag in (("script", r"<script>"), ("style", r"<style>")):
        inside = re.search(rf"{tag}(.*?)</{kind}>", html, re.DOTALL)[1]
        assert f"{kind}-src 'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'" in policy


def test_page_names_no_address_but_that_of_svg(tiny: Pool) -> None:
    html = build_report(tiny, swap(tiny)).html
    assert set(re.findall(r"https?://[^\"'\s)]+", html)) == {"http://www.w3.org/2000/svg"}


def test_big_pool_stays_below_six_megabytes() -> None:
    pool, plan = walked(random_state(Random(1), 824, 4042, 0.7), 4000, Random(2))
    report = build_report(pool, plan_file(plan))
    assert report.problems == ()
    assert len(report.html.encode()) < 6_000_000


@pytest.fixture
def files(tiny: Pool, tmp_path: Path) -> Path:
    write_pool(tmp_path / "pool.json", tiny)
    write_plan(tmp_path / "plan.json", swap(tiny))
    write_plan(tmp_path / "plan.json.gz", swap(tiny))
    write_plan(tmp_path / "unsafe.json", plan_file(Plan.of(tiny, SWAP[1:])))
    return tmp_path


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["report", *map(str, args)])
    return int(stop.value.code)


@pytest.mark.parametrize("plan", ["plan.json", "plan.json.gz"])
def test_command_writes_the_page(files: Path, plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files / "pool.json", files / plan, "-o", files / "plan.html") == 0
    html = (files / "plan.html").read_text(encoding="utf-8")
    assert "Optimal: proven" in html
    assert str(files) not in html
    assert capsys.readouterr() == ("", "")


def test_command_tells_the_conflicts_behind_a_detour(files: Path) -> None:
    assert run(files / "pool.json", files / "plan.json", "-o", files / "plan.html") == 0
    (only,) = data_of((files / "plan.html").read_text(encoding="utf-8"))["conflicts"]
    assert "a and b cannot all go straight home" in only[2]


def test_command_reads_and_writes_standard_streams(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    packed = gzip.compress((files / "plan.json").read_bytes())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(packed)))
    assert run(files / "pool.json", "-", "-o", "-") == 0
    assert capsysbinary.readouterr().out.startswith(b"<!doctype html>")


def test_command_shows_an_unsafe_plan_and_exits_by_1(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files / "pool.json", files / "unsafe.json", "-o", files / "plan.html") == 1
    error = capsys.readouterr().err
    assert error.startswith("vmplan: action 1: h2 has 4 ram_mib free of 10, a takes 7 (capacity)")
    assert error.count("\n") == 1
    assert "Do not run this plan" in (files / "plan.html").read_text(encoding="utf-8")


def test_command_sets_the_threshold(files: Path) -> None:
    for text, share in (("0.75", 0.75), ("80%", 0.8)):
        run(
            files / "pool.json",
            files / "plan.json",
            "-o",
            files / "p.html",
            "--warn-above",
            f"ram_mib={text}",
        )
        data = data_of((files / "p.html").read_text(encoding="utf-8"))
        assert data["resources"] == [["ram_mib", "RAM", "mib", share]]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["pool.json", "plan.json"], "Missing option '-o' / '--output'; vmplan report --help has examples"),
        (["pool.json", "nowhere.json", "-o", "x.html"], "nowhere.json: No such file"),
        (["pool.json", "pool.json", "-o", "x.html"], "pool.json: "),
        (["-", "-", "-o", "x.html"], "only one of POOL and PLAN can be standard input"),
        (["pool.json", "plan.json", "-o", "x.html", "--warn-above", "disk=0.5"], "unknown resource"),
        (["pool.json", "plan.json", "-o", "x.html", "--warn-above", "ram_mib=7"], "above 0 and at most 1"),
        (["pool.json", "plan.json", "-o", "nowhere/x.html"], "No such file"),
    ],
)
def test_command_complains_in_one_line(
    files: Path,
    args: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(files)
    assert run(*args) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_name_that_turns_text_around_does_not_turn_what_was_asked_for(tiny: Pool) -> None:
    goal = GoalTold("nothing is left on \u202eexe.h1", 1)
    html = build_report(tiny, swap(tiny, goal=goal, why=("\u2067b must leave h2",))).html
    assert "<b>Asked for:</b> nothing is left on exe.h1. 1 VM could stay or move." in html
    assert "<li>b must leave h2</li>" in html


def test_the_page_says_what_a_goal_asked_for_and_who_could_choose(tiny: Pool) -> None:
    goal = GoalTold("nothing is left on <h1>", 1, "1 host more is empty", (Held("a", "it is not movable"),))
    html = build_report(tiny, swap(tiny, goal=goal, why=("b must leave <h2>",))).html
    assert "nothing is left on &lt;h1&gt;, and 1 host more is empty." in html
    assert "Of 2 VMs 1 could stay or move, 1 could not" in html
    assert "<span>3 hosts, 2 VMs</span>" in html
    assert "<li>b must leave &lt;h2&gt;</li>" in html
    assert "<li>a: it is not movable</li>" in html
    number = [vm.name for vm in tiny.vms].index("a")
    assert data_of(html)["held"] == {str(number): "it is not movable"}


def test_the_page_of_one_vm_on_one_host_says_so() -> None:
    current = PoolState([Host("h", {"ram_mib": 10})], [VM("a", {"ram_mib": 4})], {"a": "h"})
    file = PlanFile(status="optimal", cost=0, bound=0, goal=GoalTold("nothing is left on h", 1))
    html = build_report(Pool(current, current), file).html
    assert "<span>1 host, 1 VM</span>" in html
    assert " 1 VM could stay or move." in html


def test_a_page_without_a_goal_says_nothing_of_one(tiny: Pool) -> None:
    assert 'id="goal"' not in build_report(tiny, swap(tiny)).html


def a_rolling(*steps: Step) -> tuple[Pool, PlanFile]:
    """``a`` leaves h1, which is updated."""
    state = PoolState(
        [Host("h1", {"ram_mib": 4}), Host("h2", {"ram_mib": 4})], [VM("a", {"ram_mib": 2})], {"a": "h1"}
    )
    pool = Pool(state, state.placed({"a": "h2"}))
    plan = RollingPlan.of(state, steps or (Migration("a", "h1", "h2"), Update("h1")))
    return pool, PlanFile(status="optimal", cost=plan.cost, bound=plan.cost, gap=0.0, actions=plan.entries())


def test_a_rolling_plan_is_shown_with_its_updates() -> None:
    report = build_report(*a_rolling())
    assert report.problems == ()
    assert verdict_of(report.html).startswith("1 host emptied and updated, 1 migration, every step safe.")
    assert data_of(report.html)["actions"] == [["migrate", 0, 0, 1, 1, False], ["update", -1, 0, 0, 0, False]]


def test_an_update_of_a_host_that_is_not_empty_is_a_violation() -> None:
    report = build_report(*a_rolling(Update("h1"), Migration("a", "h1", "h2")))
    assert report.problems[0] == "action 1: update h1: a is on it"
