"""A dry run takes the same way through the code, and touches nothing."""

from __future__ import annotations

import pytest

from planner.execution import End, StaleError, prepare
from tests.planner.execution.rig import Rig, two_pairs


def dry(rig):
    with prepare(rig.cloud, rig.of, rig.plan, dry_run=True, watcher=rig) as ready:
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


def test_it_refuses_a_stale_plan_too(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.world.vms["a"].host = "h4"
    with pytest.raises(StaleError):
        dry(rig)
