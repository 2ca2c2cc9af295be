"""The judge of random histories, who is asked about good runs alone, sees what is wrong with bad ones."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models import Migration
from planner.clouds.simulated import SimulatedCloud
from planner.clouds.world import World
from planner.execution import Outcome
from planner.execution.outcome import End
from tests.planner.execution.histories import judged
from tests.planner.execution.judge import JudgedCloud
from tests.planner.execution.rig import Rig, two_pairs

ASKED = Migration("a", "h1", "h2")


def begun(rig, *migrations):
    """Let the cloud carry these out, whoever asked for them."""
    for migration in migrations:
        SimulatedCloud.start(rig.cloud, migration)


def told_apart(rig):
    rig.world.apart = (("a", "c"),)
    rig.place("c", "h2")


def asked_of_a_third(rig):
    rig.place("c", "h1")
    begun(rig, Migration("b", "h1", "h4"), Migration("c", "h1", "h4"))


def too_old(rig):
    guest = rig.world.vms["a"]
    guest.vm = replace(guest.vm, requires=("avx2",))


SPOILT = {
    "sent while Job(": lambda rig: begun(rig, ASKED),
    "sent for a VM that is gone": lambda rig: rig.world.vms.pop("a"),
    "sent for WorldVM(": lambda rig: setattr(rig.world.vms["a"], "locked", True),
    "a to h2: it accepts nothing": lambda rig: setattr(rig.world.hosts["h2"], "up", False),
    "a to h2: lacks ('avx2',)": too_old,
    "a to h2: 12 of 10 ram_mib": lambda rig: (rig.place("c", "h2"), rig.place("d", "h2")),
    "a to h2: together with {'c'}": told_apart,
    "h1: 2 leave it already": asked_of_a_third,
    "h2: 2 come to it already": lambda rig: begun(rig, *(Migration(vm, "h3", "h2") for vm in "cd")),
}
"""What is wrong with the request -> what happens to the cloud right before it."""


@pytest.fixture
def rig(tmp_path):
    """Give a run that has written down that it will ask for the migration of a, and has not."""
    rig = Rig(*two_pairs(), tmp_path)
    rig.cloud = JudgedCloud(rig.world, rig.of, rig.journal, faults=rig.faults, now=rig.clock.now)
    rig.killed_at("intent", "a")
    return rig


def test_of_a_sound_request_there_is_nothing_to_say(rig):
    assert rig.cloud.judged(ASKED) == []


def test_a_request_that_is_not_written_down_is_seen(rig):
    (wrong,) = rig.cloud.judged(Migration("a", "h1", "h4"))
    assert "no intent in the journal" in wrong


@pytest.mark.parametrize("words", SPOILT)
def test_a_request_is_held_against_the_cloud_as_it_stands(rig, words):
    SPOILT[words](rig)
    assert words in "; ".join(rig.cloud.judged(ASKED))


LEFT = dict.fromkeys("abcd", "there was no time")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(End.STOPPED, "it failed", left=LEFT), ""),
        (Outcome(End.FINISHED), "finished, but ['a', 'b', 'c', 'd']"),
        (Outcome(End.STOPPED, "it failed"), "no reason for a"),
        (Outcome(End.STOPPED, left=LEFT), "stopped, nobody knows why"),
        (Outcome(End.STOPPED, "it failed", left={**LEFT, "b": "b is locked"}), "b: 'b is locked' is not so"),
    ],
)
def test_what_a_run_says_it_came_to_is_held_against_where_all_are(outcome, words):
    of, _ = two_pairs()
    found = judged(of, World.of(of.current), outcome)
    assert words in found[0] if words else found == []


def test_where_all_are_on_their_targets_nobody_is_left_and_nothing_stops():
    of, _ = two_pairs()
    found = judged(of, World.of(of.target), Outcome(End.STOPPED, "it failed", left={"a": LEFT["a"]}))
    assert [wrong.split(":")[0] for wrong in found] == ["a is on its target, but left", "stopped for nothing"]
