"""Many pools at once, on any executor: in order, nothing lost, whatever dies or is bad."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from models import PlannerError, PoolError, WrongKindError, replay, write_pool
from models.parameters import with_setting
from models.problem import Problem
from models.reversal import backward
from planner import Status, WorkerDiedError, plan, plan_many
from planner.many import many
from planner.many.crew import Crew
from planner.many.many import MOST_LOSSES
from planner.parameters import DEFAULT
from tests.builders import host, pool, vm
from tests.places import ROOT
from tests.planner.executors import Here, KilledWorker, costs
from tests.planner.killers import Faulty, Killer
from tests.planner.small_pools import deadlock, swaps
from tests.planner.solving import LIMIT_S, solve
from tests.waiting import PATIENCE_S, until

OPTIONS = {"time_limit_s": LIMIT_S, "seed": 0}


def test_results_come_in_the_order_of_the_pools():
    pools = [swaps(3), swaps(1), deadlock(), swaps(2)]
    told = []
    outcomes = plan_many(pools, executor=Here(), on_done=lambda n, o: told.append((n, o)), **OPTIONS)
    assert costs(outcomes) == [9, 3, None, 6]
    assert outcomes[2].status is Status.INFEASIBLE
    assert sorted(told, key=lambda pair: pair[0]) == list(enumerate(outcomes))
    assert not replay(pools[0], outcomes[0].plan)


def test_a_result_is_that_of_plan():
    (outcome,) = plan_many([swaps(2)], executor=Here(), **OPTIONS)
    alone = solve(swaps(2))
    assert (outcome.plan, outcome.bound, outcome.reason) == (alone.plan, alone.bound, alone.reason)


def test_bad_pools_and_bad_files_are_kept_in_their_place(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json.gz"
    write_pool(good, swaps(1))
    bad.write_bytes(b"{}")
    overfull = pool([host("h1", 1), host("h2")], [vm("a", 5)], "h2: a", "h1: a")
    outcomes = plan_many([good, bad, tmp_path / "none.json", overfull, str(good)], executor=Here(), **OPTIONS)
    assert costs(outcomes) == [3, PoolError, FileNotFoundError, PoolError, 3]


def test_a_fault_of_ours_costs_no_other_pool_its_result():
    outcomes = plan_many([swaps(1)], executor=Here(), heuristic=Faulty(), **OPTIONS)
    assert costs(outcomes) == [ZeroDivisionError]


@pytest.mark.parametrize(
    "options",
    [
        {"heuristic": "nobody"},
        {"method": "nobody"},
        {"objective": "fun"},
        {"objective": None},
        {"time_limit_s": 0},
        {"seed": -1},
        {"seed": "7"},
        {"workers": 0},
        {"workers": 1.5},
        {"processes": 0},
        {"processes": -2},
        {"processes": "2"},
    ],
)
@pytest.mark.parametrize("count", [0, 1])
def test_a_bad_request_is_refused_at_once(options, count):
    executor = Here()
    with pytest.raises(PlannerError):
        plan_many([swaps(1)] * count, executor=executor, **options)
    assert executor.jobs == 0


@pytest.mark.parametrize(
    "pools", ["pool.json", b"pool.json", Path("pool.json"), {"pool.json": 1}, 7, None, swaps(1)]
)
def test_one_pool_in_place_of_many_is_told(pools):
    executor = Here()
    with pytest.raises(WrongKindError, match="must be a list of pools, or of paths of pool files"):
        plan_many(pools, executor=executor)
    assert executor.jobs == 0


def test_what_is_neither_pool_nor_path_is_kept_in_its_place():
    outcomes = plan_many([swaps(1), 7, None, b"{}"], executor=Here(), **OPTIONS)
    assert costs(outcomes) == [3, WrongKindError, WrongKindError, WrongKindError]


@pytest.mark.parametrize(
    "options", [{"objective": lambda _: 1}, {"prepare": lambda pool: pool}], ids=range(2)
)
def test_what_no_process_can_be_sent_is_told_before_one_is_begun(options, monkeypatch):
    (name,) = options
    assert costs(plan_many([swaps(1)], executor=Here(), **options, **OPTIONS)) == [3]
    monkeypatch.delattr(many, "Crew")
    with pytest.raises(PlannerError, match=rf"^{name}: <function .*, cannot be sent to another process"):
        plan_many([swaps(1)], **options, **OPTIONS)


@pytest.mark.parametrize("given", [None, {}, "pool.json"])
def test_what_prepares_pools_gives_pools(given):
    (outcome,) = plan_many([swaps(1)], executor=Here(), prepare=lambda _: given, **OPTIONS)
    with pytest.raises(WrongKindError, match=r"prepare: its pool: .*, must be a Pool"):
        raise outcome


def test_a_path_finder_can_run_alone():
    (outcome,) = plan_many([swaps(1)], executor=Here(), method="aspiers", **OPTIONS)
    assert outcome.heuristic_name == "aspiers"


def test_lost_jobs_are_handed_out_again():
    executor = Here(lose=[KilledWorker(), None, KilledWorker()])
    assert costs(plan_many([swaps(1), swaps(2)], executor=executor, **OPTIONS)) == [3, 6]
    assert executor.jobs == 4


def test_a_pool_that_is_lost_again_and_again_is_given_up():
    executor = Here(lose=[KilledWorker()] * MOST_LOSSES)
    assert costs(plan_many([swaps(1), swaps(2)], executor=executor, **OPTIONS)).count(WorkerDiedError) <= 1
    executor = Here(lose=[KilledWorker()] * 20)
    assert costs(plan_many([swaps(1)], executor=executor, **OPTIONS)) == [WorkerDiedError]


def test_more_pools_than_are_handed_out_at_once():
    assert costs(plan_many((swaps(1) for _ in range(150)), executor=Here(), **OPTIONS)) == [3] * 150


def test_threads_do_as_well():
    with ThreadPoolExecutor(2) as threads:
        assert costs(plan_many([swaps(1), swaps(2)], executor=threads, **OPTIONS)) == [3, 6]


def test_an_error_in_the_callback_stops_it():
    def on_done(number, outcome):
        raise LookupError

    with pytest.raises(LookupError):
        plan_many([swaps(1)] * 3, executor=Here(), on_done=on_done, **OPTIONS)


def test_a_killed_process_costs_nothing(tmp_path):
    """Its pool is planned again, and so are those that were on their way with it."""
    killer = Killer(str(tmp_path), "k0", 1)
    pools = [swaps(1), swaps(1, "k"), swaps(2), swaps(1)]
    outcomes = plan_many(pools, processes=2, heuristic=killer, **OPTIONS)
    assert costs(outcomes) == [3, 3, 6, 3]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_pool_that_always_kills_takes_nobody_with_it(tmp_path):
    killer = Killer(str(tmp_path), "k0", 99)
    pools = [swaps(1), swaps(1, "k"), swaps(2), swaps(1), swaps(2)]
    outcomes = plan_many(pools, processes=2, heuristic=killer, **OPTIONS)
    assert costs(outcomes) == [3, WorkerDiedError, 6, 3, 6]
    assert len(list(tmp_path.iterdir())) == MOST_LOSSES


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_process_that_is_begun_while_another_dies_costs_nothing_and_is_not_left(
    is_begun, tmp_path, monkeypatch
):
    """It was an ``OSError`` while it was begun; once it was, nobody ended it, and Python waited for it."""
    spawn, begun = ProcessPoolExecutor._spawn_process, []

    def late(pool):
        begun.append(pool)
        if begun != [pool, pool]:
            spawn(pool)
            return
        [first] = pool._processes.values()
        until(lambda: list(tmp_path.iterdir()), "the first one kills itself")  # or the second might
        if is_begun:
            spawn(pool)
            number, process = pool._processes.popitem()
        first.join(PATIENCE_S)
        pool._executor_manager_thread.join(1.0)  # it has come to where it waits for this thread
        if is_begun:
            pool._processes[number] = process
        else:
            spawn(pool)

    monkeypatch.setattr(ProcessPoolExecutor, "_spawn_process", late)
    killer = Killer(str(tmp_path), "k0", 1)
    outcomes = plan_many([swaps(1, "k"), swaps(1)], processes=2, heuristic=killer, **OPTIONS)
    assert costs(outcomes) == [3, 3]
    until(lambda: not multiprocessing.active_children(), "the end of all processes")


def test_a_process_whose_death_python_does_not_see_is_missed():
    """It looks who there is, then waits; the job of one that starts meanwhile was waited for in vain."""
    crew = Crew(None, 1)
    number = crew.submit(os.getpid).result(PATIENCE_S)
    pool = crew._executor._pool
    until(lambda: pool._idle_worker_semaphore._value, "it is free for another job")
    process = pool._processes.pop(number)
    assert crew.submit(os.getpid).result(PATIENCE_S) == number
    until(lambda: pool._idle_worker_semaphore._value, "it is looked who there is")
    pool._processes[number] = process
    assert not crew.is_broken
    os.kill(number, signal.SIGKILL)
    until(lambda: crew.is_broken, "it is missed")
    crew.replace(crew.generation)
    assert crew.submit(os.getpid).result(PATIENCE_S) != number
    crew.close()


CHILD = """
import multiprocessing
from planner.many.crew import Crew

def work():
    crew = Crew(None, 1)
    print(crew.submit(abs, -3).result(), flush=True)
    crew.close()

if {before}:
    work()
child = multiprocessing.get_context("fork").Process(target=work, daemon={daemon})
child.start()
child.join()
"""
"""A process that starts another as Linux does by default, in which the same is done."""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="forks of POSIX")
@pytest.mark.parametrize("before", [False, True])
def test_a_fork_has_processes_of_its_own_too(before):
    """It knows the server of the process it comes from, and cannot wait for it."""
    assert ran(CHILD.format(before=before, daemon=False)) == ("3\n" * (1 + before), "")


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="forks of POSIX")
def test_a_daemonic_process_is_told_that_it_can_have_none():
    said, error = ran(CHILD.format(before=False, daemon=True))
    assert said == ""
    assert error.endswith(
        "PlannerError: processes: a daemonic process may have none of its own, so give an executor\n"
    )


def ran(code: str) -> tuple[str, str]:
    """Run some Python in a process of its own; give what it says on both streams."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return done.stdout, done.stderr


def test_a_broken_pool_of_the_caller_is_replaced(tmp_path):
    killer = Killer(str(tmp_path), "k0", 1)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        outcomes = plan_many([swaps(1, "k"), swaps(1)], executor=executor, heuristic=killer, **OPTIONS)
    assert costs(outcomes) == [3, 3]


class Forgets(Here):
    """A pool of processes that breaks as it is handed a job, which it never answers."""

    _broken = False

    def submit(self, fn, /, *args, **kwargs):
        self._broken = True
        return Future()


def test_a_job_that_a_breaking_pool_forgets_is_done_by_another(monkeypatch):
    monkeypatch.setattr(many, "LOOK_S", 0.01)
    assert costs(plan_many([swaps(1), swaps(2)], executor=Forgets(), **OPTIONS)) == [3, 6]


# --- one pool in parts ------------------------------------------------------------------------------


class Sending(Here):
    """Sends every job through a pickle, as a process would."""

    def submit(self, fn, /, *args, **kwargs):
        fn, args = pickle.loads(pickle.dumps((fn, args)))
        return super().submit(fn, *args, **kwargs)


def planned(of, **options):
    return plan(of.current, of.target, workers=1, **OPTIONS, **options)


def test_components_of_the_bound_go_to_the_executor():
    """Where they are too large to be asked about as a whole, and from both ends."""
    executor, large = Sending(), DEFAULT
    for setting in ("conflicts.most_whole=0", "exhaustive.most_pairs=0"):
        large = with_setting(large, setting)
    there, here = (planned(swaps(4), executor=one, parameters=large) for one in (executor, None))
    assert executor.jobs == 4
    assert (there.status, there.bound, there.plan) == (here.status, here.bound, here.plan)
    assert there.status is Status.OPTIMAL


def test_parts_that_are_lost_are_done_here():
    result = planned(swaps(4), executor=Here(lose=[KilledWorker(), None, MemoryError()]))
    assert (result.status, result.bound) == (Status.OPTIMAL, 12)


def test_an_objective_that_cannot_be_sent_is_planned_here():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        result = planned(swaps(2), objective=lambda _: 2, executor=executor)
    assert (result.status, result.cost) == (Status.OPTIMAL, 12)


def test_one_component_stays_here(tiny):
    executor = Here()
    assert planned(tiny, executor=executor).status is Status.OPTIMAL
    assert executor.jobs == 0


@pytest.mark.parametrize("turn", [False, True])
def test_a_problem_can_be_pickled(full, turn):
    problem = backward(Problem(full, "ram")) if turn else Problem(full, "ram")
    again = pickle.loads(pickle.dumps(problem))
    for name in ("src", "dst", "cost", "stop_cost", "usable", "needs", "groups_of", "displaced", "objective"):
        assert getattr(again, name) == getattr(problem, name)
    hosts, vms = range(problem.num_hosts), range(problem.num_vms)
    ways = [(v, s, h) for v in vms for s in hosts for h in hosts if s != h]
    assert all(again.may_go(*way) == problem.may_go(*way) for way in ways)
