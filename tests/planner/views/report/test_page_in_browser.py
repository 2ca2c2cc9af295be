"""The report in a real browser: what it shows is what the replay says, and nothing leaves the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from heuristics import Deadline
from models import VM, Host, Migration, Plan, Pool, PoolState, Provision, Shutdown
from models.goal_told import GoalTold, Held
from models.plan_file import PlanFile
from planner.explaining.explain import conflicts_behind
from planner.views.report import build_report
from tests.planner.views.walks import plan_file, random_state, replayed, walked
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.planner.views.report.conftest import Opened

pytestmark = pytest.mark.browser

STEPS = 60

LIMIT_S = 60.0
"""Far more than two VMs take."""


@dataclass(frozen=True)
class Shown:
    pool: Pool
    plan: Plan
    tab: Opened


@pytest.fixture
def shown(opened: Callable[..., Opened]) -> Shown:
    """A pool of 12 hosts and 50 VMs, and a plan of 60 migrations."""
    pool, plan = walked(random_state(Random(1), 12, 50, 0.75), STEPS, Random(2))
    return Shown(pool, plan, opened(build_report(pool, plan_file(plan, bound=30, gap=0.5)).html))


def figures(tab: Opened, which: str = "now") -> dict[str, dict[str, int]]:
    return {bar["host"]: json.loads(bar["loads"]) for bar in tab.bars(which)}


def test_bars_show_the_loads_of_the_replay_at_ten_random_steps(shown: Shown) -> None:
    rng = Random(3)
    for step in rng.sample(range(STEPS + 1), 10):
        shown.tab.goto(step)
        wanted = replayed(shown.pool, shown.plan, step)
        assert figures(shown.tab) == wanted
        host = rng.choice(shown.pool.hosts).name
        assert shown.tab.run("name => vmplan.loads(name)", host) == wanted[host]


def test_loads_are_the_same_whichever_way_a_step_is_reached(shown: Shown) -> None:
    shown.tab.goto(STEPS)
    for _ in range(5):
        shown.tab.page.keyboard.press("ArrowLeft")
    assert shown.tab.step == STEPS - 5
    assert figures(shown.tab) == replayed(shown.pool, shown.plan, STEPS - 5)


def test_bars_and_text_say_the_same(shown: Shown) -> None:
    text = shown.tab.page.locator("#host-0 .figures").text_content()
    bar = next(bar for bar in shown.tab.bars() if bar["host"] == "host-0")
    assert text == f"{int(bar['load']) / 1024:.3g} / 62 GiB"
    assert int(bar["usable"]) - int(bar["load"]) == int(bar["free"])


def test_vm_in_flight_counts_on_both_hosts(shown: Shown) -> None:
    action = shown.plan.actions[7]
    wanted = replayed(shown.pool, shown.plan, 7)
    ram = shown.pool.current.vm(action.vm).demand["ram_mib"]
    shown.tab.goto(7.5)
    assert figures(shown.tab)[action.source] == wanted[action.source]
    assert figures(shown.tab)[action.destination]["ram_mib"] == wanted[action.destination]["ram_mib"] + ram
    assert shown.tab.page.locator("#grid .vm.moving").count() == 2
    shown.tab.goto(8)
    assert figures(shown.tab) == replayed(shown.pool, shown.plan, 8)


def test_plays_to_the_end_and_steps_back(shown: Shown) -> None:
    page = shown.tab.page
    page.select_option("#speed", "120")
    page.click("#play")
    expect(page.locator("#slider")).to_have_value(str(STEPS))
    assert page.get_attribute("#play", "aria-pressed") == "false"
    page.click("#back")
    assert shown.tab.step == STEPS - 1
    assert page.input_value("#slider") == str(STEPS - 1)


def test_a_long_plan_is_played_in_minutes(opened: Callable[..., Opened], shown: Shown) -> None:
    assert shown.tab.page.input_value("#speed") == "1"
    pool, plan = walked(random_state(Random(1), 9, 30, 0.6), 2700, Random(2))
    tab = opened(build_report(pool, plan_file(plan)).html)
    assert tab.page.input_value("#speed") == "10"


def test_slow_playing_shows_the_flight(shown: Shown) -> None:
    # A flight lasts a quarter of a second: the page itself notes it, since a busy machine may look too late.
    shown.tab.run(
        """window.sawFlight = false; new MutationObserver(() => {
          window.sawFlight ||= document.querySelector("#stage .badge.fly") !== null;
        }).observe(document.getElementById("stage"), { childList: true, subtree: true })"""
    )
    page = shown.tab.page
    page.select_option("#speed", "2")
    page.keyboard.press("Space")
    until(
        lambda: page.get_attribute("#play", "aria-label") == "Play" or shown.tab.run("window.sawFlight"),
        "a flight, or the end",
        pause=lambda seconds: page.wait_for_timeout(1000 * seconds),
    )
    if page.get_attribute("#play", "aria-label") != "Play":
        page.keyboard.press("Space")
    assert shown.tab.run("window.sawFlight")
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_keys_step_go_to_the_ends_and_find_the_search(shown: Shown) -> None:
    press = shown.tab.page.keyboard.press
    press("ArrowRight")
    press("ArrowRight")
    assert shown.tab.step == 2
    press("End")
    assert shown.tab.step == STEPS
    press("Home")
    assert shown.tab.step == 0
    press("/")
    assert shown.tab.run("document.activeElement.id") == "search"
    press("ArrowRight")
    assert shown.tab.step == 0, "in a text field an arrow moves the cursor"
    press("Escape")
    assert shown.tab.run("document.activeElement.id") != "search"


def test_click_on_an_action_goes_there(shown: Shown) -> None:
    shown.tab.page.click('.row[data-step="5"]')
    assert shown.tab.step == 5
    assert shown.plan.actions[4].vm in shown.tab.page.inner_text("#stage .doing")
    assert shown.tab.page.get_attribute('.row[data-step="5"]', "aria-selected") == "true"


def test_search_filters_highlights_and_jumps_to_the_next_action(shown: Shown) -> None:
    page = shown.tab.page
    vm = shown.plan.actions[20].vm
    turns = [step for step, action in enumerate(shown.plan.actions, 1) if action.vm == vm]
    page.fill("#search", vm)
    assert "1 VM" in page.inner_text("#found")
    rows = page.locator("#actions .row").evaluate_all("rows => rows.map(row => Number(row.dataset.step))")
    assert sorted(rows) == turns
    assert page.locator("#grid .vm.found").count() == 1
    page.press("#search", "Enter")
    assert shown.tab.step == turns[0]
    page.fill("#search", "no such thing")
    assert page.inner_text("#found") == "nothing"
    assert page.is_visible("#grid .empty")
    page.press("#search", "Escape")
    assert page.locator("#grid .card").count() == len(shown.pool.hosts)


def test_hover_and_focus_tell_name_and_demand(shown: Shown) -> None:
    page = shown.tab.page
    block = page.locator("#grid .vm[data-vm]").first
    block.hover()
    name = f"vm-{block.get_attribute('data-vm')}"
    assert name in page.inner_text("#tip")
    assert "GiB RAM" in page.inner_text("#tip")
    page.click("#host-1 .name")
    page.focus("#detail .guests button")
    assert "vCPUs" in page.inner_text("#tip")


def test_threshold_marks_the_hosts_above(shown: Shown) -> None:
    for percent in (60, 90):
        shown.tab.page.fill("#warn", str(percent))
        above = {
            bar["host"] for bar in shown.tab.bars() if 100 * int(bar["load"]) > percent * int(bar["usable"])
        }
        marked = shown.tab.run(
            "[...document.querySelectorAll('#grid .card.over')].map(card => card.dataset.host)"
        )
        assert set(marked) == above


def test_just_at_the_threshold_is_not_above(opened: Callable[..., Opened]) -> None:
    """0.7 of 90 is 63, and as a float a little less."""
    state = PoolState([Host("h", {"ram_mib": 90})], [VM("a", {"ram_mib": 63})], {"a": "h"})
    of = Pool(state, state)
    html = build_report(of, plan_file(Plan.of(of, []), bound=0), warn_above={"ram_mib": 0.7}).html
    assert opened(html).page.inner_text("#above") == "no host above"


NAMES_AT_THE_LINE = """
[...document.querySelectorAll("#grid .bar")].flatMap((bar) => {
  const line = bar.querySelector(".warn")?.getBoundingClientRect();
  if (!line) return [];
  return [...bar.querySelectorAll(".vm")].filter((vm) => {
    const text = document.createRange();
    text.selectNodeContents(vm);
    const box = text.getBoundingClientRect();
    return box.left < line.left && line.right < box.right && line.bottom < innerHeight;
  }).map(() => ({x: line.left - 3, width: 6, y: line.top + 0.25 * line.height, height: 0.5 * line.height}));
})
"""
"""Where the line of the threshold meets a name: the middle of the bar, a few pixels to both sides."""

SHOW_LINES = "(how) => document.querySelectorAll('.warn').forEach((line) => { line.style.visibility = how; })"


def test_the_line_of_the_threshold_crosses_no_name(shown: Shown) -> None:
    page, met = shown.tab.page, 0
    for percent in range(5, 100, 5):
        page.fill("#warn", str(percent))
        for place in shown.tab.run(NAMES_AT_THE_LINE):
            met += 1
            with_line = page.screenshot(clip=place)
            page.evaluate(SHOW_LINES, "hidden")
            without = page.screenshot(clip=place)
            page.evaluate(SHOW_LINES, "visible")
            assert with_line == without, f"{percent}%"
    assert met, "no name was met, which tests nothing"


def test_a_name_within_the_ring_of_one_that_moves_is_not_cut_by_it(opened: Callable[..., Opened]) -> None:
    """It is drawn bold, too: blocks of many widths, from a bit too small for the name to large enough."""
    hosts = [Host(f"h{number}", {"ram_mib": 400}) for number in range(50)]
    vms = [VM(f"worker-{number}", {"ram_mib": 40 + 2 * number}) for number in range(25)]
    state = PoolState(hosts, vms, {vm.name: f"h{number}" for number, vm in enumerate(vms)})
    pool = Pool(state, state.placed({vm.name: f"h{number + 25}" for number, vm in enumerate(vms)}))
    actions = [Migration(vm.name, f"h{number}", f"h{number + 25}") for number, vm in enumerate(vms)]
    tab, met = opened(build_report(pool, plan_file(Plan.of(pool, actions))).html), 0
    for step in range(25):
        tab.goto(step + 0.5)
        for over in tab.run(OVER_THE_RING):
            met += 1
            assert over <= 0, vms[step].name
    assert met, "no name was met, which tests nothing"


OVER_THE_RING = """
[...document.querySelectorAll("#stage .vm.moving")].filter((vm) => vm.textContent).map((vm) => {
  const text = document.createRange();
  text.selectNodeContents(vm);
  return text.getBoundingClientRect().right - (vm.getBoundingClientRect().right - 3);
})
"""
"""By how many pixels a name reaches into the ring, three pixels wide, around its block."""


def test_names_stand_in_line_with_what_is_beside_them(opened: Callable[..., Opened]) -> None:
    """Also a short one before a domain, of which the first part is empty."""
    hosts = [Host(f"node{number}.dc1.example.net", {"ram_mib": 4}) for number in (1, 2)]
    state = PoolState(hosts, [VM("a", {"ram_mib": 1})], {"a": hosts[0].name})
    pool = Pool(state, state.placed({"a": hosts[1].name}))
    tab = opened(
        build_report(pool, plan_file(Plan.of(pool, [Migration("a", *(h.name for h in hosts))]))).html
    )
    tab.goto(1)
    for one, other in (("#host-0 .name", "#host-0 .figures"), ("#stage .route .name", "#stage .doing")):
        boxes = [tab.page.locator(it).first.bounding_box() for it in (one, other)]
        middles = [box["y"] + box["height"] / 2 for box in boxes if box]
        assert abs(middles[0] - middles[1]) < 2


@pytest.mark.parametrize("width", [360, 390])
def test_a_narrow_page_names_who_is_in_flight_and_where(shown: Shown, width: int) -> None:
    shown.tab.page.set_viewport_size({"width": width, "height": 800})
    shown.tab.goto(7.5)
    action = shown.plan.actions[7]
    assert shown.tab.page.inner_text("#stage .badge.fly") == "in flight: counts on both"
    told = shown.tab.run(
        """[...document.querySelectorAll("#stage .doing .name")].map(name =>
          [name.textContent, name.scrollWidth <= name.clientWidth])"""
    )
    assert told == [[name, True] for name in (action.vm, action.source, action.destination)]
    assert shown.tab.run(
        """(right => [...document.querySelectorAll("#stage .doing *")]
          .every(it => it.getBoundingClientRect().right <= right))
        (document.getElementById("stage").getBoundingClientRect().right)"""
    )


def test_a_pool_without_hosts_has_a_page(opened: Callable[..., Opened]) -> None:
    state = PoolState([], [], {})
    page = opened(build_report(Pool(state, state), PlanFile(status="optimal", cost=0, bound=0)).html).page
    assert page.inner_text("#grid .empty") == "No host."
    assert page.inner_text("#actions .empty") == "No action."
    for button in ("first", "back", "play", "forward", "last"):
        assert page.is_disabled(f"#{button}"), "there is nothing to play"


def test_resource_selector_changes_the_figures(shown: Shown) -> None:
    shown.tab.page.select_option("#resource", label="vCPUs")
    assert {bar["resource"] for bar in shown.tab.bars()} == {"vcpus"}
    assert all(int(bar["load"]) == json.loads(bar["loads"])["vcpus"] for bar in shown.tab.bars())


def test_views_show_current_target_and_both(shown: Shown) -> None:
    shown.tab.goto(30)
    page = shown.tab.page
    page.click('[data-view="before"]')
    assert figures(shown.tab, "current") == replayed(shown.pool, shown.plan, 0)
    page.click('[data-view="after"]')
    assert figures(shown.tab, "target") == replayed(shown.pool, shown.plan, STEPS)
    page.click('[data-view="both"]')
    assert figures(shown.tab, "now") == replayed(shown.pool, shown.plan, 30)
    assert figures(shown.tab, "target") == replayed(shown.pool, shown.plan, STEPS)


def test_host_detail_draws_each_resource_and_goes_to_a_step(shown: Shown) -> None:
    page = shown.tab.page
    page.click("#host-2 .name")
    assert page.locator("#detail .chart svg").count() == 2
    page.locator("#detail .chart svg").first.click(position={"x": 2, "y": 20})
    assert shown.tab.step <= 1
    page.keyboard.press("Escape")
    assert page.is_hidden("#detail")


def test_keyboard_alone_opens_a_host(shown: Shown) -> None:
    page = shown.tab.page
    page.focus("#grid")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.inner_text("#detail h2") == "host-1"


def test_theme_follows_the_system_and_the_button(opened: Callable[..., Opened], tiny: Pool) -> None:
    tab = opened(build_report(tiny, swap_of(tiny)).html, color_scheme="dark")
    assert tab.run("document.documentElement.dataset.theme") == "dark"
    tab.page.click("#theme")
    assert tab.run("document.documentElement.dataset.theme") == "light"


def test_where_a_system_replaces_all_colours_bars_keep_theirs(
    opened: Callable[..., Opened], shown: Shown
) -> None:
    html = build_report(shown.pool, plan_file(shown.plan, bound=30, gap=0.5)).html
    tab = opened(html, forced_colors="active", color_scheme="dark")
    parts = ["#grid .vm-home", "#grid .vm-move", "#grid .bar"]
    parts += [f".seg [aria-pressed={pressed}]" for pressed in ("true", "false")]
    colours = tab.run(
        "parts => parts.map(it => getComputedStyle(document.querySelector(it)).backgroundColor)", parts
    )
    assert len(set(colours)) == 5


def test_paper_has_every_host_and_every_action(shown: Shown) -> None:
    shown.tab.page.emulate_media(media="print")
    shown.tab.run("dispatchEvent(new Event('beforeprint'))")
    hosts, actions = shown.tab.page.locator("#print tbody").all()
    assert hosts.locator("tr").count() == len(shown.pool.hosts)
    assert actions.locator("tr").count() == STEPS
    assert shown.tab.page.is_hidden("main")


def test_of_a_very_long_plan_paper_has_the_first_actions_and_counts_the_others(
    opened: Callable[..., Opened],
) -> None:
    pool, plan = walked(random_state(Random(1), 9, 30, 0.6), 5002, Random(2))
    tab = opened(build_report(pool, plan_file(plan)).html)
    tab.run("dispatchEvent(new Event('beforeprint'))")
    rows = tab.page.locator("#print tbody").last.locator("tr")
    assert rows.count() == 5001
    assert rows.last.text_content() == "and 2 more, on the page and in the files"


def test_of_a_long_plan_a_narrow_page_shows_the_whole_count(opened: Callable[..., Opened]) -> None:
    pool, plan = walked(random_state(Random(1), 40, 200, 0.6), 10_000, Random(2))
    html = build_report(pool, plan_file(plan, bound=1, gap=0.5)).html
    tab = opened(html, viewport={"width": 400, "height": 800})
    tab.goto(10_000)
    assert tab.page.inner_text("#count") == "10,000 / 10,000"
    assert tab.run("(it => it.scrollWidth <= it.clientWidth)(document.getElementById('count'))")


PAPER = {"width": 688, "height": 1000}
"""Between the margins of A4, upright."""


def test_paper_cuts_nothing(opened: Callable[..., Opened], tiny: Pool) -> None:
    """What scrolls on a screen is lost on paper: a long reason, many figures, what is folded up."""
    long = PlanFile(
        status="infeasible", reason="; ".join(f"vm{number} can never leave" for number in range(99))
    )
    goal = GoalTold("nothing is left on h1", 1, "1 host more is empty", (Held("a", "it is not movable"),))
    file = swap_of(tiny, goal=goal, why=("b must leave h2",), makespan_s=7_000, makespan_bound_s=5_000)
    for told in (long, file):
        tab = opened(build_report(tiny, told).html, viewport=PAPER)
        tab.page.emulate_media(media="print")
        tab.run("dispatchEvent(new Event('beforeprint'))")
        for part in ("h1",) if told is long else ("h1", ".facts", "#goal ul"):
            assert tab.page.locator(part).first.is_visible()
            assert tab.run(
                "part => { const it = document.querySelector(part);"
                " return it.scrollHeight <= it.clientHeight + 1 && it.scrollWidth <= it.clientWidth + 1; }",
                part,
            ), part


def test_what_paper_unfolds_is_folded_up_again(opened: Callable[..., Opened], tiny: Pool) -> None:
    goal = GoalTold("nothing is left on h1", 1, "1 host more is empty", (Held("a", "it is not movable"),))
    tab = opened(build_report(tiny, swap_of(tiny, goal=goal, why=("b must leave h2",))).html)
    for event in ("beforeprint", "afterprint"):
        tab.run("event => dispatchEvent(new Event(event))", event)
    assert tab.page.get_attribute("#goal", "open") is None


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_layout_never_scrolls_sideways(opened: Callable[..., Opened], tiny: Pool, width: int) -> None:
    tab = opened(build_report(tiny, swap_of(tiny)).html, viewport={"width": width, "height": 700})
    assert tab.run("document.documentElement.scrollWidth") <= width
    assert tab.page.is_visible("#play")


def test_page_may_not_use_the_network(opened: Callable[..., Opened], tiny: Pool) -> None:
    tab = opened(build_report(tiny, swap_of(tiny)).html)
    refused = tab.run(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", event => done(event.violatedDirective));
            fetch("http://127.0.0.1:9/").catch(() => {});
        })"""
    )
    assert refused == "connect-src"
    tab.errors.clear()  # the browser logs the refusal that was asked for


NAMES = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "主机" * 150,
    "🦄👩‍👩‍👧‍👦 \u202egnp.exe",
    "h" * 300,
    '"&amp;\u2028\u2029${alert(1)}@@DATA@@',
    "__proto__",
]


def test_hostile_names_are_text(opened: Callable[..., Opened]) -> None:
    hosts = [Host(name, {"ram_mib": 4096}) for name in NAMES]
    vms = [VM(f"{name}!", {"ram_mib": 1024}) for name in NAMES]
    state = PoolState(hosts, vms, {vm.name: host.name for vm, host in zip(vms, hosts, strict=True)})
    pool, plan = walked(state, 30, Random(4))
    tab = opened(build_report(pool, plan_file(plan), pool_name=NAMES[0], plan_name=NAMES[1]).html)
    for step in (0, 9, 9.5, 30):
        tab.goto(step)
        assert tab.run("document.documentElement.scrollWidth") <= 1280
        assert tab.run(
            "[...document.querySelectorAll('#stage *, .card *')]"
            ".every(element => element.getBoundingClientRect().right <= 1281)"
        )
    assert figures(tab) == replayed(pool, plan, 30)
    assert tab.page.locator("img").count() == 0
    assert tab.page.locator("script").count() == 2
    assert set(tab.run("[...document.querySelectorAll('#grid .head .name')].map(e => e.textContent)")) == set(
        NAMES
    )
    tab.page.click("#host-4 .name")
    assert tab.page.get_attribute("#detail h2", "title") == "h" * 300


def test_a_long_name_can_be_read_without_a_pointer_that_rests(opened: Callable[..., Opened]) -> None:
    """A title is shown to a mouse alone: the host that is opened and its VM are named in full."""
    name, guest = "h" * 200, "v" * 200
    state = PoolState([Host(name, {"ram_mib": 9})], [VM(guest, {"ram_mib": 5})], {guest: name})
    pool = Pool(state, state)
    tab = opened(build_report(pool, plan_file(Plan.of(pool, []))).html)
    tab.page.click("#host-0 .name")
    tab.page.focus("#detail .guests button")
    for shown in ("#detail h2", "#tip b"):
        seen = f"document.querySelector({shown!r})"
        assert tab.run(
            f"{seen}.scrollWidth <= {seen}.clientWidth && {seen}.scrollHeight <= {seen}.clientHeight"
        )


def test_names_that_differ_at_the_end_are_told_apart_where_they_are_cut(
    opened: Callable[..., Opened],
) -> None:
    hosts = [
        Host(f"compute-node-of-the-cluster-unit-{number}.dc1.cloud.example.net", {"ram_mib": 4})
        for number in range(5)
    ]
    vms = [VM(f"{kind}-worker-of-the-cluster-{number}", {"ram_mib": 1}) for kind in "ab" for number in (1, 2)]
    state = PoolState(hosts, vms, {vm.name: hosts[0].name for vm in vms})
    pool = Pool(state, state.placed({vm.name: host.name for vm, host in zip(vms, hosts[1:], strict=True)}))
    actions = [Migration(vm.name, hosts[0].name, host.name) for vm, host in zip(vms, hosts[1:], strict=True)]
    tab = opened(
        build_report(pool, plan_file(Plan.of(pool, actions))).html, viewport={"width": 900, "height": 800}
    )
    endings = tab.run(
        """[...document.querySelectorAll("#actions .route .name:last-child")].map(name => {
          const [beginning, ending] = name.children;
          const boxes = [name, name.closest(".route")].map(it => it.getBoundingClientRect());
          const right = Math.min(...boxes.map(box => box.right));
          const isCut = beginning.scrollWidth > beginning.clientWidth;
          return isCut && ending.getBoundingClientRect().right <= right + 1 ? ending.textContent : "not seen";
        })"""
    )
    assert endings == [f"r-unit-{number}"[-8:] for number in range(1, 5)]
    texts = tab.run("[...document.querySelectorAll('#host-0 .vm')].map(vm => vm.textContent)")
    assert len(set(texts)) == 4
    assert all("…" in text for text in texts)


def test_unsafe_plan_shows_its_violations(opened: Callable[..., Opened], tiny: Pool) -> None:
    actions = [Migration("a", "h1", "h2"), Migration("nobody", "h1", "h9"), Migration("b", "h2", "h1")]
    plan = Plan.of(tiny, actions)
    tab = opened(build_report(tiny, plan_file(plan)).html)
    assert "Do not run this plan" in tab.page.inner_text("h1")
    assert tab.page.locator("#violations li").count() == 2
    tab.page.click("#violations li:nth-child(2) button")
    assert tab.step == 2
    assert tab.page.locator(".row .badge.bad").count() == 2
    assert figures(tab) == replayed(tiny, plan, 2)


def test_conflicts_are_told_and_show_their_vms_alone(opened: Callable[..., Opened], tiny: Pool) -> None:
    html = build_report(
        tiny, swap_of(tiny), conflicts=conflicts_behind(tiny, "moves", Deadline(LIMIT_S))
    ).html
    tab = opened(html)
    assert tab.page.inner_text("#conflicts summary").startswith("Why detours: 1 conflict")
    tab.page.click("#conflicts summary")
    assert "a and b cannot all go straight home" in tab.page.inner_text("#conflicts li span")
    tab.page.click("#conflicts li button")
    assert tab.page.locator("#grid .vm.found").count() == 2
    assert "2 VMs" in tab.page.inner_text("#found")
    tab.page.focus("#search")
    tab.page.keyboard.press("Escape")
    assert tab.page.locator("#grid .vm.found").count() == 0


def test_no_conflicts_are_shown_where_none_are_known(opened: Callable[..., Opened], tiny: Pool) -> None:
    assert opened(build_report(tiny, swap_of(tiny)).html).page.is_hidden("#conflicts")


def test_shutdowns_and_provisions_have_their_colours(opened: Callable[..., Opened]) -> None:
    hosts = [Host("h1", {"ram_mib": 8}), Host("h2", {"ram_mib": 8})]
    vms = [VM("old", {"ram_mib": 4}), VM("new", {"ram_mib": 6})]
    state = PoolState(hosts, vms, {"old": "h1"})
    pool = Pool(state, state.placed({"new": "h1"}))
    plan = Plan.of(pool, [Shutdown("old", "h1"), Provision("new", "h1")])
    tab = opened(build_report(pool, plan_file(plan, "optimal", bound=0, gap=0.0)).html)
    assert tab.page.inner_text("#grid .vm-gone") == "× old"
    tab.goto(2)
    assert tab.page.inner_text("#grid .vm-new") == "+ new"
    assert figures(tab) == replayed(pool, plan, 2)


def test_big_pool_keeps_the_page_small(opened: Callable[..., Opened]) -> None:
    """824 hosts, 4,042 VMs, 4,000 actions: only what is in view is in the page."""
    pool, plan = walked(random_state(Random(1), 824, 4042, 0.7), 4000, Random(2))
    tab = opened(build_report(pool, plan_file(plan)).html)
    for step in (0, 4000, 2000, 2001, 1999.5):
        tab.goto(step)
        assert tab.run("document.querySelectorAll('*').length") < 2500
    assert tab.page.locator("#grid .card").count() < 120
    assert tab.page.locator("#actions .row").count() < 60
    tab.goto(2500)
    wanted = replayed(pool, plan, 2500)
    top = figures(tab)
    tab.run("document.querySelector('#grid').scrollTop = 1e6")
    tab.page.wait_for_selector("#host-823")
    bottom = figures(tab)
    assert {**top, **bottom} == {host: wanted[host] for host in {**top, **bottom}}
    assert not top.keys() & bottom.keys()


def swap_of(tiny: Pool, **more: Any) -> PlanFile:
    moves = [Migration("b", "h2", "h3"), Migration("a", "h1", "h2"), Migration("b", "h3", "h1")]
    return plan_file(Plan.of(tiny, moves), "optimal", bound=3, gap=0.0, **more)
