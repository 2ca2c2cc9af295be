"""Anything at any moment: faults, others, kills between two writes, resumes, Ctrl-C; and the rules hold."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from random import Random
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planner.clouds.faults import Strike
from planner.clouds.world import World
from planner.execution import End, Options, StaleError, Watcher, prepare, prepare_resume, read_journal
from planner.execution.asker import Asker
from planner.execution.clock import FakeClock
from tests.planner.execution.histories import judged, loose, plan_for, random_pool, tear
from tests.planner.execution.judge import JudgedCloud, KilledError

REQUESTS = [strike for strike in Strike if not strike.is_by_others]
OTHERS = [strike for strike in Strike if strike.is_by_others]


class Script:
    """Faults that are told one by one, each for the next request."""

    speed = 1.0

    def __init__(self) -> None:
        self.next: Strike | None = None

    def of_request(self, number: int) -> Strike | None:
        strike, self.next = self.next, None
        return strike

    def stretch(self, number: int) -> float:
        return 1.0

    def chance(self, number: int) -> Random:
        return Random(number)


class InTurn(Asker):
    """As many as may be at a time, asked in turn and heard at the next step: the same each time."""

    def __init__(self, most: int) -> None:
        super().__init__(1)
        self.most = most


class Machine(RuleBasedStateMachine, Watcher):
    """A run that is stepped, struck, killed and resumed as hypothesis likes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.before = os.environ.get("VMPLAN_STATE_DIR")
        self.patch = mock.patch("planner.execution.flights.Asker", InTurn)
        self.patch.start()
        os.environ["VMPLAN_STATE_DIR"] = str(self.folder)
        self.ready = self.outcome = self.writes_left = None
        self.is_killed_in_a_write = self.is_over = False

    @initialize(
        seed=st.integers(0, 10**6),
        on_failure=st.sampled_from(["stop", "replan"]),
        is_loose=st.booleans(),
        at_a_time=st.sampled_from([1, 3]),
    )
    def begin(self, seed, on_failure, is_loose, at_a_time):
        self.of = random_pool(Random(seed))
        plan = plan_for(self.of)
        plan = loose(plan) if is_loose else plan
        self.clock, self.script, self.world = FakeClock(), Script(), World.of(self.of.current)
        self.journal = self.folder / "j.jsonl"
        self.cloud = JudgedCloud(self.world, self.of, self.journal, faults=self.script, now=self.clock.now)
        self.cloud.at_a_time = at_a_time
        if plan.status != "feasible":
            return
        self.ready = prepare(
            self.cloud,
            self.of,
            plan,
            journal=self.journal,
            options=Options(None, on_failure),
            **self.means(),
        )
        self.ready.begin()

    def means(self):
        return {"clock": self.clock, "watcher": self, "replan": plan_for}

    def event(self, event) -> None:
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left <= 0:
                self.writes_left, self.is_killed_in_a_write = None, True
                raise KilledError

    @property
    def runs(self) -> bool:
        return self.ready is not None and self.outcome is None

    @precondition(lambda self: self.runs)
    @rule(steps=st.integers(1, 12))
    def go_on(self, steps):
        try:
            for _ in range(steps):
                self.outcome = self.ready.step()
                if self.outcome is not None:
                    break
                self.ready.runner.rest()
        except KilledError:
            self.leave()
        if self.outcome is not None:
            self.leave()
            assert not judged(self.of, self.world, self.outcome)

    def leave(self):
        """Let the process be gone: what a kill leaves is what it leaves."""
        ready, self.ready = self.ready, None
        ready.__exit__(None, None, None)

    @precondition(lambda self: self.runs)
    @rule(strike=st.sampled_from(REQUESTS))
    def let_the_next_request_go_wrong(self, strike):
        self.script.next = strike

    @precondition(lambda self: hasattr(self, "world"))
    @rule(strike=st.sampled_from(OTHERS), seed=st.integers(0, 100))
    def let_others_do_something(self, strike, seed):
        self.cloud.observe()  # what is due by now has ended
        self.world.requests += 1
        self.world.strike(strike, self.clock.now(), Random(seed))

    @precondition(lambda self: self.runs)
    @rule(writes=st.integers(1, 5))
    def be_killed_after_some_writes(self, writes):
        self.writes_left = writes

    @precondition(lambda self: self.runs)
    @rule()
    def be_killed_after_the_next_request(self):
        self.cloud.killed_after_request = self.world.requests + 1

    @precondition(lambda self: self.runs)
    @rule()
    def press_ctrl_c(self):
        self.ready.runner.interrupt()

    @precondition(lambda self: self.ready is None and hasattr(self, "journal") and self.journal.exists())
    @rule(pause=st.sampled_from([0, 1, 100]), torn=st.booleans(), seed=st.integers(0, 99))
    def resume(self, pause, torn, seed):
        self.clock.sleep(pause)
        # An intent is safe before its request is sent: a kill behind the request tears nothing.
        if torn and self.is_killed_in_a_write:
            tear(self.journal, Random(seed))
        self.outcome, self.writes_left, self.cloud.killed_after_request = None, None, None
        self.is_killed_in_a_write = self.is_over = False
        try:
            self.ready = prepare_resume(self.journal, cloud=self.cloud, **self.means())
        except StaleError:
            # It had finished, and whom others have moved since is not its business.
            last = read_journal(self.journal).events[-1]
            target = self.of.target.placement
            assert last.event == "finished"
            assert any(not (vm in self.world.vms and self.world.vms[vm].host == target[vm]) for vm in target)
            self.is_over = True
            return
        self.ready.begin()
        if not self.ready.has_more_to_do:
            self.go_on(1)  # What it says is of the look that it has just had, whatever others do from now on.

    @invariant()
    def no_rule_is_broken_and_nothing_is_sent_twice(self):
        assert not getattr(self, "cloud", None) or not self.cloud.wrongs

    def teardown(self):
        """Go on undisturbed: it comes to an end, and what it says is true."""
        try:
            if hasattr(self, "journal") and self.journal.exists():
                self.script.next = None
                if self.ready is None and self.outcome is None and not self.is_over:
                    self.resume(0, False, 0)
                self.writes_left = self.cloud.killed_after_request = None
                for _ in range(10_000):
                    if not self.runs:
                        break
                    self.go_on(1)
                assert not self.cloud.wrongs
                assert self.is_over or self.outcome is not None
                assert self.is_over or self.outcome.end is not End.FINISHED or not self.outcome.left
        finally:
            self.patch.stop()
            shutil.rmtree(self.folder)
            if self.before is not None:
                os.environ["VMPLAN_STATE_DIR"] = self.before


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=25)
