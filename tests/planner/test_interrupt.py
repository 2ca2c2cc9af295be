"""Ctrl-C: at any moment the best plan so far, from Python and from the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from models import read_plan, replay, write_pool
from planner import Status, find, plan
from planner.scheduling.judging import judge_schedule
from planner.soak.pools.shuffles import shuffled
from tests.places import ROOT
from tests.planner.ctrl_c import interrupting, pressing
from tests.planner.killers import Wasteful
from tests.planner.small_pools import deadlock, tight
from tests.planner.solving import LIMIT_S, solve
from tests.waiting import PATIENCE_S, ending

LATEST = 12
"""More events than planning the tiny pool has."""


@pytest.mark.parametrize("number", range(LATEST))
def test_ctrl_c_at_any_event_gives_the_best_plan_so_far(tiny, by_solver, number):
    """In a path finder, the bound, the solver or the check: no traceback, and what was known is given."""
    events = []
    result = solve(tiny, heuristic=Wasteful(), on_progress=interrupting(number, events), parameters=by_solver)
    assert result.interrupted == (len(events) > number)
    known = [event.cost for event in events if event.cost is not None]
    assert result.cost == (known[-1] if known else None)
    assert result.plan is None or replay(tiny, result.plan) == []
    assert result.status is not Status.INFEASIBLE
    if result.interrupted and result.status is not Status.OPTIMAL:
        assert "interrupted" in result.reason


def test_ctrl_c_before_there_is_a_plan_proves_nothing():
    """A deadlock, interrupted at once: no plan found, and no word of impossible."""
    result = solve(deadlock(), on_progress=interrupting(0, []))
    assert (result.status, result.plan, result.interrupted) == (Status.NO_PLAN_FOUND, None, True)
    assert "interrupted" in result.reason


def test_ctrl_c_in_a_path_finder_run_alone_is_no_traceback(tiny):
    """``find`` gives what there is: nothing yet."""

    class Interrupted(Wasteful):
        def find(self, problem, deadline, seed=0, trace=None):
            raise KeyboardInterrupt

    result = find(tiny.current, tiny.target, method=Interrupted(), time_limit_s=LIMIT_S)
    assert (result.status, result.interrupted) == (Status.NO_PLAN_FOUND, True)


def test_ctrl_c_among_neighbourhoods_leaves_a_safe_plan():
    """A shuffle of 16 hosts at 95%, interrupted when CP-SAT begins to shorten it."""
    of = tight(16, 0.95)

    def listen(event):
        if event.stage == "optimise":
            raise KeyboardInterrupt

    result = solve(of, on_progress=listen, time_limit_s=10.0)
    if not result.interrupted:  # a slow machine has not come to that
        result = solve(of, on_progress=listen, time_limit_s=100.0)
    assert replay(of, result.plan) == []
    assert result.interrupted or result.status is Status.OPTIMAL


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("how", "hosts", "load"), [({"objective": "time"}, 30, 0.8), ({"schedule": True}, 40, 0.85)]
)
def test_a_real_sigint_amid_scheduling_leaves_the_schedule_and_the_bound_that_were_told(
    how, hosts, load, workers
):
    """Nobody proves the earliest end of these; a list schedule made at once ends far later."""
    of = shuffled(np.random.default_rng(1), hosts, load)
    with pressing() as presser:
        result = plan(of.current, of.target, workers=workers, on_progress=presser, **how)
    assert result.interrupted
    end_s, bound_s = presser.best
    assert result.schedule.makespan_s <= end_s
    assert result.schedule.makespan_bound_s >= bound_s
    assert judge_schedule(of, result.plan, result.schedule) == []


SCRIPT = """
import sys
from contextlib import contextmanager

import planner.cli.plan
from planner.cli import main

@contextmanager
def aloud():
    yield lambda state: print(state.stage, state.cost, file=sys.stderr, flush=True)

planner.cli.plan.progress_line = aloud
main.main(["plan", sys.argv[1], "--workers", "1", "--time-limit", sys.argv[3], "-o", sys.argv[2]])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("stage", "hosts"), [("heuristic", 50), ("optimise", 40)])
def test_a_real_sigint_ends_vmplan_with_130_and_the_best_plan_written(stage, hosts, tmp_path):
    """A shuffle at 95%, signalled from outside when a stage tells that it has a plan.

    With 50 hosts shifts take nearly all the time; with 40 half of it is left to neighbourhoods.
    """
    of, path, written = tight(hosts, 0.95), tmp_path / "pool.json", tmp_path / "plan.json"
    write_pool(path, of)
    # A slow machine does not come to that in time, and ends by itself.
    ran = signalled(stage, path, written, limit_s=20) or signalled(stage, path, written, limit_s=100)
    assert ran is not None
    code, out, rest = ran
    assert code == 130, rest
    assert "Traceback" not in rest
    read = read_plan(written)
    assert replay(of, read.steps()) == []
    assert read.status in ("feasible", "optimal")
    assert str(read.cost) in out


def signalled(stage, path, written, limit_s):
    """Give the exit code, what was printed and what was told after the signal; None where it was not sent."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path), str(written), str(limit_s)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with ending(process):
        is_sent = False
        for line in process.stderr:
            if line.startswith(stage) and "None" not in line:
                process.send_signal(signal.SIGINT)
                is_sent = True
                break
        rest = process.stderr.read()
        out = process.stdout.read()
        code = process.wait(PATIENCE_S)
    return (code, out, rest) if is_sent else None
