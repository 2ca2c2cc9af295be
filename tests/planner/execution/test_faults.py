"""What a cloud does to a request: refused, failed, hung, no answer. Each is looked at, and has an end."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from itertools import count

import pytest

from models import Migration, Shutdown, Timing
from planner.clouds import Phase, Progress, RefusedError, UnknownError
from planner.clouds.faults import Strike
from planner.clouds.simulated import SimulatedCloud
from planner.execution import End, Options, read_journal
from planner.execution.flights import GRACE_S, QUEUED_FOR, time_out_s
from tests.builders import host, pool, vm, with_vm
from tests.planner.execution.rig import Once, Rig, plan_of, six_on_their_own, two_pairs


def run_with(tmp_path, on_failure="stop", **strikes):
    rig = Rig(*two_pairs(), tmp_path, faults=Once(**strikes), options=Options(on_failure=on_failure))
    return rig, rig.run(replan=None)


def test_a_refusal_for_good_stops_and_says_who(tmp_path):
    rig, outcome = run_with(tmp_path, r1=Strike.REFUSED)
    assert outcome.end is End.STOPPED
    assert "no valid host" in outcome.failed["a"]
    assert "migrate a: h1 -> h2" in outcome.why
    assert set(outcome.left) == set("abcd")
    assert rig.words()[-1] == ("stopped", None)


@pytest.mark.parametrize("handle", [None, "", 7])
def test_a_request_that_is_answered_without_a_handle_is_looked_at_until_its_end(tmp_path, handle):
    """As by an adapter of one's own that forgets to return it: the cloud may have taken the request."""
    rig = Rig(*two_pairs(), tmp_path)
    take = rig.cloud.start

    def start(action):
        take(action)
        return handle

    rig.cloud.start = start
    assert rig.run().end is End.FINISHED
    events = read_journal(rig.journal).events
    assert "accepted" not in {event.event for event in events}
    told = next(event for event in events if event.event == "unknown")
    assert f"start() of the adapter gave {handle!r}, must be a handle" in told.text


def test_after_a_failure_nothing_new_starts_and_what_runs_settles(tmp_path):
    rig, outcome = run_with(tmp_path, r2=Strike.FAILED)
    # c failed while a and d were on their way; b was waiting for a, and is not begun.
    assert outcome.end is End.STOPPED
    assert set(outcome.failed) == {"c"}
    assert rig.where() == {"a": "h2", "b": "h1", "c": "h3", "d": "h4"}
    assert rig.world.jobs == {}
    assert outcome.left["b"] == "its turn did not come"


def test_a_failure_is_planned_around_where_that_is_asked_for(tmp_path):
    rig, outcome = run_with(tmp_path, "replan", r2=Strike.FAILED)
    assert outcome.end is End.FINISHED
    (new,) = [e for e in read_journal(rig.journal).events if e.event == "replanned"]
    assert new.text == "migrate c: h3 -> h4: the hypervisor says no; it is on h3"


def test_a_vm_that_fails_again_and_again_is_left_and_the_others_get_home(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, options=Options(on_failure="replan"))
    take = rig.cloud.start

    def start(action):
        if action.vm == "c":
            raise RefusedError("not this one")
        return take(action)

    rig.cloud.start = start
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert "not this one" in outcome.left["c"]
    assert outcome.failed == {"c": "refused: not this one"}
    assert rig.where() == {"a": "h2", "b": "h2", "c": "h3", "d": "h4"}
    assert [vm for _, vm in rig.words("intent")].count("c") == 2


def test_a_refusal_for_a_moment_is_tried_again_after_growing_pauses(tmp_path):
    rig, outcome = run_with(tmp_path, r1=Strike.BUSY, r4=Strike.BUSY, r5=Strike.BUSY)
    assert outcome.end is End.FINISHED
    pauses = [e.again_in_s for e in read_journal(rig.journal).events if e.again_in_s is not None]
    assert len(pauses) == 3
    assert pauses[0] < max(pauses)


def test_a_refusal_for_a_moment_is_not_tried_for_ever(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, options=Options(max_tries=3))

    def start(action):
        raise RefusedError("no room yet", transient=True)

    rig.cloud.start = start
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert [vm for _, vm in rig.words("intent")].count("a") <= 3


@pytest.mark.parametrize("is_taken", [False, True])
def test_what_comes_to_nothing_again_and_again_is_not_asked_for_for_ever(tmp_path, is_taken):
    """Either nobody answers, and nothing comes of it, or it is refused late, for a moment."""
    rig = Rig(*two_pairs(), tmp_path, options=Options(max_tries=3))
    asked = []

    def start(action):
        asked.append(action.vm)
        if len(asked) > 20:
            raise RefusedError("enough")
        if is_taken:
            return "a job"
        raise UnknownError("no answer")

    rig.cloud.start = start
    late = Progress(Phase.FAILED, why="no room yet", is_transient=True)
    rig.cloud.follow = lambda running: {it.handle: late for it in running}
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert asked.count("a") == 3
    assert "a" in outcome.failed


def test_a_migration_that_hangs_is_aborted_after_its_time(tmp_path):
    rig, outcome = run_with(tmp_path, r1=Strike.HUNG)
    assert outcome.end is End.STOPPED
    assert set(outcome.failed) == {"a"}
    assert "no end after" in next(e.text for e in read_journal(rig.journal).events if e.event == "unknown")
    assert rig.where()["a"] == "h1"
    assert rig.world.jobs == {}


def test_a_shutdown_of_no_time_that_hangs_keeps_nobody_from_hearing_of_the_others(tmp_path):
    vms = [vm("off", 4), vm("goes", 4)]
    of = pool([host("h1"), host("h2")], vms, "h1: off goes", "h2: goes", timing=Timing(shutdown_s=0))
    plan = plan_of(of, [Shutdown("off", "h1"), Migration("goes", "h1", "h2")], [(), ()])
    rig = Rig(of, plan, tmp_path, faults=Once(r1=Strike.HUNG))
    rig.run(replan=None)
    assert at_of(rig, "done", "goes") < at_of(rig, "unknown", "off")


class Copying(SimulatedCloud):
    """Its migrations copy disks too, as much as 900 s take, and it says so."""

    def _progress(self, running):
        return dataclasses.replace(super()._progress(running), copied_mib=96_000.0)


@pytest.mark.parametrize("measured", [None, 3])
def test_a_migration_that_copies_disks_has_the_time_for_it_unless_its_time_was_measured(tmp_path, measured):
    of, plan = two_pairs()
    of = with_vm(of, "a", migration_s=measured)
    faults = Once()
    faults.stretch = lambda number: 300.0 if number == 1 else 1.0  # 900 s for a
    rig = Rig(of, plan, tmp_path, faults=faults)
    rig.cloud = Copying(rig.world, faults=faults, now=rig.clock.now)
    outcome = rig.run()
    if measured is None:
        assert outcome.end is End.FINISHED
        assert not rig.words("unknown")
    else:
        assert outcome.failed == {"a": "no end in time; it is on h1"}


@pytest.mark.parametrize("mib", [1e15, -1.0, float("nan"), float("inf"), 2.0])
def test_a_migration_that_says_to_copy_what_cannot_be_keeps_its_time(tmp_path, mib):
    rig = Rig(*two_pairs(), tmp_path, faults=Once(r1=Strike.HUNG))
    follow = rig.cloud.follow
    rig.cloud.follow = lambda running: {
        handle: dataclasses.replace(it, copied_mib=mib) for handle, it in follow(running).items()
    }
    outcome = rig.run()
    why = (
        "no end in time; it is on h1 (its estimate, 3 s, counts RAM; where disks are copied, set copied_mib)"
    )
    assert outcome.failed == {"a": why}


def at_of(rig, kind, vm):
    """Give when the last event of a kind about a VM was written, in seconds."""
    stamp = [e.at for e in read_journal(rig.journal).events if (e.event, e.vm) == (kind, vm)][-1]
    return datetime.fromisoformat(stamp).timestamp()


def test_what_was_aborted_is_told_as_soon_as_it_is_seen(tmp_path):
    rig, outcome = run_with(tmp_path, r1=Strike.HUNG)
    assert set(outcome.failed) == {"a"}
    assert at_of(rig, "failed", "a") - at_of(rig, "unknown", "a") <= 2 * rig.cloud.poll_s


def test_an_abort_that_was_refused_leaves_it_its_time_though_its_vm_looks_idle(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, faults=Once(r1=Strike.HUNG))

    def abort(running):
        rig.world.end(rig.world.job_by(running.handle), "it ended by itself")
        raise RefusedError("nothing to abort")

    rig.cloud.abort = abort
    assert set(rig.run().failed) == {"a"}
    assert at_of(rig, "failed", "a") - at_of(rig, "unknown", "a") > GRACE_S


@pytest.mark.parametrize("on_failure", ["stop", "replan"])
def test_what_cannot_be_aborted_is_left_running_and_said_so(tmp_path, on_failure):
    options = Options(on_failure=on_failure)
    rig = Rig(*two_pairs(), tmp_path, faults=Once(r1=Strike.HUNG), options=options)

    def abort(running):
        raise RefusedError("this cloud cannot abort")

    rig.cloud.abort = abort
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.running == ("migrate a: h1 -> h2",)
    # Its room is still counted, its VM is in nobody's hands, and the journal knows that it may run.
    assert read_journal(rig.journal).events[-1].running == (1,)
    # Nothing is planned beside what nobody knows the end of.
    assert outcome.why.startswith("migrate a: h1 -> h2: nobody knows what came of it")
    assert not rig.words("replanned")
    assert ("intent", "b") not in rig.words()


def test_what_the_cloud_said_last_of_what_never_begins_and_why_it_is_not_aborted_is_told_in_the_end(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, faults=Once(r1=Strike.HUNG))
    waits = Progress(Phase.QUEUED, why="nova calls it accepted since 04:00:00")
    follow = rig.cloud.follow
    rig.cloud.follow = lambda running: {
        handle: waits if it.phase is Phase.RUNNING else it for handle, it in follow(running).items()
    }

    def abort(running):
        raise RefusedError("it is accepted")

    rig.cloud.abort = abort
    outcome = rig.run()
    said = "nova calls it accepted since 04:00:00"
    late, given_up = (e.text for e in read_journal(rig.journal).events if e.event == "unknown")
    assert re.fullmatch(rf"no end after \d+ s.*; {said}", late)
    assert given_up.endswith(f"; {said}; not aborted: it is accepted")
    assert outcome.end is End.STOPPED
    assert outcome.why.endswith(f"; {said}; not aborted: it is accepted")


def test_nothing_more_is_started_once_nobody_knows_the_end_of_something(tmp_path):
    """v0 is lost after twice its time-out of 65 s; beside it the others go one by one, a minute each."""
    of, plan = six_on_their_own()
    for n in range(6):
        of = with_vm(of, f"v{n}", migration_s=60 if n else 1)
    rig = Rig(of, plan, tmp_path, faults=Once(r1=Strike.HUNG), options=Options(max_parallel=2))

    def abort(running):
        raise RefusedError("this cloud cannot abort")

    rig.cloud.abort = abort
    assert rig.run().running == ("migrate v0: h0 -> h6",)
    assert [vm for _, vm in rig.words("intent")] == ["v0", "v1", "v2", "v3"]
    assert {vm for _, vm in rig.words("done")} == {"v1", "v2", "v3"}


class Queueing(SimulatedCloud):
    """Says that what it does waits in its own queue, for so many seconds; in the end it says nothing."""

    queued_for = 400.0

    def _progress(self, running):
        if self._now() > 10_000:
            raise UnknownError("no answer")
        told = super()._progress(running)
        is_queued = told.phase is Phase.RUNNING and self._now() < self.queued_for
        return Progress(Phase.QUEUED) if is_queued else told


def queueing(tmp_path, strike=None):
    faults = Once(**({"r1": strike} if strike else {}))
    faults.stretch = lambda number: 150.0 if number == 1 else 1.0  # 450 s for a
    rig = Rig(*two_pairs(), tmp_path, faults=faults)
    rig.cloud = Queueing(rig.world, faults=faults, now=rig.clock.now)
    return rig


def test_what_waits_in_the_queue_of_the_cloud_is_not_given_up_for_that(tmp_path):
    rig = queueing(tmp_path)
    assert rig.run().end is End.FINISHED
    assert not rig.words("unknown")


def test_what_waits_there_for_ever_is_given_up(tmp_path):
    rig = queueing(tmp_path, Strike.HUNG)
    rig.cloud.queued_for = 10_000
    assert set(rig.run().failed) == {"a"}
    waited = at_of(rig, "unknown", "a") - at_of(rig, "accepted", "a")
    assert QUEUED_FOR * time_out_s(3) <= waited < QUEUED_FOR * time_out_s(3) + 10


@pytest.mark.parametrize("strike", [Strike.NOT_TAKEN, Strike.TAKEN, Strike.TAKEN_LATE])
def test_a_lost_answer_is_looked_at_and_nothing_is_sent_twice(tmp_path, strike):
    rig, outcome = run_with(tmp_path, r1=strike)
    assert outcome.end is End.FINISHED
    assert ("unknown", "a") in rig.words()
    asked = [vm for _, vm in rig.words("intent")].count("a")
    assert asked == (2 if strike is Strike.NOT_TAKEN else 1)
    assert sum(handle.startswith("job") for handle in rig.world.ended) == 4


def test_whatever_an_adapter_raises_is_no_answer(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    take, asked = rig.cloud.start, []

    def start(action):
        asked.append(action.vm)
        handle = take(action)
        if action.vm == "a":
            raise ConnectionResetError("https://admin:secret@cloud broke off")
        return handle

    rig.cloud.start = start
    assert rig.run().end is End.FINISHED
    assert asked.count("a") == 1
    assert "secret" not in rig.journal.read_text()


def test_a_cloud_that_does_not_answer_for_a_while_is_waited_for(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    follow, look = rig.cloud.follow, rig.cloud.look

    def silent():
        if 3 < rig.clock.now() < 60:
            raise TimeoutError

    rig.cloud.follow = lambda running: silent() or follow(running)
    rig.cloud.look = lambda vm: silent() or look(vm)
    assert rig.run().end is End.FINISHED


def test_a_cloud_that_never_answers_again_is_given_up(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)

    def silent(*_):
        raise TimeoutError

    def intent(event):
        if event.event == "accepted":
            rig.cloud.follow = rig.cloud.look = rig.cloud.look_at_host = rig.cloud.observe = silent

    rig.on_event = intent
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.running == ("migrate a: h1 -> h2",)


def test_done_is_not_believed_before_it_is_seen(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    follow = rig.cloud.follow

    def eager(running):
        return {handle: Progress(Phase.DONE) for handle in follow(running)}

    rig.cloud.follow = eager
    done_on = {}
    rig.on_event = lambda event: event.event == "done" and done_on.update({event.vm: rig.where()[event.vm]})
    assert rig.run().end is End.FINISHED
    assert done_on == dict(rig.of.target.placement)


def test_a_cloud_that_does_not_say_what_runs_is_told_of_once_until_it_answers(tmp_path, caplog):
    """And not at each look, every two seconds of an outage."""
    rig = Rig(*two_pairs(), tmp_path)
    follow, looks = rig.cloud.follow, count(1)

    def now_and_then(running):
        if next(looks) != 4:
            raise UnknownError("timed out")
        return follow(running)

    rig.cloud.follow = now_and_then
    rig.run()
    assert next(looks) > 6
    said = [record.getMessage() for record in caplog.records if "what runs" in record.getMessage()]
    assert said == ["no answer about what runs: timed out"] * 2
