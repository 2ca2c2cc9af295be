"""The page of a rolling plan in a real browser: its batches, and the time line of one with a schedule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from models import Pool, Schedule
from models.actions import Migration, Update
from models.plan_file import PlanFile
from models.rolling_plan import RollingPlan
from planner.rolling import batches, roll
from planner.scheduling.critical_path import critical_path
from planner.views.report import build_report
from tests.planner.views.walks import random_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.planner.views.report.conftest import Opened

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Rolled:
    pool: Pool
    plan: RollingPlan
    times: Schedule
    file: PlanFile
    tab: Opened


@pytest.fixture
def rolled(opened: Callable[..., Opened]) -> Rolled:
    """Six hosts of 24 VMs, two of them emptied and updated at a time, the page at second 0."""
    state = random_state(Random(3), 6, 24, 0.4)
    result = roll(state, at_once=2, schedule=True, seed=0, workers=1, time_limit_s=20.0)
    assert result.plan is not None
    assert result.schedule is not None
    assert result.target is not None
    pool, file = Pool(state, result.target), result.file()
    report = build_report(pool, file)
    assert report.problems == ()
    tab = opened(report.html, viewport={"width": 1280, "height": 1000})
    tab.page.locator("#clock button[data-clock=time]").click()
    return Rolled(pool, result.plan, result.schedule, file, tab)


def updates_of(rolled: Rolled) -> list[int]:
    """Give the places of the updates."""
    return [place for place, step in enumerate(rolled.plan.steps) if isinstance(step, Update)]


def middle_of(rolled: Rolled, place: int) -> int:
    return (rolled.times.start_s[place] + rolled.times.end_s[place]) // 2


def test_each_migration_is_drawn_on_both_its_hosts_and_each_update_on_its_own(rolled: Rolled) -> None:
    bars = [bar for bar in rolled.tab.run("vmplan.bars()") if bar.get("step") is not None]
    twice = [number for number, step in enumerate(rolled.plan.steps, 1) if isinstance(step, Migration)]
    once = [place + 1 for place in updates_of(rolled)]
    assert sorted(bar["step"] for bar in bars) == sorted([*twice, *twice, *once])
    assert {bar["height"] for bar in bars if bar["step"] in once} == {15.5}, (
        "an update has its host to itself"
    )
    chain = {link.number for link in critical_path(rolled.pool.current, rolled.plan, rolled.times)}
    assert {bar["step"] for bar in bars if bar["decides"]} == chain


def test_above_the_hosts_it_is_told_of_which_batch_they_are_that_are_updated(rolled: Rolled) -> None:
    cut = list(batches(rolled.pool.current, rolled.plan))
    batch_of = {host: number for number, batch in enumerate(cut, 1) for host in batch.updates}
    drawn = rolled.tab.run("vmplan.bars()")
    spans = [bar for bar in drawn if bar.get("batches")]
    assert max(bar["y"] for bar in spans) < min(bar["y"] for bar in drawn if bar not in spans)
    told = {}
    for bar in spans:
        rolled.tab.page.locator("#lanes").click(
            position={"x": bar["x"] + bar["width"] / 2, "y": bar["y"] + bar["height"] / 2}
        )
        told[rolled.tab.step] = bar["batches"]
    edges = sorted(
        {
            at
            for place in updates_of(rolled)
            for at in (rolled.times.start_s[place], rolled.times.end_s[place])
        }
    )
    wanted, before = {}, []
    for second in edges:
        now = {
            batch_of[rolled.plan.steps[place].host]
            for place in updates_of(rolled)
            if rolled.times.start_s[place] <= second < rolled.times.end_s[place]
        }
        if now and sorted(now) != before:
            wanted[second] = sorted(now)
        before = sorted(now)
    assert told == wanted


def test_a_host_is_marked_from_the_start_of_its_update_to_the_end(rolled: Rolled) -> None:
    page = rolled.tab.page
    for place in updates_of(rolled):
        step = rolled.plan.steps[place]
        assert isinstance(step, Update)
        number = [host.name for host in rolled.pool.hosts].index(step.host)
        marked = page.locator(f"#host-{number} .updating")
        for second in (rolled.times.start_s[place], middle_of(rolled, place)):
            rolled.tab.goto(second)
            assert marked.count() == 1
            expect(page.locator(f"#host-{number} .bar")).to_have_attribute(
                "aria-label", re.compile("is updated$")
            )
        for second in (rolled.times.start_s[place] - 1, rolled.times.end_s[place]):
            rolled.tab.goto(second)
            assert marked.count() == 0


def test_who_is_updated_and_for_how_long_is_told(rolled: Rolled) -> None:
    place = updates_of(rolled)[0]
    rolled.tab.goto(middle_of(rolled, place))
    now = middle_of(rolled, place)
    running = sum(rolled.times.start_s[it] <= now < rolled.times.end_s[it] for it in updates_of(rolled))
    words = "1 host in update" if running == 1 else f"{running} hosts in update"
    expect(rolled.tab.page.locator("#stage .doing")).to_contain_text(words)
    end = rolled.times.end_s[place]
    until = f"update of {rolled.plan.steps[place].host} (until {end // 60}:{end % 60:02})"
    expect(rolled.tab.page.locator("#stage .why")).to_contain_text(until)


def test_what_decides_the_end_is_shown_alone_updates_among_it(rolled: Rolled) -> None:
    chain = critical_path(rolled.pool.current, rolled.plan, rolled.times)
    assert any(place + 1 in {link.number for link in chain} for place in updates_of(rolled))
    rolled.tab.page.locator("#chain").click()
    expect(rolled.tab.page.locator("#listed")).to_have_text(f"{len(chain)} of {len(rolled.plan.steps)}")


def test_step_by_step_the_batch_is_told_and_the_host_is_marked(rolled: Rolled) -> None:
    rolled.tab.page.keyboard.press("t")
    cut = list(batches(rolled.pool.current, rolled.plan))
    for place in updates_of(rolled):
        rolled.tab.goto(place + 1)
        host = rolled.plan.steps[place].host
        (number,) = (number for number, batch in enumerate(cut, 1) if host in batch.updates)
        expect(rolled.tab.page.locator("#stage .doing")).to_contain_text(f"batch {number} of {len(cut)}")
        assert rolled.tab.page.locator("#grid .updating").count() == 1


def test_paper_tells_the_batch_of_each_update(rolled: Rolled) -> None:
    rolled.tab.run("dispatchEvent(new Event('beforeprint'))")
    cells = rolled.tab.run(
        "[...document.querySelectorAll('#print table:last-child td:nth-child(2)')].map(it => it.textContent)"
    )
    cut = list(batches(rolled.pool.current, rolled.plan))
    told = [
        f"Update {host} (batch {n} of {len(cut)})" for n, batch in enumerate(cut, 1) for host in batch.updates
    ]
    assert [cells[place] for place in updates_of(rolled)] == told


def test_a_row_of_the_list_has_no_more_lines_than_there_is_room_for(rolled: Rolled) -> None:
    rolled.tab.page.set_viewport_size({"width": 844, "height": 800})
    rolled.tab.goto(rolled.times.start_s[updates_of(rolled)[0]])
    tall = rolled.tab.run("[...document.querySelectorAll('#actions .row .what')].map(it => it.clientHeight)")
    assert max(tall) <= 42


def test_a_host_that_is_updated_with_vms_on_it_is_not_said_to_be_empty(opened: Callable[..., Opened]) -> None:
    state = random_state(Random(3), 2, 4, 0.4)
    plan = RollingPlan.of(state, [Update(host.name) for host in state.hosts])
    file = PlanFile(status="feasible", cost=0, bound=0, gap=0.0, actions=plan.entries())
    tab = opened(build_report(Pool(state, state), file).html)
    told = tab.page.locator("#actions .route").all_inner_texts()
    empty = {host.name for host in state.hosts} - set(state.placement.values())
    assert len(empty) < 2, "one of them is not empty, or nothing is tested"
    words = ["is empty, and is updated" if host.name in empty else "is updated" for host in state.hosts]
    assert told == words


def test_a_plan_without_updates_has_no_word_of_them(opened: Callable[..., Opened]) -> None:
    state = random_state(Random(3), 3, 6, 0.4)
    file = PlanFile(status="optimal", cost=0, bound=0, gap=0.0)
    keys = opened(build_report(Pool(state, state), file).html).page.locator(".rolling")
    assert keys.count() == 2
    assert not any(key.is_visible() for key in keys.all())
