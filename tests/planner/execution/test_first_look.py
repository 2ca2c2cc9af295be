"""The first look at a cloud: asked again where no answer comes, with a word; not where none ever will."""

from __future__ import annotations

import pytest

from planner.clouds import CloudError
from planner.clouds.protocol import SlowError, UnknownError
from planner.execution import End, Options, prepare
from tests.planner.execution.rig import Rig, two_pairs

PAUSES = [2, 4, 8, 16, 32]


def failing(times, error, asked):
    """Give a stand-in for a question that is answered so the first few times."""

    def failed(question, *args):
        asked.append(None)
        if len(asked) <= times:
            raise error
        return question(*args)

    return failed


def unanswered(rig, times, error):
    """Let the cloud fail so at its first looks; give a list that has an entry for each."""
    asked, observe = [], rig.cloud.observe
    failed = failing(times, error, asked)
    rig.cloud.observe = lambda: failed(observe)
    return asked


@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("error", [UnknownError("nova says 503"), SlowError("timed out"), OSError("reset")])
def test_a_run_asks_again_where_its_first_look_is_not_answered_and_says_so(tmp_path, caplog, times, error):
    rig = Rig(*two_pairs(), tmp_path)
    unanswered(rig, times, error)
    assert rig.run().end is End.FINISHED
    said = [it.getMessage() for it in caplog.records]
    assert [text.rpartition("; ")[2] for text in said] == [f"asked again in {it} s" for it in PAUSES[:times]]
    assert float(rig.events[0].at[17:23]) + 60 * int(rig.events[0].at[14:16]) >= sum(PAUSES[:times])


def test_a_resume_asks_again_too(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.killed_at("intent", "a")
    unanswered(rig, 5, UnknownError("nova says 503"))
    assert rig.resume().end is End.FINISHED


def test_who_never_answers_is_asked_as_often_as_an_action_is(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, options=Options(max_tries=3))
    asked = unanswered(rig, 100, UnknownError("nova says 503"))
    with pytest.raises(UnknownError, match="503"):
        rig.run()
    assert len(asked) == 3
    assert not rig.journal.exists()


def test_what_no_time_mends_is_told_at_once(tmp_path, caplog):
    rig = Rig(*two_pairs(), tmp_path)
    asked = unanswered(rig, 100, CloudError("an administrator may ask this"))
    with pytest.raises(CloudError, match="administrator"):
        rig.run()
    assert (len(asked), caplog.records) == (1, [])


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_cloud_that_does_not_answer_when_it_is_opened_is_opened_again(tmp_path, monkeypatch, dry_run):
    rig = Rig(*two_pairs(), tmp_path)
    asked = []
    failed = failing(2, UnknownError("keystone says 503"), asked)
    monkeypatch.setattr("planner.execution.run.open_cloud", lambda *_: failed(lambda: rig.cloud))
    how = {"dry_run": True} if dry_run else {"journal": rig.journal}
    with prepare("simulated", rig.of, rig.plan, clock=rig.clock, watcher=rig, **how) as ready:
        assert ready.go().end is End.FINISHED
    assert len(asked) == 3
    assert rig.world.requests == (0 if dry_run else 4)


def test_the_pauses_of_a_dry_run_pass_by_a_clock_that_goes(tmp_path):
    """It is looked at every second, and so asked again after one and two."""
    rig = Rig(*two_pairs(), tmp_path)
    unanswered(rig, 2, UnknownError("nova says 503"))
    with prepare(rig.cloud, rig.of, rig.plan, dry_run=True, clock=rig.clock) as ready:
        assert rig.clock.now() == 3
        assert ready.go().end is End.FINISHED
    assert rig.clock.now() == 3
