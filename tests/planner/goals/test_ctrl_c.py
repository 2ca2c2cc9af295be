"""Ctrl-C while a goal plans to a placement: it ends the whole of it, with what was found."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from heuristics import Found
from models import Pool, PoolState
from planner import Status, reach
from planner.goals import Balance, Consolidate, Drain, Repair, best, cheapest, earliest, joint
from planner.scheduling.judging import judge_schedule
from planner.soak.pools.shuffles import shuffled
from tests.builders import host, vm, where
from tests.planner.ctrl_c import pressing
from tests.planner.solving import LIMIT_S


class Pressed:
    """Ctrl-C comes in the first plan; no other is begun while there is time."""

    name = "pressed"

    def __init__(self):
        self.times = 0

    def find(self, problem, deadline, seed=0, trace=None):
        if deadline.over:
            return Found(None)
        self.times += 1
        raise KeyboardInterrupt


def state():
    """h1 can be emptied only once h3 has made room."""
    hosts = [host("h1"), host("h2"), host("h3")]
    return PoolState(hosts, [vm("a", 6), vm("b", 5), vm("c", 5)], where("h1: a, h2: b, h3: c"))


@pytest.mark.parametrize("by", ["heuristic", "method"])
@pytest.mark.parametrize("options", [{}, {"schedule": True}, {"objective": "time"}])
def test_ctrl_c_in_a_plan_to_a_placement_ends_the_search_for_others(by, options):
    finder = Pressed()
    result = reach(state(), Drain("h1"), time_limit_s=LIMIT_S, workers=1, **{by: finder}, **options)
    assert (result.interrupted, result.status, finder.times) == (True, Status.NO_PLAN_FOUND, 1)
    assert result.reason.endswith("interrupted")


def shuffle(load=0.85):
    """Give a pool of which nobody proves the earliest end soon, nor the best placement where it is roomy."""
    return shuffled(np.random.default_rng(1), 40, load)


@pytest.mark.parametrize("options", [{"schedule": True}, {"objective": "time"}])
def test_ctrl_c_amid_the_schedule_of_a_goal_leaves_the_best_one_and_its_bound(options, monkeypatch):
    """Also of the first placement of an early end, of which nothing is told before its schedule is made."""
    of, scheduled = shuffle(), earliest.scheduled
    with pressing() as presser:
        heard = partial(scheduled, listen=presser.hear)
        monkeypatch.setattr(earliest, "scheduled", heard)
        result = reach(of.current, Repair(), target=of.target.placement, on_progress=presser, **options)
    end_s, bound_s = presser.best
    assert result.interrupted
    assert result.schedule.makespan_s <= end_s
    assert result.schedule.makespan_bound_s >= bound_s
    assert judge_schedule(Pool(of.current, result.target), result.plan, result.schedule) == []


def interrupt(monkeypatch, module, name):
    """Press Ctrl-C whenever a function is called there."""

    def pressed(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, name, pressed)


def test_ctrl_c_amid_the_search_for_the_best_placement_leaves_a_plan_to_the_best_so_far(monkeypatch):
    of = shuffle(0.6)
    interrupt(monkeypatch, best, "solve")
    result = reach(of.current, Balance(), time_limit_s=LIMIT_S, workers=1)
    assert (result.interrupted, result.status) == (True, Status.FEASIBLE)
    assert Balance().measured(of.current, result.target) < Balance().measured(of.current, of.current)
    assert result.reason.startswith("the highest share is ")
    assert "; the best that can be, as far as is proven: " in result.reason
    assert result.reason.endswith("; interrupted")


def test_ctrl_c_when_a_best_placement_is_planned_to_forgets_not_how_good_it_is(monkeypatch):
    of = shuffle(0.6)
    monkeypatch.setattr(best, "_by_turns", lambda _choice, _goal, found, *_others: found)
    interrupt(monkeypatch, cheapest, "solve")
    result = reach(of.current, Balance(), time_limit_s=LIMIT_S, workers=1)
    assert (result.interrupted, result.status) == (True, Status.FEASIBLE)
    assert result.reason.startswith("the highest share is ")


class Unbounded(Drain):
    """Of which nothing is known at first but that it costs something."""

    def bound(self, choice):
        return 0


@pytest.mark.parametrize(("module", "name"), [(cheapest, "bound_by_hosts"), (joint, "better_tie")])
def test_ctrl_c_amid_the_search_for_the_cheapest_placement_leaves_a_plan_to_it(monkeypatch, module, name):
    of = shuffle()
    drained = of.hosts[0].name
    interrupt(monkeypatch, module, name)
    result = reach(of.current, Unbounded(drained), time_limit_s=LIMIT_S, workers=1)
    assert result.interrupted
    assert drained not in result.target.placement.values()


def test_ctrl_c_before_any_placement_is_found_leaves_none(monkeypatch):
    of = shuffle()
    interrupt(monkeypatch, Drain, "start")
    result = reach(of.current, Drain(of.hosts[0].name), time_limit_s=LIMIT_S, workers=1)
    assert (result.interrupted, result.status) == (True, Status.NO_PLAN_FOUND)
    assert result.reason.endswith("interrupted")


def test_ctrl_c_amid_the_schedule_of_a_later_placement_leaves_that_if_it_ends_earlier(monkeypatch):
    """The cheapest plan empties h1 in 50 s, a dearer one h2 in 10 s: its schedule is made, not yet taken."""
    hosts = [host(name, 40, accepts=name == "h3") for name in ("h1", "h2", "h3")]
    vms = [vm("slow", 5, migration_s=50), vm("quick", 5, migration_s=5), vm("brisk", 5, migration_s=5)]
    vms += [vm(name, 5, migration_s=90) for name in ("stays", "other")]
    of = PoolState(hosts, vms, where("h1: slow, h2: quick brisk, h3: stays other"))
    came, scheduled = [], earliest.scheduled

    def interrupted(*args, **options):
        came.append(scheduled(*args, **options).schedule.makespan_s)
        if len(came) == 2:
            raise KeyboardInterrupt
        return scheduled(*args, **options)

    monkeypatch.setattr(earliest, "scheduled", interrupted)
    result = reach(of, Consolidate(1), objective="time", time_limit_s=LIMIT_S, workers=1)
    assert result.interrupted
    assert came == [50, 10, 10]
    assert (result.cost, result.schedule.makespan_s) == (2, 10)
