"""Killed after any write, between any two, or by hand: a resume goes on, and nothing is done twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from models import Migration
from planner.clouds.faults import Faults
from planner.clouds.protocol import Phase, Progress, RefusedError, SlowError, UnknownError
from planner.execution import (
    End,
    JournalError,
    LockedError,
    Options,
    StaleError,
    prepare,
    prepare_resume,
    read_journal,
)
from planner.execution.outcome import LEFT_RUNNING
from planner.execution.past import story_of
from planner.execution.planning import plan_anew
from tests.builders import host, pool, vm
from tests.models.rules.own_rules import Licences, databases
from tests.planner.execution.judge import KilledError
from tests.planner.execution.rig import Rig, plan_of, two_pairs

WRITES = 13
"""Lines of a whole run behind the first."""


def kill_after(rig, writes):
    numbers = count(1)
    rig.killed(lambda _: next(numbers) == writes)


def test_the_number_of_writes_is_known(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.run()
    assert len(rig.words()) == WRITES


@pytest.mark.parametrize("pause", [0, 3, 1000])
@pytest.mark.parametrize("writes", range(1, WRITES))
def test_killed_after_every_write_it_goes_on(tmp_path, writes, pause):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, writes)
    rig.clock.sleep(pause)
    assert rig.resume().end is End.FINISHED
    assert rig.where() == dict(rig.of.target.placement)
    # Four requests were taken, one for each VM.
    assert sum(handle.startswith("job") for handle in rig.world.ended) == 4
    assert ("replanned", None) not in rig.words()


def test_killed_between_request_and_answer(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    take = rig.cloud.start

    def start(action):
        take(action)
        raise KilledError

    rig.cloud.start = start
    with pytest.raises(KilledError):
        rig.run()
    rig.cloud.start = take
    assert rig.words()[-1] == ("intent", "a")
    assert rig.resume().end is End.FINISHED
    assert [vm for _, vm in rig.words("intent")].count("a") == 1


def known_by(rig, handle):
    """Let the cloud say beforehand what a migration of a will be called; give what it is asked about."""
    look, follow, asked = rig.cloud.look, rig.cloud.follow, []

    def foretelling(vm):
        seen = look(vm)
        return replace(seen, handle=handle) if vm == "a" and not seen.busy else seen

    def following(running):
        asked.extend((each.action.vm, each.handle) for each in running)
        return follow(running)

    rig.cloud.look, rig.cloud.follow = foretelling, following
    return asked


@pytest.mark.parametrize("foretold", [None, "a, which starts with its host"])
def test_who_has_arrived_before_a_resume_is_followed_once_by_what_was_known_before(tmp_path, foretold):
    """What is done for one that arrives is done by who follows it; so libvirt keeps the autostart."""
    rig = Rig(*two_pairs(), tmp_path)
    asked = known_by(rig, foretold)
    kill_after(rig, 1)
    assert rig.world.requests == 0
    rig.cloud.start(Migration("a", "h1", "h2"))  # it was on its way
    rig.clock.sleep(1000)
    assert rig.resume().end is End.FINISHED
    assert [handle for vm, handle in asked if vm == "a"] == ([] if foretold is None else [foretold])
    assert rig.words()[:2] == [("intent", "a"), ("done", "a")]


def test_one_that_nobody_follows_to_its_end_is_not_called_done(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    asked = known_by(rig, "a, which starts with its host")
    kill_after(rig, 1)
    rig.cloud.start(Migration("a", "h1", "h2"))
    rig.clock.sleep(1000)
    follow, troubles = rig.cloud.follow, [UnknownError("a libvirtd is restarted")]

    def following(running):
        if troubles:
            raise troubles.pop()
        return follow(running)

    rig.cloud.follow = following
    assert rig.resume().end is End.FINISHED
    assert [handle for vm, handle in asked if vm == "a"] == ["a, which starts with its host"]


def test_what_the_run_before_has_asked_for_is_its_own_to_abort(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, faults=Faults(hung=1.0))
    kill_after(rig, 2)
    assert "a" in rig.resume().failed
    assert not rig.world.jobs


def test_what_was_never_sent_is_sent_once_it_is_sure(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 1)
    began = rig.clock.now()
    assert rig.resume().end is End.FINISHED
    again = [e for e in read_journal(rig.journal).events if e.vm == "a"]
    assert [e.event for e in again] == ["intent", "observed", "intent", "accepted", "done"]
    assert float(again[2].at[17:23]) >= began + rig.cloud.settle_s


def test_nobody_else_begins_while_a_resume_is_due(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 3)
    first, rig.journal = rig.journal, tmp_path / "other.jsonl"
    with pytest.raises(LockedError, match="died over"):
        rig.run()
    rig.journal = first
    assert rig.resume().end is End.FINISHED


def another(rig, error):
    """Let another run begin on the same hosts, and fail so."""
    first, rig.journal = rig.journal, rig.folder / "other.jsonl"
    with pytest.raises(error):
        rig.run()
    rig.journal = first


def test_a_resume_that_is_declined_leaves_the_lock_of_the_dead_run(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 2)
    with prepare_resume(rig.journal, cloud=rig.cloud, clock=rig.clock, watcher=rig):
        pass  # the operator says no
    assert rig.world.jobs
    another(rig, LockedError)
    assert rig.resume().end is End.FINISHED
    another(rig, StaleError)  # the lock is free, and all is done


def test_a_resume_without_an_answer_leaves_the_lock_of_the_dead_run(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 2)
    observe = rig.cloud.observe

    def silent():
        raise TimeoutError

    rig.cloud.observe = silent
    with pytest.raises(UnknownError):
        rig.resume()
    rig.cloud.observe = observe
    another(rig, LockedError)
    assert rig.resume().end is End.FINISHED
    another(rig, StaleError)  # the lock is free, and all is done


def test_a_run_that_stopped_tries_again_what_failed(tmp_path):
    from planner.clouds import RefusedError

    rig = Rig(*two_pairs(), tmp_path)
    take = rig.cloud.start

    def refuse(action):
        raise RefusedError("the network is down")

    rig.cloud.start = refuse
    assert rig.run().end is End.STOPPED
    rig.cloud.start = take
    assert rig.resume().end is End.FINISHED


def test_a_resume_of_what_is_finished_has_nothing_to_do(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.run()
    requests = rig.world.requests
    assert rig.resume().end is End.FINISHED
    assert rig.world.requests == requests


def test_whoever_is_moving_a_vm_when_a_finished_run_is_resumed_has_it_left_to_him(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.run()
    rig.cloud.start(Migration("c", "h4", "h1"))
    requests, written = rig.world.requests, rig.journal.read_bytes()
    assert rig.resume().end is End.FINISHED
    assert (rig.world.requests, rig.journal.read_bytes()) == (requests, written)


def test_whoever_moves_a_vm_after_the_end_of_a_run_has_it_left_there_by_a_resume(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.run()
    rig.place("c", "h1")
    requests, written = rig.world.requests, rig.journal.read_bytes()
    with pytest.raises(StaleError, match=r"finished at \S+; vm c: the plan has it on h4, it is on h1\. Read"):
        rig.resume()
    assert (rig.world.requests, rig.journal.read_bytes()) == (requests, written)
    del rig.world.vms["c"]
    with pytest.raises(StaleError, match="vm c: the plan has it on h4, the cloud has no such VM"):
        rig.resume()
    another(rig, StaleError)  # the lock is free


def test_a_run_that_was_killed_over_its_last_words_has_finished_all_the_same(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.killed_at("finished", None)
    another(rig, LockedError)
    rig.place("c", "h1")
    with pytest.raises(StaleError, match="finished"):
        rig.resume()
    another(rig, StaleError)  # the lock is free


def test_a_resume_plans_anew_where_the_cloud_has_changed(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 2)
    rig.clock.sleep(1000)
    rig.place("c", "h1")
    assert rig.resume().end is End.FINISHED
    assert ("replanned", None) in rig.words()
    assert rig.where() == dict(rig.of.target.placement)


def test_the_first_interrupt_waits_for_what_runs(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        rig.on_event = lambda event: event.event == "done" and event.vm == "a" and ready.runner.interrupt()
        outcome = ready.go()
    assert outcome.end is End.INTERRUPTED
    assert outcome.running == ()
    assert rig.world.jobs == {}
    assert [vm for _, vm in rig.words("intent")] == ["a", "c", "d"]
    rig.on_event = None
    assert rig.resume().end is End.FINISHED


def test_the_second_interrupt_leaves_what_runs_and_says_so(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:

        def twice(event):
            if event.event == "accepted":
                ready.runner.interrupt()
                ready.runner.interrupt()

        rig.on_event = twice
        outcome = ready.go()
    assert outcome.end is End.INTERRUPTED
    assert outcome.running == ("migrate a: h1 -> h2",)
    assert outcome.left["a"] == LEFT_RUNNING
    assert set(rig.world.jobs) == {"a"}
    rig.on_event = None
    another(rig, LockedError)  # until somebody has looked what became of it
    assert rig.resume().end is End.FINISHED
    another(rig, StaleError)
    assert [vm for _, vm in rig.words("intent")].count("a") == 1


@pytest.mark.parametrize("is_answered", [True, False])
def test_the_second_interrupt_waits_for_the_look_under_way_and_for_no_other(tmp_path, is_answered):
    """Three fly of which the cloud says nothing, and each look at one takes a minute until it is given up."""
    rig = Rig(*two_pairs(), tmp_path)
    take, looks = rig.cloud.start, []

    def start(action):
        handle = take(action)
        if is_answered:
            return handle
        raise UnknownError("gateway time-out")

    rig.cloud.start = start
    rig.cloud.follow = lambda running: {each.handle: Progress(Phase.UNKNOWN) for each in running}
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:

        def silent(vm):
            looks.append(vm)
            ready.runner.interrupt()
            ready.runner.interrupt()
            raise SlowError("timed out")

        def all_fly(event):
            if event.event in ("accepted", "unknown") and event.vm == "d":
                rig.cloud.look = silent

        rig.on_event = all_fly
        outcome = ready.go()
    assert (outcome.end, len(outcome.running), looks) == (End.INTERRUPTED, 3, ["a"])


def test_a_request_that_came_to_nothing_is_not_called_begun(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 1)
    rig.killed_at("observed", "a", resumed=True)
    assert 1 not in story_of(read_journal(rig.journal)).open
    assert rig.resume().end is End.FINISHED


def test_what_came_to_nothing_before_a_new_plan_is_not_called_begun(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, options=Options(on_failure="replan"))
    take, troubles = rig.cloud.start, {"a": UnknownError("no answer"), "c": RefusedError("no")}

    def start(action):
        if action.vm in troubles:
            raise troubles.pop(action.vm)
        return take(action)

    rig.cloud.start = start
    assert rig.run().end is End.FINISHED
    assert ("replanned", None) in rig.words()
    assert not story_of(read_journal(rig.journal)).open


def licensed_to_h2(tmp_path):
    """Give a run of a, then d0: on h2 there are d1 and d2, and there are two licences; d2 leaves first."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3")],
        [vm("a", 1), *databases(3)],
        "h1: a d0, h2: d1 d2",
        "h2: a d0 d1, h3: d2",
        rules=[Licences()],
    )
    way = [Migration("a", "h1", "h2"), Migration("d2", "h2", "h3"), Migration("d0", "h1", "h2")]
    return Rig(of, plan_of(of, way), tmp_path, options=Options(on_failure="replan"))


def test_a_resume_asks_for_the_rules_of_ones_own_that_the_run_had(tmp_path):
    rig = licensed_to_h2(tmp_path)
    kill_after(rig, 2)
    assert read_journal(rig.journal).head.rules == ("licences",)
    with pytest.raises(JournalError, match=r"had rules of its own: licences; give them with rules="):
        rig.resume()
    assert rig.resume(rules=[Licences()]).end is End.FINISHED


def test_a_resume_refuses_rules_that_the_run_did_not_have(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    kill_after(rig, 2)
    with pytest.raises(JournalError, match=r"had rules of its own: none; .* given: licences"):
        rig.resume(rules=[Licences()])


def test_a_new_plan_of_a_resumed_run_keeps_the_rules_of_ones_own(tmp_path):
    rig = licensed_to_h2(tmp_path)
    kill_after(rig, 2)
    rules, asked = (Licences(),), []

    def replan(of):
        asked.append((of.current.extra_rules, of.target.extra_rules))
        return plan_anew(of)

    rig.place("d0", "h3")
    assert rig.resume(rules=rules, replan=replan).end is End.FINISHED
    assert asked == [(rules, rules)]


def test_a_simulated_cloud_named_by_a_relative_path_is_resumed_from_another_folder(tmp_path, monkeypatch):
    of, plan = two_pairs()
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with prepare("simulated:cloud.json?speed=100000", of, plan, journal="journal.jsonl") as ready:
        ready.begin()
    assert read_journal("journal.jsonl").head.cloud == f"simulated:{tmp_path}/here/cloud.json?speed=100000"
    monkeypatch.chdir(tmp_path / "there")
    with prepare_resume("../here/journal.jsonl") as ready:
        assert ready.go().end is End.FINISHED
