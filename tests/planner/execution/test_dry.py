"""A dry run takes the same way through the code, and touches nothing."""

from __future__ import annotations

import pytest

from models import Migration
from models.plan_file import PlanFile
from planner.execution import End, Options, StaleError, prepare
from tests.builders import host, pool, vm
from tests.planner.execution.rig import Rig, plan_of, two_pairs


def dry(rig, **more):
    with prepare(rig.cloud, rig.of, rig.plan, dry_run=True, watcher=rig, **more) as ready:
        return ready.go()


def test_it_sends_nothing_and_writes_nothing(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    outcome = dry(rig)
    assert (outcome.end, outcome.done) == (End.FINISHED, 4)
    assert rig.world.requests == 0
    assert not rig.journal.exists()
    assert rig.where() == dict(rig.of.current.placement)


def test_it_tells_the_same_story_as_the_run(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    dry(rig)
    pretended = [(e.event, e.vm) for e in rig.events]
    rig.events.clear()
    rig.run()
    done = [(e.event, e.vm) for e in rig.events]
    assert sorted(map(str, pretended)) == sorted(map(str, done))


def held_up(tmp_path):
    """Give a run whose plan lacks a wait: of b for a, which waits for x; so b is held."""
    hosts = [host(name, max_in=2, max_out=2) for name in ("h1", "h2", "h3")]
    vms = [vm(name, 4) for name in "xab"]
    of = pool(hosts, vms, "h1: x b, h2: a", "h2: b, h3: x a", anti_affinity=[("a", "b")])
    actions = [Migration("x", "h1", "h3"), Migration("a", "h2", "h3"), Migration("b", "h1", "h2")]
    return Rig(of, plan_of(of, actions, [(), (1,), ()]), tmp_path)


def test_it_plans_anew_by_itself(tmp_path):
    rig = held_up(tmp_path)
    outcome = dry(rig, options=Options(max_tries=1))
    assert (outcome.end, outcome.done, rig.world.requests) == (End.FINISHED, 3, 0)
    assert [event.vm for event in rig.events if event.event == "held"] == ["b"]


def test_it_plans_anew_by_the_same_means_as_the_run(tmp_path):
    rig = held_up(tmp_path)
    nothing = PlanFile(status="infeasible", reason="not now")
    outcome = dry(rig, options=Options(max_tries=1), replan=lambda _: nothing)
    assert outcome.why.endswith("no new plan: not now")


def test_it_refuses_a_stale_plan_too(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.world.vms["a"].host = "h4"
    with pytest.raises(StaleError):
        dry(rig)
