"""The page of a plan with a schedule: who is where at any second, and the time line above the hosts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from heuristics import Deadline
from heuristics.justify import short_schedule
from heuristics.tasks import everyone
from models import (
    VM,
    Host,
    Migration,
    Plan,
    Pool,
    PoolState,
    Provision,
    Schedule,
    Shutdown,
    Start,
    Stop,
    Timing,
)
from models.clock import Clock
from models.plan_file import PlanFile
from planner.scheduling.critical_path import critical_path
from planner.scheduling.timetable import Timetable, work_of_actions, written_out
from planner.views.report import build_report
from tests.builders import moves
from tests.planner.views.walks import plan_file, random_state, walked
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.planner.views.report.conftest import Opened

pytestmark = pytest.mark.browser

STEPS = 40


@dataclass(frozen=True)
class Timed:
    pool: Pool
    plan: Plan
    times: Schedule
    tab: Opened


def scheduled(pool: Pool, plan: Plan) -> tuple[Plan, Schedule]:
    """Give the plan in time, by a list schedule."""
    problem = everyone(pool)
    work = work_of_actions(problem, Clock(problem), plan.actions)
    return written_out(Timetable(work, short_schedule(work, Deadline(60))))


def timed_file(plan: Plan, times: Schedule) -> PlanFile:
    return PlanFile(
        status="feasible", objective="moves", cost=plan.cost, bound=1, gap=0.5, actions=plan.entries(times),
        makespan_s=times.makespan_s, makespan_bound_s=1, makespan_gap=0.5,
    )  # fmt: skip


@pytest.fixture
def timed(opened: Callable[..., Opened]) -> Timed:
    """Eight hosts, 30 VMs and 40 migrations, in time, the page at second 0."""
    pool, plan = walked(random_state(Random(5), 8, 30, 0.75), STEPS, Random(6))
    plan, times = scheduled(pool, plan)
    tab = opened(build_report(pool, timed_file(plan, times)).html)
    tab.page.locator("#clock button[data-clock=time]").click()
    return Timed(pool, plan, times, tab)


def test_a_name_that_turns_text_around_turns_no_sentence_with_other_names(
    opened: Callable[..., Opened],
) -> None:
    hosts = [Host(name, {"ram_mib": 8}) for name in ("h1", "h2", "h3")]
    names = ["\u202egnp.exe", "web"]
    current = PoolState(hosts, [VM(name, {"ram_mib": 4}) for name in names], {names[0]: "h1", "web": "h2"})
    pool = Pool(current, current.placed({names[0]: "h2", "web": "h3"}))
    plan, times = scheduled(pool, Plan.of(pool, moves(f"{names[0]}: h1 -> h2", "web: h2 -> h3")))
    tab = opened(build_report(pool, timed_file(plan, times)).html)
    tab.page.locator("#clock button[data-clock=time]").click()
    said = tab.run("document.querySelector('.why').textContent")
    assert re.match(r"gnp\.exe \(until .*\), web \(until .*\)$", said)
    assert tab.run("document.querySelector('#actions .row .name').title") == names[0]


def loads_at(timed: Timed, second: int) -> dict[str, dict[str, int]]:
    """Host -> resource -> load: on the destination from the start on, on the source until the end."""
    where = {vm: [host] for vm, host in timed.pool.current.placement.items()}
    for number in sorted(range(STEPS), key=timed.times.start_s.__getitem__):
        action = timed.plan.actions[number]
        if timed.times.start_s[number] <= second:
            where[action.vm].append(action.destination)
        if timed.times.end_s[number] <= second:
            where[action.vm].remove(action.source)
    loads = {host.name: {"ram_mib": 0, "vcpus": 0} for host in timed.pool.hosts}
    for vm, hosts in where.items():
        for host in hosts:
            for resource, amount in timed.pool.current.vm(vm).demand.items():
                loads[host][resource] += amount
    return loads


def test_bars_count_whoever_is_in_flight_on_both_hosts_at_any_second(timed: Timed) -> None:
    ends = {*timed.times.start_s, *timed.times.end_s}
    seconds = [*Random(7).sample(sorted(ends), 8), timed.times.makespan_s // 2, 0, timed.times.makespan_s]
    for second in seconds:
        timed.tab.goto(second)
        shown = {bar["host"]: json.loads(bar["loads"]) for bar in timed.tab.bars()}
        assert shown == loads_at(timed, second), second


def test_those_in_flight_are_told_and_marked(timed: Timed) -> None:
    second = max(timed.times.start_s) - 1
    flying = sum(
        start <= second < end
        for start, end in zip(timed.times.start_s, timed.times.end_s, strict=True)
    )  # fmt: skip
    timed.tab.goto(second)
    assert timed.tab.page.locator("#grid .vm.moving").count() == 2 * flying
    expect(timed.tab.page.locator("#stage .doing")).to_contain_text(f"{flying or 'nothing'} in flight")
    assert timed.tab.page.locator("#actions .row.now").count() <= flying


def test_every_action_is_drawn_on_both_its_hosts_and_the_chain_is_marked(timed: Timed) -> None:
    timed.tab.page.set_viewport_size({"width": 1280, "height": 1000})
    bars = timed.tab.run("vmplan.bars()")
    assert sorted(bar["step"] for bar in bars) == sorted([*range(1, STEPS + 1)] * 2)
    chain = {link.number for link in critical_path(timed.pool.current, timed.plan, timed.times)}
    assert {bar["step"] for bar in bars if bar["decides"]} == chain


def test_what_decides_the_end_is_shown_alone_and_all_again(timed: Timed) -> None:
    chain = [link.number for link in critical_path(timed.pool.current, timed.plan, timed.times)]
    listed, button = timed.tab.page.locator("#listed"), timed.tab.page.locator("#chain")
    button.click()
    expect(listed).to_have_text(f"{len(chain)} of {STEPS}")
    steps = timed.tab.run(
        "[...document.querySelectorAll('#actions .row')].map(row => Number(row.dataset.step))"
    )
    assert sorted(steps) == sorted(chain)
    button.click()
    expect(listed).to_have_text(str(STEPS))


def test_each_action_of_the_list_has_its_times(timed: Timed) -> None:
    timed.tab.goto(0)
    expect(timed.tab.page.locator("#actions .row.now .when").first).to_have_text(re.compile(r"^0(:00| s) – "))


def test_the_time_line_is_no_taller_than_its_lanes(opened: Callable[..., Opened], tiny: Pool) -> None:
    plan, times = scheduled(tiny, Plan.of(tiny, moves("a: h1 -> h3", "b: h2 -> h1", "a: h3 -> h2")))
    tab = opened(build_report(tiny, timed_file(plan, times)).html)
    assert tab.run("document.getElementById('lanes').clientHeight") == 20 + 3 * 20


def test_zoom_shows_a_part_and_all_again(timed: Timed) -> None:
    lanes = timed.tab.page.locator("#lanes")
    whole = float(lanes.get_attribute("data-to") or 0)
    assert whole == timed.times.makespan_s
    timed.tab.page.locator("#zoom-in").click()
    assert float(lanes.get_attribute("data-to") or 0) == whole / 2
    timed.tab.page.locator("#zoom-all").click()
    assert float(lanes.get_attribute("data-to") or 0) == whole


def test_click_on_a_bar_goes_to_the_start_of_its_action(timed: Timed) -> None:
    bar = max(timed.tab.run("vmplan.bars()"), key=lambda bar: bar["width"] * (bar["y"] > 0))
    middle = {"x": bar["x"] + bar["width"] / 2, "y": bar["y"] + bar["height"] / 2}
    timed.tab.page.locator("#lanes").click(position=middle)
    assert timed.tab.step == timed.times.start_s[bar["step"] - 1]


def test_arrows_go_to_where_something_begins_or_ends(timed: Timed) -> None:
    ends = sorted({*timed.times.start_s, *timed.times.end_s})
    seen = []
    for _ in range(4):
        timed.tab.page.keyboard.press("ArrowRight")
        seen.append(timed.tab.step)
    assert seen == [second for second in ends if second > 0][:4]
    timed.tab.page.keyboard.press("End")
    assert timed.tab.step == timed.times.makespan_s


def test_it_plays_to_its_end(timed: Timed) -> None:
    timed.tab.goto(timed.times.makespan_s - 2)
    timed.tab.page.select_option("#speed", "20")
    timed.tab.page.locator("#play").click()
    expect(timed.tab.page.locator("#play")).to_have_attribute("aria-pressed", "false")
    assert timed.tab.step == timed.times.makespan_s


def test_steps_and_seconds_stay_together(timed: Timed) -> None:
    assert timed.tab.page.get_attribute("#slider", "aria-label") == "Time of the plan"
    timed.tab.goto(timed.times.start_s[20])
    timed.tab.page.keyboard.press("t")
    assert timed.tab.page.get_attribute("#slider", "aria-label") == "Step of the plan"
    begun = [n for n, start in enumerate(timed.times.start_s, 1) if start == timed.times.start_s[20]]
    assert timed.tab.step in begun


def test_lanes_of_hosts_that_differ_in_the_middle_or_at_the_end_tell_which_is_which(
    opened: Callable[..., Opened],
) -> None:
    names = [f"compute-node-rack07-unit-{number}.dc1.example.net" for number in (17, 18)]
    names.append("control-plane-" + "a" * 60 + "-9")
    state = PoolState(
        [Host(name, {"ram_mib": 8}) for name in names], [VM("a", {"ram_mib": 4})], {"a": names[0]}
    )
    pool = Pool(state, state.placed({"a": names[2]}))
    plan = Plan.of(pool, [Migration("a", names[0], names[1]), Migration("a", names[1], names[2])])
    tab = opened(build_report(pool, timed_file(*scheduled(pool, plan))).html)
    for width in (1280, 400):
        tab.page.set_viewport_size({"width": width, "height": 800})
        labels = tab.run("vmplan.labels()")
        assert len(set(labels)) == 3
        assert all("…" in label for label in labels)
        assert labels[2].endswith("-9")


def test_paper_tells_when_each_action_runs(timed: Timed) -> None:
    timed.tab.run("dispatchEvent(new Event('beforeprint'))")
    cells = "[...document.querySelectorAll('#print table:last-child {}')].map(it => it.textContent)"
    heads = timed.tab.run(cells.format("th"))
    assert heads == ["", "Action", "From", "To", "Begins", "Ends"]
    when = timed.tab.run(cells.format("tbody tr:nth-child(9) .when"))
    assert when == [f"{at[8] // 60}:{at[8] % 60:02}" for at in (timed.times.start_s, timed.times.end_s)]


@pytest.mark.parametrize("width", [360, 400, 560])
def test_a_narrow_page_shows_where_the_plan_is(timed: Timed, width: int) -> None:
    """Play by steps or in time stands below the slider then, which leaves the count its room."""
    timed.tab.page.set_viewport_size({"width": width, "height": 800})
    for clock in ("time", "steps"):
        timed.tab.page.locator(f"#clock button[data-clock={clock}]").click()
        count = "document.getElementById('count')"
        assert timed.tab.run(f"{count}.scrollWidth <= {count}.clientWidth"), clock
        tops = timed.tab.run(
            "['play', 'count', 'theme'].map(id => document.getElementById(id).getBoundingClientRect().top)"
        )
        assert max(tops) - min(tops) < 20


def test_what_takes_no_time_is_seen_above_what_begins_or_ends_just_then(
    opened: Callable[..., Opened],
) -> None:
    hosts = [Host("h1", {"ram_mib": 8}), Host("h2", {"ram_mib": 8})]
    vms = [VM(name, {"ram_mib": 4}, migration_s=60) for name in ("moves", "old", "new")]
    state = PoolState(hosts, vms, {"moves": "h1", "old": "h2"}, timing=Timing(shutdown_s=0, provision_s=0))
    pool = Pool(state, state.placed({"moves": "h2", "new": "h1"}))
    plan = Plan.of(pool, [Shutdown("old", "h2"), Migration("moves", "h1", "h2"), Provision("new", "h1")])
    times = Schedule((0, 0, 60), (0, 60, 60), ((), (1,), (2,)), (1, 2, 3))
    tab = opened(build_report(pool, timed_file(plan, times)).html)
    bars = tab.run("vmplan.bars()")
    assert [bar["step"] for bar in bars] == [2, 3, 2, 1], "h1 first, in each lane what is seen whole last"
    width = tab.run("document.getElementById('lanes').clientWidth")
    assert all(bar["width"] >= 4 and bar["x"] + bar["width"] <= width for bar in bars)


def test_a_drag_shows_the_lanes_below(timed: Timed) -> None:
    """With a finger there is no other way to them: the page does not scroll."""
    timed.tab.page.set_viewport_size({"width": 1280, "height": 400})
    box = timed.tab.page.locator("#lanes").bounding_box()
    assert box is not None
    first = timed.tab.run("vmplan.labels()")[0]
    mouse = timed.tab.page.mouse
    mouse.move(box["x"] + 500, box["y"] + 90)
    mouse.down()
    mouse.move(box["x"] + 500, box["y"] + 45, steps=3)
    mouse.up()
    assert timed.tab.run("vmplan.labels()")[0] != first
    assert timed.tab.run("getComputedStyle(document.getElementById('lanes')).touchAction") == "none"


CONTRAST = """
([one, other]) => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue(name).trim();
    const [r, g, b] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const [a, b] = [light(one), light(other)];
  return Math.max(a, b) / Math.min(a, b);
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frame_of_what_decides_the_end_stands_out(
    opened: Callable[..., Opened], tiny: Pool, scheme: str
) -> None:
    tab = opened(build_report(tiny, plan_file(Plan.of(tiny, []))).html, color_scheme=scheme)
    for beside in ("--move", "--panel"):
        assert tab.run(CONTRAST, ["--decides", beside]) > 1.9


def test_several_in_flight_are_told_also_where_names_are_long(opened: Callable[..., Opened]) -> None:
    hosts = [Host(f"h{number}", {"ram_mib": 8}) for number in range(6)]
    vms = [VM(f"{number}{'v' * 150}", {"ram_mib": 4}) for number in range(3)]
    state = PoolState(hosts, vms, {vm.name: f"h{number}" for number, vm in enumerate(vms)})
    pool = Pool(state, state.placed({vm.name: f"h{number + 3}" for number, vm in enumerate(vms)}))
    moves_of_all = [Migration(vm.name, f"h{number}", f"h{number + 3}") for number, vm in enumerate(vms)]
    tab = opened(build_report(pool, timed_file(*scheduled(pool, Plan.of(pool, moves_of_all)))).html)
    tab.page.locator("#clock button[data-clock=time]").click()
    why = "document.querySelector('#stage .why')"
    assert tab.run(f"{why}.textContent.split('until').length - 1") == 3
    assert tab.run(f"{why}.scrollHeight <= {why}.clientHeight + 1")


@pytest.mark.parametrize("size", [(844, 390), (360, 640), (640, 360)])
def test_on_a_low_screen_hosts_and_actions_can_be_reached(timed: Timed, size: tuple[int, int]) -> None:
    """A phone on its side, a small one upright, and a page at twice its size: who cannot see all scrolls."""
    width, height = size
    page = timed.tab.page
    page.set_viewport_size({"width": width, "height": height})
    page.mouse.move(20, 20)
    page.mouse.wheel(0, 2000)
    until(
        lambda: (
            timed.tab.run("document.getElementById('panes').getBoundingClientRect().bottom") <= height + 1
        ),
        "the end of the page",
        pause=lambda seconds: page.wait_for_timeout(1000 * seconds),
    )
    box = page.locator("#grid").bounding_box()
    assert box is not None
    assert box["height"] >= 40
    assert timed.tab.run("document.documentElement.scrollWidth") <= width


def test_who_leaves_in_no_time_is_gone_before_others_of_that_second_come(
    opened: Callable[..., Opened],
) -> None:
    """H1 takes off, who is in flight to it from his stop on, in place of gone: it never holds both."""
    vms = [VM("gone", {"ram_mib": 6}), VM("off", {"ram_mib": 7}, offline=True)]
    hosts = [Host(name, {"ram_mib": 10}) for name in ("h1", "h2")]
    state = PoolState(hosts, vms, {"gone": "h1", "off": "h2"}, timing=Timing(shutdown_s=0, provision_s=9))
    pool = Pool(state, state.placed({"off": "h1"}))
    plan = Plan.of(pool, [Shutdown("gone", "h1"), Stop("off", "h2"), Start("off", "h1")])
    times = Schedule((0, 0, 0), (0, 0, 9), ((), (), (1, 2)), (1, 1, 2))
    tab = opened(build_report(pool, timed_file(plan, times)).html)
    tab.page.locator("#clock button[data-clock=time]").click()
    tab.goto(4)
    assert tab.page.locator("#grid .vm.moving").count() == 1
    tab.page.locator("#grid .name", has_text="h1").first.click()
    label = tab.page.locator("#detail .chart svg").get_attribute("aria-label")
    assert label == "RAM over the plan: 6 MiB at first, 7 MiB at most, 7 MiB in the end"


def test_plan_without_times_has_no_time_line(opened: Callable[..., Opened]) -> None:
    pool, plan = walked(random_state(Random(5), 4, 10, 0.5), 5, Random(6))
    tab = opened(build_report(pool, plan_file(plan, bound=1, gap=0.5)).html)
    expect(tab.page.locator("#time")).to_be_hidden()
    expect(tab.page.locator("#clock")).to_be_hidden()


def test_schedule_that_breaks_a_limit_is_told_and_not_drawn() -> None:
    pool, plan = walked(random_state(Random(5), 8, 30, 0.75), STEPS, Random(6))
    plan, times = scheduled(pool, plan)
    early = Schedule(
        (0,) * STEPS,
        tuple(end - start for start, end in zip(times.start_s, times.end_s, strict=True)),
        times.after,
        times.wave,
    )
    report = build_report(pool, timed_file(plan, early))
    assert any("waits for" in problem for problem in report.problems)
    assert '"times":null' in report.html
