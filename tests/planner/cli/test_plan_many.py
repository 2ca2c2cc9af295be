"""``vmplan plan-many``: a folder of pools to a folder of plans, and again where it was cut short."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from models import read_plan, read_pool, replay, write_pool
from tests.builders import host, pool, vm
from tests.places import ROOT
from tests.seed_cases import SEED_CASES
from tests.waiting import PATIENCE_S, ending, until

CASES = {case.name: case.path for case in SEED_CASES}


@pytest.fixture
def pools(tmp_path):
    """A folder with two pools, one of them gzipped, and what is no pool."""
    folder = tmp_path / "pools"
    folder.mkdir()
    shutil.copy(CASES["swap_with_one_temp"], folder / "temp.json")
    write_pool(folder / "swap.json.gz", read_pool(CASES["simple_swap"]))
    (folder / "notes.txt").write_text("none")
    (folder / "old.plan.json").write_text("{}")
    return folder


@pytest.fixture
def many(vmplan, pools, tmp_path):
    """Plan the folder with two processes."""

    def run(*args):
        return vmplan("plan-many", pools, "-o", tmp_path / "plans", "--workers", 2, *args)

    run.plans = tmp_path / "plans"
    return run


def words(ran):
    """Give the table as rows of words, the seconds left out."""
    return [line.split()[:-1] for line in ran.out.splitlines()[1:-1]]


def test_every_pool_is_planned(many, pools):
    ran = many()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0].split() == ["pool", "status", "cost", "bound", "gap", "seconds"]
    assert words(ran) == [
        ["swap", "optimal", "2", "2", "0.00%"],
        ["temp", "optimal", "3", "3", "0.00%"],
    ]
    assert ran.out.splitlines()[-1] == "2 pools, 2 optimal"
    assert sorted(path.name for path in many.plans.iterdir()) == ["swap.plan.json", "temp.plan.json"]
    assert not replay(read_pool(pools / "temp.json"), read_plan(many.plans / "temp.plan.json").steps())


def test_what_is_planned_is_kept(many):
    many()
    before = {path: path.stat().st_mtime_ns for path in many.plans.iterdir()}
    ran = many()
    assert ran.code == 0
    assert [line.split()[-1] for line in ran.out.splitlines()[1:-1]] == ["kept", "kept"]
    assert {path: path.stat().st_mtime_ns for path in many.plans.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (b"", ()),
        (b'{"format":"vm-plan/1","status":"optimal","cost":0,"bound":0,"gap":0.0,"actions":[]}', ()),
        (b'{"format":"vm-plan/1","status":"no_plan_found","reason":"1 s are up"}', ()),
        (None, ("--objective", "ram")),
        (None, ("--fresh",)),
    ],
    ids=["cut short", "does not hold", "not found", "other objective", "fresh"],
)
def test_what_does_not_hold_is_planned_again(many, text, args):
    many()
    plan = many.plans / "temp.plan.json"
    if text is not None:
        plan.write_bytes(text)
    ran = many(*args)
    assert ran.out.splitlines()[2].split()[-1] != "kept"
    assert read_plan(plan).status == "optimal"


def test_a_plan_of_a_pool_that_changed_is_made_again(many, pools):
    many()
    shutil.copy(CASES["weird"], pools / "temp.json")
    assert many().code == 0
    assert read_plan(many.plans / "temp.plan.json").cost == 4


def swapped(num_hosts, **more):
    """Give two VMs that swap two of some hosts, each of which has room for one."""
    hosts = [host(f"h{number}", 8) for number in range(1, num_hosts + 1)]
    return pool(hosts, [vm("a", 8), vm("b", 8)], "h1: a, h2: b", "h1: b, h2: a", **more)


def rewritten(folder, changed):
    """Write the pool of a folder again, a moment later than all that is there."""
    write_pool(folder / "temp.json", changed)
    later = time.time() + 5
    os.utime(folder / "temp.json", (later, later))


def test_what_was_proven_of_another_pool_is_not_kept(many, pools):
    """The plan of 3 migrations is a plan still; that none costs less is no longer true."""
    rewritten(pools, swapped(3))
    assert many().code == 0
    assert read_plan(many.plans / "temp.plan.json").cost == 3
    bigger = swapped(3).rebuilt(hosts=[host(name, 16) for name in ("h1", "h2", "h3")])
    rewritten(pools, bigger)
    ran = many()
    assert words(ran)[1] == ["temp", "optimal", "2", "2", "0.00%"]
    assert ran.out.splitlines()[1].split()[-1] == "kept"


def test_what_the_mandatory_moves_prove_is_kept_of_a_newer_pool(many, pools):
    rewritten(pools, swapped(3).rebuilt(hosts=[host(name, 16) for name in ("h1", "h2", "h3")]))
    many()
    ran = many()
    assert [line.split()[-1] for line in ran.out.splitlines()[1:-1]] == ["kept", "kept"]


def test_a_plan_whose_times_are_those_of_another_pool_is_made_again(many, pools, vmplan):
    """Its order is safe still, and none costs less; but each migration takes longer now."""
    many()
    plan, slower = many.plans / "temp.plan.json", swapped(3)
    write_pool(pools / "temp.json", slower)
    assert vmplan("plan", pools / "temp.json", "--schedule", "-o", plan).code == 0
    assert [line.split()[-1] for line in many().out.splitlines()[1:-1]] == ["kept", "kept"]
    vms = [vm(name, 8, migration_s=50) for name in "ab"]
    rewritten(pools, slower.rebuilt(vms=vms))
    os.utime(plan, (time.time() + 9,) * 2)
    assert many().out.splitlines()[2].split()[-1] != "kept"
    assert vmplan("check", pools / "temp.json", plan).code == 0


def test_what_was_proven_without_stops_is_not_kept_with_them(many, pools):
    rewritten(pools, swapped(3, offline_cost_factor=0))
    many()
    many("--allow-offline")
    assert read_plan(many.plans / "temp.plan.json").cost == 0


def test_an_impossible_pool_is_exit_3_also_when_it_is_kept(many, pools):
    shutil.copy(CASES["simple_deadlock"], pools / "deadlock.json")
    for _ in range(2):
        ran = many()
        assert (ran.code, ran.err) == (3, "")
        assert ran.out.splitlines()[-1] == "3 pools, 1 infeasible, 2 optimal"
    assert read_plan(many.plans / "deadlock.plan.json").status == "infeasible"


def test_a_pool_without_a_plan_in_time_is_exit_4(many, pools):
    shutil.copy(CASES["slow"], pools / "slow.json")
    shutil.copy(CASES["simple_deadlock"], pools / "deadlock.json")
    ran = many("--method", "aspiers")
    assert {row[1] for row in words(ran) if row[0] == "deadlock"} == {"no_plan_found"}
    assert ran.code == 4


def test_a_bad_file_is_exit_2_after_all_others_are_done(many, pools):
    (pools / "bad.json").write_text("{}")
    ran = many()
    assert ran.code == 2
    assert ran.err.startswith(f"vmplan: {pools / 'bad.json'}: ")
    assert ran.err.count("\n") == 1
    assert words(ran)[0] == ["bad", "bad", "file", "-", "-", "-"]
    assert (many.plans / "temp.plan.json").exists()
    assert not (many.plans / "bad.plan.json").exists()


def test_a_link_to_a_pool_that_is_gone_is_a_bad_file_whether_or_not_it_was_planned_before(many, pools):
    """It was passed over, and the run ended as if all was well."""
    (pools / "linked.json").symlink_to(pools / "temp.json")
    assert many().code == 0
    (pools / "linked.json").unlink()
    (pools / "linked.json").symlink_to("nowhere.json")
    (pools / "other.json").symlink_to("nowhere.json")
    ran = many()
    assert ran.code == 2
    assert [row[:3] for row in words(ran) if row[1] == "bad"] == [
        [n, "bad", "file"] for n in ("linked", "other")
    ]
    assert "linked.json: No such file or directory" in ran.err


def test_any_vm_may_be_stopped_on_request(many, pools):
    shutil.copy(CASES["simple_deadlock"], pools / "deadlock.json")
    for _ in range(2):
        assert many("--allow-offline").code == 0
    assert read_plan(many.plans / "deadlock.plan.json").cost == 11


def test_two_pools_with_one_name_are_bad_usage(many, pools):
    shutil.copy(CASES["weird"], pools / "swap.json")
    ran = many()
    assert (ran.code, ran.out) == (2, "")
    assert "swap.plan.json" in ran.err


@pytest.mark.parametrize(
    "args",
    [("--method", "nobody"), ("--scheduler", "tcp://localhost:1"), ("--workers", 0), ("--objective", "x")],
)
def test_bad_usage_is_one_line(many, args):
    ran = many(*args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("vmplan: ")


def test_an_empty_folder_is_bad_usage(vmplan, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = vmplan("plan-many", tmp_path / "empty", "-o", tmp_path / "plans")
    assert (ran.code, ran.out) == (2, "")
    assert "no pool files" in ran.err


def tight(hosts=120, load=0.92):
    """Give a shuffle that keeps the optimiser busy for far longer than this test lasts."""
    rng = random.Random(0)
    vms, current = [], {}
    for number in range(hosts):
        free = 1000
        while free > 1000 * (1 - load):
            size = min(rng.randint(50, 300), free)
            vms.append(vm(f"v{len(vms)}", size))
            current[vms[-1].name] = f"h{number}"
            free -= size
    order = rng.sample(range(hosts), hosts)
    target = {name: f"h{order[int(at[1:])]}" for name, at in current.items()}
    return pool([host(f"h{number}", 1000) for number in range(hosts)], vms, current, target)


ALOUD = """
import sys
from contextlib import contextmanager

from planner.cli import main, plan_many

@contextmanager
def aloud(total, done):
    yield lambda: print("one is done", file=sys.stderr, flush=True)

plan_many._bar = aloud
main.main(["plan-many", *sys.argv[1:]])
"""


def test_ctrl_c_keeps_what_is_finished(tmp_path, pools):
    write_pool(pools / "zz_hard.json", tight())
    plans = tmp_path / "plans"
    command = [sys.executable, "-c", ALOUD, str(pools), "-o", str(plans), "--workers", "1"]
    running = subprocess.Popen(
        [*command, "--time-limit", "600"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with ending(running):
        assert [running.stderr.readline() for _ in range(2)] == ["one is done\n"] * 2
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, err.strip()) == (130, "")
    assert out.splitlines()[-1] == "2 pools, 2 optimal"
    assert sorted(os.listdir(plans)) == ["swap.plan.json", "temp.plan.json"]


@pytest.mark.skipif(os.name != "posix", reason="sessions of POSIX")
def test_a_run_that_is_killed_leaves_no_worker_behind(tmp_path, pools):
    """They waited for work for ever; and so did whoever read what the run prints, for the end of it."""
    write_pool(pools / "zz_hard.json", tight())
    plans = tmp_path / "plans"
    command = [sys.executable, "-m", "planner", "plan-many", str(pools), "-o", str(plans), "--workers", "2"]
    command += ["--time-limit", "600"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1, start_new_session=True)
    try:
        until(lambda: len(list(plans.glob("*.plan.json"))) == 2, "two plans")
        running.kill()
        running.communicate(timeout=PATIENCE_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)


def test_ctrl_c_while_the_workers_are_made_is_no_traceback(tmp_path, pools):
    """Everybody at the terminal hears of it, while the server that the workers come from still loads."""
    write_pool(pools / "zz_hard.json", tight())  # whoever looks late finds it at work still
    command = [sys.executable, "-m", "planner", "plan-many", str(pools), "-o", str(tmp_path / "plans")]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until(lambda: has_server(running.pid) or running.poll() is not None, "the server", 0.01)
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=PATIENCE_S)
    finally:
        running.kill()
    assert (running.returncode, err.strip()) == (130, "")


INTERRUPTED = """
import os, signal, sys
from multiprocessing import forkserver
from planner import plan_many

asked = forkserver.connect_to_new_process


def interrupt(*args):
    pipes = asked(*args)
    os.kill(os.getpid(), signal.SIGINT)
    return pipes


forkserver.connect_to_new_process = interrupt
try:
    plan_many(sys.argv[1:])
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(os.name != "posix", reason="processes forked by a server")
def test_ctrl_c_while_a_worker_is_asked_for_is_no_traceback(pools):
    """It is asked for before it is told what it is: one that was never told said so, all of a sudden."""
    command = [sys.executable, "-c", INTERRUPTED, str(pools / "temp.json")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "interrupted\n", "")


PRESSED_TWICE = """
import os, signal, sys
from multiprocessing import forkserver
from threading import Event
from planner import plan_many
from planner.many.crew import Crew

asked, close = forkserver.connect_to_new_process, Crew.close
closing, left = Event(), Event()


def interrupt(*args):
    pipes = asked(*args)
    if left.is_set():  # pressed again, while Python ends, it would end in the midst of the next start
        return pipes
    # One that is pressed just before the main thread begins to wait does not wake it.
    for pressed in (closing, left):
        for _ in range(5):
            os.kill(os.getpid(), signal.SIGINT)
            if pressed.wait(10):
                break
        assert pressed.is_set()
    return pipes


def noted(*args, **options):
    closing.set()
    close(*args, **options)


forkserver.connect_to_new_process, Crew.close = interrupt, noted
try:
    plan_many(sys.argv[1:], time_limit_s=600)
except KeyboardInterrupt:
    print("interrupted")
    left.set()
"""


@pytest.mark.skipif(os.name != "posix", reason="processes forked by a server")
def test_a_second_ctrl_c_leaves_no_worker_that_is_being_started(tmp_path):
    """Who waited for it to start, to end it then, was interrupted at that: it worked, or failed aloud."""
    write_pool(tmp_path / "hard.json", tight())
    command = [sys.executable, "-c", PRESSED_TWICE, str(tmp_path / "hard.json")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "interrupted\n", "")


def has_server(pid):
    """Tell whether a process has a server that forks for it; true as well where it cannot be told."""
    tasks = Path(f"/proc/{pid}/task")
    found = []
    with suppress(OSError):  # one that has ended meanwhile
        for path in tasks.glob("*/children"):
            found += [Path(f"/proc/{child}/cmdline").read_bytes() for child in path.read_text().split()]
    return not tasks.is_dir() or any(b"forkserver" in line for line in found)
