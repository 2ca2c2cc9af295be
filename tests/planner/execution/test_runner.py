"""A plan is carried out: in order, side by side where it may be, each action in the journal first."""

from __future__ import annotations

from planner.execution import End
from tests.planner.execution.rig import Rig, two_pairs


def test_every_vm_gets_to_its_target(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    outcome = rig.run()
    assert (outcome.end, outcome.done, outcome.left) == (End.FINISHED, 4, {})
    assert rig.where() == dict(rig.of.target.placement)
    assert [event for event, _ in rig.words()][-1] == "finished"
