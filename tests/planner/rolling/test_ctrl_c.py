"""Ctrl-C and the deadline of a rolling update: the best so far, and a schedule of it, whatever ends it."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import msgspec
import pytest

from heuristics.deadline import Deadline
from models import Pool, PoolState
from models.pool_file import PoolFile
from models.reading import read_plan
from models.replay_rolling import replay_rolling
from planner import Status, roll
from planner.rolling import search, timing
from planner.rolling.parameters import RollingParameters
from planner.scheduling.judging import judge_schedule
from tests.builders import host, vm, where
from tests.planner.ctrl_c import interrupting, ran_with_sigint

LIMIT_S = 4.0
"""Short: nothing proves that no other order is better, so that the search goes on for its share of it."""

LARGE = RollingParameters(most_ways=0)
"""No cluster is looked at whole."""


def alike(count=9):
    """Hosts of 10, each with VMs of 4, 2 and 1 on it."""
    hosts = [host(f"h{number}") for number in range(count)]
    vms = [vm(f"v{number}-{ram_mib}", ram_mib) for number in range(count) for ram_mib in (4, 2, 1)]
    return PoolState(hosts, vms, {it.name: f"h{it.name[1:].split('-')[0]}" for it in vms})


def needing_way():
    """For v, of 6, to leave a, y, of 1, first goes from b to c: each of them has 5 free."""
    hosts = [host("a"), host("b"), host("c")]
    vms = [vm("v", 6), vm("w", 5), vm("x", 4), vm("y", 1)]
    return PoolState(hosts, vms, where("a: v, b: x y, c: w"))


def rolled(state, *hosts, **options):
    result = roll(state, *hosts, **{"seed": 0, "workers": 1, "time_limit_s": LIMIT_S} | options)
    if result.plan is not None:
        assert not replay_rolling(Pool(state, result.target), result.plan.steps)
    return result


def pressed_after(times, called):
    """Let the calls of a planner come back as Ctrl-C leaves them, from one of them on."""
    count = 0

    def call(*args, **options):
        nonlocal count
        count += 1
        assert count <= times, "it went on after Ctrl-C"
        return replace(called(*args, **options), interrupted=count == times)

    return call


def test_ctrl_c_while_a_host_is_drained_ends_the_search(monkeypatch):
    monkeypatch.setattr(search, "reach", pressed_after(1, search.reach))
    result = rolled(needing_way(), "a", parameters=LARGE)
    assert (result.status, result.interrupted) == (Status.NO_PLAN_FOUND, True)
    assert result.reason.endswith("interrupted")


def test_ctrl_c_on_the_way_home_ends_the_search_with_what_was_found(monkeypatch):
    monkeypatch.setattr(search, "plan", pressed_after(1, search.plan))
    monkeypatch.setattr(search, "there_and_back", lambda *_: None)
    result = rolled(alike(), home=True, parameters=LARGE)
    assert result.interrupted
    assert result.plan is not None


@pytest.mark.parametrize("number", range(4))
def test_ctrl_c_at_any_event_leaves_the_best_so_far_and_its_schedule(number):
    events = []
    result = rolled(alike(), on_progress=interrupting(number, events), schedule=True)
    assert result.interrupted == (len(events) > number)
    known = [told.cost for told in events if told.cost is not None]
    assert result.cost == (known[-1] if known else None)
    assert (result.plan is None) == (result.schedule is None)


def in_line(result):
    """Tell whether each step waits for the one before it."""
    times, count = result.schedule, len(result.plan.steps)
    return times.wave == tuple(range(1, count + 1)) and all(
        after == ((number,) if number else ()) for number, after in enumerate(times.after)
    )


def judged(state, result):
    return judge_schedule(Pool(state, result.target), result.plan, result.schedule)


def test_ctrl_c_while_the_schedule_is_made_leaves_one_step_after_another(monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(timing, "precedences", press)
    result = rolled(alike(), schedule=True)
    assert result.interrupted
    assert in_line(result)
    assert judged(alike(), result) == []


def test_without_time_for_a_schedule_one_step_comes_after_another():
    state = alike()
    result = rolled(state, schedule=True, parameters=RollingParameters.of("schedule_s_a_step=1000"))
    assert not result.interrupted
    assert in_line(result)
    assert judged(state, result) == []
    assert rolled(state, schedule=True).schedule.makespan_s < result.schedule.makespan_s


def test_where_the_time_is_up_amid_the_schedule_one_step_comes_after_another(monkeypatch):
    deadline, precedences = Deadline(LIMIT_S), timing.precedences

    def last(*given):
        deadline.stop()
        return precedences(*given)

    monkeypatch.setattr(timing, "precedences", last)
    result = rolled(alike(), schedule=True, deadline=deadline)
    assert in_line(result)
    assert not result.interrupted


SCRIPT = """
import os, signal, sys

from planner.rolling import search
from planner.cli import main

planning = search.plan

def interrupted(*args, **options):
    # In the plan home: as soon as its search begins.
    def tell(state):
        os.kill(os.getpid(), signal.SIGINT)
    return planning(*args, on_progress=tell, **options)

search.plan = interrupted
search.there_and_back = lambda *_: None
main.main(["rolling", sys.argv[1], "--return", "--workers", "1", "-o", sys.argv[2]])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_real_sigint_amid_a_plan_on_the_way_ends_vmplan_with_130(tmp_path):
    state, path, written = alike(), tmp_path / "pool.json", tmp_path / "plan.json"
    data = msgspec.to_builtins(PoolFile.of(Pool(state, state)))
    del data["target"]
    path.write_text(json.dumps(data))
    ran = ran_with_sigint(SCRIPT, str(path), str(written))
    assert ran.returncode == 130, ran.stderr
    assert "Traceback" not in ran.stderr
    assert not replay_rolling(Pool(state, state), read_plan(written).rolling_steps())
