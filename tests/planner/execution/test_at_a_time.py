"""Several requests at a time, in a cloud that says how many it bears."""

from __future__ import annotations

import sys
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Event, Lock, Thread, Timer
from time import monotonic

import pytest

from models import Migration
from planner.clouds.protocol import CloudError, RefusedError
from planner.clouds.simulated import SimulatedCloud
from planner.execution import End, prepare
from planner.execution.asker import Asker
from planner.execution.clock import WallClock
from tests.builders import host, pool, vm
from tests.planner.execution.rig import Rig, plan_of, six_on_their_own, two_pairs
from tests.waiting import until

AT_A_TIME = 3


class Meeting(SimulatedCloud):
    """Answers a request when so many have come; alone, none of them would ever be answered."""

    at_a_time = AT_A_TIME

    def __init__(self, *args, meets: int, **more) -> None:
        super().__init__(*args, **more)
        self.lock, self.barrier = Lock(), Barrier(meets)

    def look(self, vm):
        with self.lock:
            return super().look(vm)

    def look_at_host(self, host):
        with self.lock:
            return super().look_at_host(host)

    def start(self, action):
        self.barrier.wait(timeout=30)
        with self.lock:
            return super().start(action)


def rig_of(of, plan, tmp_path, *, meets=AT_A_TIME):
    rig = Rig(of, plan, tmp_path)
    rig.cloud = Meeting(rig.world, faults=rig.faults, now=rig.clock.now, meets=meets)
    return rig


def test_as_many_are_asked_for_at_a_time_as_the_cloud_bears(tmp_path):
    rig = rig_of(*six_on_their_own(), tmp_path)
    assert rig.run().end is End.FINISHED
    words = [event for event, _ in rig.words("intent", "accepted")]
    assert words == [*["intent"] * 3, *["accepted"] * 3] * 2


def test_no_more_are_asked_for_than_may_run_at_a_time(tmp_path):
    of, plan = two_pairs()  # a and b go the same way, and so do c and d
    of = of.rebuilt(hosts=[host(it.name, max_in=1, max_out=1) for it in of.hosts])
    rig = rig_of(of, plan_of(of, plan.steps(), [()] * 4), tmp_path, meets=2)
    assert rig.run().end is End.FINISHED
    assert [vm for event, vm in rig.words("intent")][:2] == ["a", "c"]


def test_room_that_the_first_will_take_is_not_there_for_the_second(tmp_path):
    hosts = [host("h1", 20, max_out=2), host("h2", max_in=2), host("h3")]
    of = pool(hosts, [vm("a", 6), vm("b", 6)], "h1: a b", "h3: a, h2: b")
    actions = [Migration("a", "h1", "h2"), Migration("a", "h2", "h3"), Migration("b", "h1", "h2")]
    nobody_said_that_b_must_wait_for_2 = [(), (1,), ()]
    rig = rig_of(of, plan_of(of, actions, nobody_said_that_b_must_wait_for_2), tmp_path, meets=1)
    assert rig.run().end is End.FINISHED
    assert rig.words("intent", "done")[:4] == [("intent", "a"), ("done", "a")] * 2


def test_one_that_is_refused_stops_the_run_when_those_beside_it_have_ended(tmp_path):
    rig = rig_of(*six_on_their_own(), tmp_path)
    take = rig.cloud.start

    def start(action):
        handle = take(action)
        if action.vm == "v1":
            raise RefusedError("no")
        return handle

    rig.cloud.start = start
    outcome = rig.run()
    assert (outcome.end, list(outcome.failed)) == (End.STOPPED, ["v1"])
    assert {vm for _, vm in rig.words("done")} == {"v0", "v2"}
    assert not rig.words("intent")[AT_A_TIME:]


class Pondering(SimulatedCloud):
    """Thinks about one VM until it is told to answer; by then it may have been told to say no."""

    at_a_time = AT_A_TIME

    def __init__(self, *args, about, **more) -> None:
        super().__init__(*args, **more)
        self.about, self.may_answer, self.says_no = about, Event(), False

    def start(self, action):
        if action.vm == self.about:
            assert self.may_answer.wait(timeout=30)
            if self.says_no:
                raise RefusedError("no")
        return super().start(action)

    def close(self):
        self.is_closed_after_its_answer = self.may_answer.is_set()


@contextmanager
def rig_that_ponders_about_v0(tmp_path):
    """Give a run with v0 asked for and v1 under way; each of the others waits for the one before it."""
    of, plan = six_on_their_own()
    rig = Rig(of, plan_of(of, plan.steps(), [(), (), (2,), (3,), (4,), (5,)]), tmp_path)
    rig.cloud = Pondering(rig.world, faults=rig.faults, now=rig.clock.now, about="v0")
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        ready.step()
        wait(ready.runner.flights.awaited, return_when="FIRST_COMPLETED", timeout=30)
        ready.step()
        try:
            yield rig, ready
        finally:
            rig.cloud.may_answer.set()


def test_an_end_is_seen_and_the_next_one_started_while_an_answer_is_awaited(tmp_path):
    with rig_that_ponders_about_v0(tmp_path) as (rig, ready):
        rig.clock.sleep(1000)
        ready.step()
        assert rig.words("accepted", "done", "intent")[2:] == [
            ("accepted", "v1"),
            ("done", "v1"),
            ("intent", "v2"),
        ]
        rig.cloud.may_answer.set()
        assert ready.go().end is End.FINISHED


def test_a_run_rests_while_the_cloud_thinks_though_one_is_due_again(tmp_path):
    rig = Rig(*six_on_their_own(), tmp_path)
    rig.cloud = Pondering(rig.world, faults=rig.faults, now=rig.clock.now, about="")
    may_answer, look, take = Event(), rig.cloud.look, rig.cloud.start
    rig.cloud.start = lambda action: (may_answer.wait(timeout=30), take(action))[1]
    rig.cloud.look = lambda vm: replace(look(vm), busy="snapshot") if vm == "v0" else look(vm)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        ready.step()
        rig.clock.sleep(1000)
        ready.step()
        pause = ready.runner.pause()
        may_answer.set()
    assert rig.words("intent") == [("intent", "v1"), ("intent", "v2"), ("intent", "v3")]
    assert pause == rig.cloud.poll_s


def test_the_lock_is_not_let_go_of_before_the_last_request_is_answered(tmp_path):
    with rig_that_ponders_about_v0(tmp_path) as (rig, ready):
        Timer(0.05, rig.cloud.may_answer.set).start()
        ready.__exit__(KeyError, KeyError(), None)
        assert rig.cloud.is_closed_after_its_answer


def test_one_is_not_asked_for_if_another_is_refused_during_the_look_before_it(tmp_path):
    with rig_that_ponders_about_v0(tmp_path) as (rig, ready):
        look, rig.cloud.says_no = rig.cloud.look, True

        def look_when_v0_is_refused(vm):
            rig.cloud.may_answer.set()
            wait(ready.runner.flights.awaited, timeout=30)
            return look(vm)

        rig.cloud.look = look_when_v0_is_refused
        rig.clock.sleep(1000)
        assert ready.go().end is End.STOPPED
    assert rig.words("done", "failed") == [("done", "v1"), ("failed", "v0")]
    assert ("intent", "v2") not in rig.words()


def test_what_is_left_running_at_the_second_interrupt_is_known_by_its_answer(tmp_path):
    with rig_that_ponders_about_v0(tmp_path) as (rig, ready):
        ready.runner.interrupt()
        ready.runner.interrupt()
        Timer(0.05, rig.cloud.may_answer.set).start()
        outcome = ready.step()
    assert outcome.end is End.INTERRUPTED
    assert len(outcome.running) == 2
    assert rig.words("accepted") == [("accepted", "v1"), ("accepted", "v0")]


def test_a_real_clock_is_woken_by_an_answer():
    asker, clock, since = Asker(2), WallClock(), monotonic()
    asker.request(7, lambda: "handle")
    heard = until(asker.heard, "an answer", 30, lambda seconds: clock.sleep(seconds, asker.awaited))
    assert heard == [(7, "handle")]
    assert not asker.awaited
    assert monotonic() - since < 30  # not that of the sleep: it was ended


def test_a_call_to_wake_in_the_middle_of_a_sleep_never_waits_for_the_sleeper():
    clock = WallClock()

    def as_a_signal_would(*_):
        clock.wake()
        return as_a_signal_would

    def sleep():
        sys.settrace(as_a_signal_would)  # between any two lines of the sleep, as a handler may come
        clock.sleep(0.01)

    sleeper = Thread(target=sleep, daemon=True)
    sleeper.start()
    sleeper.join(timeout=10)
    assert not sleeper.is_alive()


def test_answers_keep_the_order_of_the_questions_and_errors_among_them():
    def answer(number):
        if number == 1:
            raise CloudError("no answer")
        return number

    for most in (1, 2):
        first, second, third = Asker(most).all([lambda n=n: answer(n) for n in range(3)])
        assert (first, third) == (0, 2)
        assert isinstance(second, CloudError)


@pytest.mark.parametrize("most", [1, 2])
def test_what_is_no_answer_of_a_cloud_is_raised(most):
    with pytest.raises(ZeroDivisionError):
        Asker(most).all([lambda: 1 // 0, lambda: 1])


@pytest.mark.parametrize("most", [1, 2])
def test_pairs_of_questions_are_answered_in_pairs(most):
    numbers = Asker(most).pairs([(lambda n=n: n, lambda n=n: -n) for n in range(3)])
    assert numbers == [(0, 0), (1, -1), (2, -2)]
