"""Running, resuming and asking how it stands, from the command line; killed for real, and interrupted."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import termios
from contextlib import ExitStack
from datetime import datetime, timedelta
from queue import Empty

import pytest

from planner.cli.carrying_out import last_words
from planner.cli.view_options import next_time
from planner.execution import End, Outcome, read_journal
from planner.execution.outcome import NOT_WELL
from planner.execution.planning import plan_anew
from tests.places import EXAMPLES
from tests.waiting import PATIENCE_S, ending, kill, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no flock")


@pytest.fixture
def files(vmplan):
    """A pool and its plan."""
    pool, plan = vmplan.folder / "swap.json", vmplan.folder / "plan.json"
    shutil.copy(EXAMPLES / "swap.json", pool)
    assert vmplan("plan", pool, "-o", plan, "--workers", 1).code == 0
    return pool, plan


def quick(vmplan, settings="speed=2000"):
    return f"simulated:{vmplan.folder / 'cloud'}?{settings}"


def files_in(folder):
    """Give its files; the locks are in a folder of it."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def test_a_plan_is_carried_out(vmplan, files):
    journal = vmplan.folder / "j.jsonl"
    ran = vmplan("run", *files, "--cloud", quick(vmplan), "--journal", journal, "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "3 actions done; every VM is on its target."
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    status = vmplan("status", journal)
    assert (status.code, status.err) == (0, "")
    assert "3 of 3 actions done, 0 begun, 0 left" in status.out


def test_the_journal_goes_by_the_plan_unless_told(vmplan, files):
    assert vmplan("run", *files, "--cloud", quick(vmplan), "--yes").code == 0
    assert read_journal(vmplan.folder / "plan.journal").events[-1].event == "finished"


def test_a_dry_run_says_what_would_be_done_and_leaves_nothing_behind(vmplan, files):
    before = sorted(vmplan.folder.iterdir())
    ran = vmplan("run", *files, "--cloud", "simulated", "--dry-run")
    assert ran.code == 0
    assert "Dry run: 3 actions would be done, none was." in ran.out
    assert sorted(vmplan.folder.iterdir()) == before


def test_a_dry_run_leaves_the_file_of_a_simulated_cloud_as_it_is(vmplan, files):
    cloud, link = vmplan.folder / "cloud", vmplan.folder / "link"
    assert vmplan("run", *files, "--cloud", quick(vmplan, "refused=1"), "--yes").code == 5
    link.symlink_to("cloud")
    before = cloud.stat()
    assert vmplan("run", *files, "--cloud", f"simulated:{link}", "--dry-run").code == 0
    assert (cloud.stat().st_ino, cloud.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert link.is_symlink()


def test_a_simulated_cloud_that_goes_on_takes_no_other_settings(vmplan, files):
    """Who asks for faults, and meets none, would take that for a good sign."""
    assert vmplan("run", *files, "--cloud", quick(vmplan, "refused=1"), "--yes").code == 5
    journal = ("--journal", vmplan.folder / "k", "--yes")
    ran = vmplan("run", *files, "--cloud", quick(vmplan, "refused=0.5"), *journal)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "refused=0.5" in ran.err
    assert "as it was made, with refused=1" in ran.err
    assert vmplan("run", *files, "--cloud", quick(vmplan, "refused=1"), *journal).code == 5


def test_a_simulated_cloud_behind_a_link_is_the_file_that_it_leads_to(vmplan, files):
    cloud, link = vmplan.folder / "cloud", vmplan.folder / "link"
    link.symlink_to("cloud")
    assert vmplan("run", *files, "--cloud", f"simulated:{link}?speed=2000", "--dry-run").code == 0
    assert (link.is_symlink(), cloud.exists()) == (True, False)
    ran = vmplan("run", *files, "--cloud", f"simulated:{link}?speed=2000", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert link.is_symlink()
    assert json.loads(cloud.read_bytes())["requests"] == 3


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b""], ids=["no", "nothing", "no input"])
def test_it_asks_first_and_takes_no_for_an_answer(vmplan, files, answer):
    journal, before = vmplan.folder / "j.jsonl", files_in(vmplan.folder)
    ran = vmplan("run", *files, "--cloud", "simulated", "--journal", journal, stdin=answer)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[1:] == ["vmplan: not confirmed; nothing was touched; --yes does not ask"]
    assert files_in(vmplan.folder) == before


def test_ctrl_c_at_the_question_is_an_interruption(vmplan, files, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupted)
    before = files_in(vmplan.folder)
    assert vmplan("run", *files, "--cloud", quick(vmplan)).code == 130
    assert files_in(vmplan.folder) == before


def test_who_does_not_go_on_can_do_so_later(vmplan, files):
    journal = vmplan.folder / "j.jsonl"
    cloud = quick(vmplan, "speed=2000&refused=1")
    assert vmplan("run", *files, "--cloud", cloud, "--journal", journal, "--yes").code == 5
    events = read_journal(journal).events
    ran = vmplan("resume", journal, stdin=b"n\n")
    assert (ran.code, ran.out) == (2, "")
    assert "not confirmed; nothing was touched" in ran.err
    assert read_journal(journal).events == events
    assert (vmplan.folder / "cloud").exists()


@pytest.mark.parametrize("is_killed", [False, True], ids=["finished", "killed over its last words"])
def test_a_resume_with_nothing_left_to_do_asks_nothing(vmplan, files, is_killed):
    journal = vmplan.folder / "j.jsonl"
    assert vmplan("run", *files, "--cloud", quick(vmplan), "--journal", journal, "--yes").code == 0
    whole = journal.read_bytes()
    if is_killed:
        journal.write_bytes(whole[: whole.rindex(b"{", 0, -1)])
    ran = vmplan("resume", journal)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "3 actions done; every VM is on its target.\n"
    assert read_journal(journal).events[-1].event == "finished"
    assert is_killed or journal.read_bytes() == whole


def test_a_resume_asks_before_it_brings_home_whom_others_have_moved_though_all_actions_are_done(
    vmplan, files
):
    journal, cloud = vmplan.folder / "j.jsonl", vmplan.folder / "cloud"
    assert vmplan("run", *files, "--cloud", quick(vmplan), "--journal", journal, "--yes").code == 0
    whole = journal.read_bytes()
    journal.write_bytes(whole[: whole.rindex(b"{", 0, -1)])
    world = json.loads(cloud.read_bytes())
    world["vms"]["web"]["host"] = "gamma"
    cloud.write_text(json.dumps(world))
    ran = vmplan("resume", journal, stdin=b"n\n")
    assert ran.code == 2
    assert ran.err.startswith("3 actions done, and 1 VM is not at rest on target. Go on? [y/N]:")
    assert json.loads(cloud.read_bytes())["vms"]["web"]["host"] == "gamma"
    assert vmplan("resume", journal, stdin=b"y\n").code == 0


def test_a_failure_is_5_and_names_the_vm(vmplan, files):
    journal = vmplan.folder / "j.jsonl"
    cloud = quick(vmplan, "speed=2000&refused=1")
    ran = vmplan("run", *files, "--cloud", cloud, "--journal", journal, "--yes")
    assert ran.code == 5
    assert "database" in ran.err
    assert "no valid host" in ran.err
    assert f"vmplan resume {journal} goes on." in ran.out
    status = vmplan("status", journal)
    assert status.code == 0
    assert "failed: migrate database" in status.out
    assert "left: 1 VM whose turn did not come: web" in status.out


def test_a_failure_is_told_where_the_vm_is_left_for_another_reason(capfd):
    failed = {"a": "refused: no", "b": "libvirt lost it"}
    left = {"a": "migrate a: h1 -> h2: refused: no", "b": NOT_WELL}
    last_words(Outcome(End.STOPPED, "why", failed=failed, left=left), None)
    assert [line for line in capfd.readouterr().out.splitlines() if "failed" in line] == [
        "  failed: b: libvirt lost it"
    ]


def test_a_disk_that_gets_full_is_5_and_a_resume_goes_on(vmplan, files, monkeypatch):
    journal, write = vmplan.folder / "j.jsonl", os.write

    def full(file, data):
        if b'"event":"accepted"' in bytes(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        ran = vmplan("run", *files, "--cloud", quick(vmplan), "--journal", journal, "--yes")
    assert ran.code == 5
    assert ran.err == f"vmplan: stopped: the journal cannot be written: {journal}: No space left on device\n"
    assert "  may still run: migrate database: beta -> gamma" in ran.out
    assert f"0 actions done. vmplan resume {journal} goes on." in ran.out
    other = vmplan("run", *files, "--cloud", quick(vmplan), "--journal", journal.with_name("k"), "--yes")
    assert f"died over {journal}" in other.err
    assert vmplan("resume", journal, "--yes").code == 0


class Hours:
    """Real time that passes while somebody sleeps, and only then."""

    def __init__(self, monkeypatch):
        self.real_s = 0.0
        monkeypatch.setattr("planner.execution.clock.time.monotonic", lambda: self.real_s)
        monkeypatch.setattr("planner.clouds.simulated.time.time", lambda: 1e9 + self.real_s)
        monkeypatch.setattr("planner.execution.clock.SimpleQueue", lambda: self)

    def get(self, timeout):
        self.real_s += timeout
        raise Empty

    def qsize(self):
        return 0


@pytest.mark.parametrize("speed", [0.01, 100, 2000])
def test_what_hangs_in_a_simulated_cloud_is_given_up_by_its_time(vmplan, files, speed, monkeypatch):
    hours = Hours(monkeypatch)
    ran = vmplan("run", *files, "--cloud", quick(vmplan, f"hung=1&speed={speed}"), "--yes")
    assert ran.code == 5
    waited = int(ran.out.partition("no end after ")[2].partition(" s")[0])
    estimate = int(ran.out.partition("its estimate, ")[2].partition(" s")[0])
    assert waited >= 60 + 5 * estimate
    assert waited <= hours.real_s * speed <= waited + 20 + speed


def test_who_is_off_when_the_disk_gets_full_is_told(vmplan, monkeypatch):
    state = {
        "format": "vm-pool/1",
        "hosts": [{"name": name, "capacity": {"ram_mib": 10}} for name in ("h1", "h2")],
        "vms": [
            {"name": name, "demand": {"ram_mib": 8}, "offline": name == "big"} for name in ("big", "other")
        ],
        "current": {"big": "h1", "other": "h2"},
        "target": {"big": "h2", "other": "h1"},
    }
    pool, plan = vmplan.folder / "pool.json", vmplan.folder / "plan.json"
    pool.write_text(json.dumps(state))
    assert vmplan("plan", pool, "-o", plan, "--workers", 1).code == 0
    write = os.write

    def full(file, data):
        if b'"event":"intent","action":2' in bytes(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        ran = vmplan("run", pool, plan, "--cloud", quick(vmplan), "--yes")
    assert ran.code == 5
    assert "  left: big: it was stopped, and is off still\n" in ran.out
    assert vmplan("resume", vmplan.folder / "plan.journal", "--yes").code == 0


def test_what_is_slow_in_a_simulated_cloud_is_not_taken_for_hung(vmplan, files, monkeypatch):
    hours = Hours(monkeypatch)
    ran = vmplan("run", *files, "--cloud", quick(vmplan, "speed=0.01"), "--yes")
    assert (ran.code, "unknown" in ran.out) == (0, False)
    assert hours.real_s > 3600


@pytest.mark.parametrize("speed", ["inf", "0", "nan", "1e-300"])
def test_a_speed_that_no_time_goes_by_is_2(vmplan, files, speed):
    ran = vmplan("run", *files, "--cloud", quick(vmplan, f"speed={speed}"), "--yes")
    assert (ran.code, "at `$.speed`" in ran.err) == (2, True)


def test_a_stale_plan_is_2_in_one_line_that_says_what_has_changed(vmplan, files):
    cloud = quick(vmplan)
    assert vmplan("run", *files, "--cloud", cloud, "--journal", vmplan.folder / "j", "--yes").code == 0
    ran = vmplan("run", *files, "--cloud", cloud, "--journal", vmplan.folder / "k", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "vm web: the plan has it on alpha, it is on beta" in ran.err
    assert not (vmplan.folder / "k").exists()


@pytest.mark.parametrize(
    ("cloud", "word"),
    [
        ("cumulus", "no such kind"),
        ("simulated?failed=0.1", "stands behind a colon: simulated:?failed=0.1"),
        ("simulated:no/such/folder/cloud", "no/such/folder/cloud: No such file"),
        ("simulated:x?failed=2", "failed"),
        ("simulated:x?failed=no", "must be a number"),
        ("simulated:x?colour=red", "unknown"),
        ("simulated:x?seed=1&seed=2", "seed: given twice"),
    ],
)
def test_a_cloud_that_cannot_be_opened_is_2_in_one_line(vmplan, files, cloud, word):
    ran = vmplan("run", *files, "--cloud", cloud, "--journal", vmplan.folder / "j", "--yes")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert word in ran.err
    assert not (vmplan.folder / "j").exists()


@pytest.mark.parametrize("kind", ["ganeti", "libvirt", "openstack"])
def test_a_password_in_the_name_of_a_cloud_is_refused_and_kept_nowhere(vmplan, files, kind):
    cloud = f"{kind}:https://user:pw-leak@cluster:5080"
    ran = vmplan("run", *files, "--cloud", cloud, "--journal", vmplan.folder / "j", "--yes")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "a password does not belong in a URL" in ran.err
    assert "pw-leak" not in ran.err
    assert not any("pw-leak" in path.read_text() for path in vmplan.folder.iterdir() if path.is_file())


@pytest.mark.parametrize("command", ["resume", "status"])
def test_what_is_no_journal_is_2(vmplan, command):
    assert vmplan(command, vmplan.folder / "none").code == 2
    ran = vmplan(command, vmplan.file("j", "{}"))
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_names_from_a_cloud_do_nothing_to_a_terminal(vmplan):
    evil = "vm\x1b]0;owned\x07\x1b[2J"
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": name, "capacity": {"ram_mib": 4}} for name in ("h1\x1b[31m", "h2")],
        "vms": [{"name": evil, "demand": {"ram_mib": 1}}],
        "current": {evil: "h1\x1b[31m"},
        "target": {evil: "h2"},
    }
    file, plan, journal = vmplan.file("pool.json", pool), vmplan.folder / "p", vmplan.folder / "j"
    assert vmplan("plan", file, "-o", plan, "--workers", 1).code == 0
    for settings, code in (("speed=2000", 0), ("speed=2000&refused=1", 5)):
        cloud = f"simulated:{vmplan.folder / str(code)}?{settings}"
        ran = vmplan("run", file, plan, "--cloud", cloud, "--journal", journal, "--yes")
        status = vmplan("status", journal)
        assert ran.code == code
        assert not any("\x1b" in text for text in (ran.out, ran.err, status.out, status.err))
        assert b"\x1b" not in journal.read_bytes()
        journal.unlink()


@pytest.fixture
def spawn():
    """Start ``vmplan`` in a process of its own, which ends with the test."""
    with ExitStack() as started:

        def spawn(*args):
            command = [sys.executable, "-m", "planner", *map(str, args)]
            run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            started.enter_context(ending(run))
            return run

        yield spawn


def wait_for(journal, event, count=1):
    """Wait until a journal has so many events of a kind."""
    told = f'"event":"{event}"'.encode()
    until(lambda: journal.exists() and journal.read_bytes().count(told) >= count, event, 0.01)


SLOW = 0.01
"""The speed of a cloud in which nothing ends before a test has done what it wants to do meanwhile."""


def change_speed(vmplan, speed):
    """Let time go by at another speed, from the next process on that opens the cloud."""
    path = vmplan.folder / "cloud"
    world = json.loads(path.read_bytes())
    world["faults"]["speed"] = speed
    path.write_text(json.dumps(world))


def test_killed_for_real_and_resumed(vmplan, files, spawn):
    journal, cloud = vmplan.folder / "j.jsonl", quick(vmplan, f"speed={SLOW}")
    run = spawn("run", *files, "--cloud", cloud, "--journal", journal, "--yes")
    wait_for(journal, "accepted", 1)
    kill(run)
    assert "it was killed" in vmplan("status", journal).out
    other = vmplan("run", *files, "--cloud", cloud, "--journal", journal.with_name("k"))
    assert other.code == 2
    assert f"died over {journal}" in other.err
    change_speed(vmplan, 2000)
    ran = vmplan("resume", journal, "--yes")
    assert ran.code == 0, ran
    assert [it.event for it in read_journal(journal).events].count("intent") == 3
    cloud = json.loads((vmplan.folder / "cloud").read_bytes())
    assert {name: guest["host"] for name, guest in cloud["vms"].items()} == {
        "web": "beta",
        "database": "alpha",
    }


def test_a_run_goes_on_when_nobody_reads_its_lines_and_its_exit_code_is_its_own(vmplan, files):
    """As in ``vmplan run ... | tee log``, where Ctrl-C ends the reader as well."""
    journal, (gone, ours) = vmplan.folder / "j.jsonl", os.pipe()
    os.close(gone)
    cloud = quick(vmplan, "speed=2000&refused=1")
    command = ["run", *files, "--cloud", cloud, "--journal", journal, "--yes"]
    ran = subprocess.run(
        [sys.executable, "-m", "planner", *map(str, command)],
        stdout=ours,
        stderr=ours,
        check=False,
        timeout=PATIENCE_S,
    )
    os.close(ours)
    assert ran.returncode == 5
    assert read_journal(journal).events[-1].event == "stopped"


def many_actions(vmplan):
    """Give a pool in which so many VMs move that to tell of them fills a small pipe."""
    vms = [f"vm{number:02}" for number in range(60)]
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": name, "capacity": {"ram_mib": 100}} for name in ("h1", "h2")],
        "vms": [{"name": vm, "demand": {"ram_mib": 1}} for vm in vms],
        "current": dict.fromkeys(vms, "h1"),
        "target": dict.fromkeys(vms, "h2"),
    }
    file, plan = vmplan.file("many.json", pool), vmplan.folder / "many.plan"
    assert vmplan("plan", file, "-o", plan, "--workers", 1).code == 0
    return file, plan


@pytest.mark.parametrize("is_both", [True, False], ids=["both streams", "standard output"])
def test_a_run_goes_on_while_nobody_reads_its_lines_and_says_so(vmplan, is_both):
    """As in ``vmplan run ... | less`` that nobody scrolls, or behind an ssh whose network is gone."""
    journal, (ours, theirs) = vmplan.folder / "j.jsonl", os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    command = ["run", *many_actions(vmplan), "--cloud", quick(vmplan), "--journal", journal, "--yes"]
    run = subprocess.Popen(
        [sys.executable, "-m", "planner", *map(str, command)],
        stdout=theirs,
        stderr=theirs if is_both else subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    with ending(run), open(ours) as lines:
        wait_for(journal, "finished")
        out = lines.read()
        _, err = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == 0
    assert out.endswith("60 actions done; every VM is on its target.\n")
    assert out.count("begins") < 60
    assert ("nobody reads what is said" in (err or out)) is not is_both
    assert "left out what was said from" in (err or out)


def in_terminal_of_its_own():
    """Let standard input be the terminal of this process, which hears of its end whoever started it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_terminal_that_is_closed_lets_what_runs_end_and_starts_nothing_new(vmplan, files):
    """As when an ssh session is lost: the kernel tells all in it, with nothing to write to any more."""
    journal = vmplan.folder / "j.jsonl"
    command = ["run", *files, "--cloud", quick(vmplan, "speed=5"), "--journal", journal, "--yes"]
    screen, terminal = os.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "planner", *map(str, command)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=in_terminal_of_its_own,
    )
    os.close(terminal)
    with ending(run):
        wait_for(journal, "accepted")
        os.close(screen)
        assert run.wait(PATIENCE_S) == 130
    events = [it.event for it in read_journal(journal).events]
    assert events[-1] == "stopped"
    assert events.count("accepted") == events.count("done") < 3
    change_speed(vmplan, 2000)
    assert vmplan("resume", journal, "--yes").code == 0


def test_with_nohup_a_terminal_that_is_closed_is_nothing(vmplan, files, spawn):
    journal = vmplan.folder / "j.jsonl"
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run = spawn("run", *files, "--cloud", quick(vmplan, "speed=5"), "--journal", journal, "--yes")
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for(journal, "accepted")
    os.kill(run.pid, signal.SIGHUP)
    change_speed(vmplan, 2000)
    _, err = run.communicate(timeout=PATIENCE_S)
    assert (run.returncode, err) == (0, "")


def test_the_first_ctrl_c_waits_and_the_second_leaves(vmplan, files, spawn):
    journal = vmplan.folder / "j.jsonl"
    run = spawn("run", *files, "--cloud", quick(vmplan, "speed=5"), "--journal", journal, "--yes")
    wait_for(journal, "accepted")
    os.kill(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 130
    assert "nothing new is started" in err
    assert "still running" not in out
    change_speed(vmplan, SLOW)
    run = spawn("resume", journal, "--yes")
    wait_for(journal, "accepted", 2)
    os.kill(run.pid, signal.SIGINT)
    assert any("nothing new is started" in line for line in run.stderr)
    os.kill(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 130
    assert "still running: migrate web" in out
    change_speed(vmplan, 2000)
    assert vmplan("resume", journal, "--yes").code == 0


def test_status_quotes_the_journal_for_the_shell(vmplan, files):
    journal = vmplan.folder / "my k.journal"
    cloud = quick(vmplan, "speed=2000&refused=1")
    assert vmplan("run", *files, "--cloud", cloud, "--journal", journal, "--yes").code == 5
    assert f"vmplan resume '{journal}' goes on" in vmplan("status", journal).out
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    assert f"it was killed; vmplan resume '{journal}' goes on" in vmplan("status", journal).out


@pytest.mark.parametrize(("name", "words"), [("my k.journal", "'my k.journal'"), ("--k", "-- --k")])
def test_whoever_names_a_journal_that_is_there_is_told_how_to_resume_it(vmplan, files, name, words):
    told = (
        f"{name}: there is a file already; go on with it (vmplan resume {words}), or name another (--journal)"
    )
    vmplan.go_home()
    cloud = quick(vmplan, "speed=2000&refused=1")
    line = ("run", *files, "--cloud", cloud, f"--journal={name}", "--yes")
    assert f"vmplan resume {words} goes on." in vmplan(*line).out
    ran = vmplan(*line)
    assert (ran.code, ran.err) == (2, f"vmplan: {told}\n")


@pytest.mark.parametrize("has_a_plan_by_then", [True, False])
def test_ctrl_c_ends_the_search_for_a_new_plan_at_once(vmplan, files, monkeypatch, has_a_plan_by_then):
    """Nothing runs then; and whatever the search has by that time is not begun any more."""

    def search(pool, objective="moves"):
        try:
            signal.raise_signal(signal.SIGINT)
            pytest.fail("the search goes on")
        except KeyboardInterrupt:
            if not has_a_plan_by_then:
                raise
        return plan_anew(pool, objective)

    monkeypatch.setattr("planner.execution.run.plan_anew", search)
    journal = vmplan.folder / "j.jsonl"
    failing = quick(vmplan, "speed=2000&failed=1")
    ran = vmplan("run", *files, "--cloud", failing, "--journal", journal, "--yes", "--on-failure", "replan")
    assert ran.code == 130
    assert "interrupted" in ran.err
    assert [event.event for event in read_journal(journal).events][-2:] == ["failed", "stopped"]


def test_until_an_hour_that_is_over_is_an_error(vmplan, files):
    ran = vmplan("run", *files, "--cloud", quick(vmplan), "--yes", "--until", "2020-01-31T06:00")
    assert ran.code == 2
    assert "until 2020-01-31 06:00: that is over, it is 2" in ran.err
    assert not (vmplan.folder / "plan.journal").exists()


@pytest.mark.parametrize("until", ["6", "06:00:00", "25:00", "tomorrow", "2020-13-01 06:00"])
def test_until_no_time_of_day_is_an_error(vmplan, files, until):
    ran = vmplan("run", *files, "--cloud", quick(vmplan), "--yes", "--until", until)
    assert ran.code == 2
    assert "'%H:%M', '%Y-%m-%d %H:%M'" in ran.err


def test_until_when_a_run_goes_on_is_asked_with_what_ends_by_then(vmplan, files):
    pool, plan = files
    assert vmplan("plan", pool, "-o", plan, "--schedule", "--workers", 1).code == 0
    ran = vmplan("run", *files, "--cloud", quick(vmplan), "--until", "2099-01-31 06:00")
    assert "2 VMs move; as planned 3 of 3 end by 2099-01-31 06:00. Go?" in ran.err


def test_a_run_with_time_left_comes_to_its_end(vmplan, files):
    journal = vmplan.folder / "j"
    ran = vmplan(
        *("run", *files, "--cloud", quick(vmplan), "--journal", journal),
        *("--yes", "--until", "2099-01-31T06:00"),
    )
    assert ran.code == 0
    assert vmplan("resume", journal, "--yes", "--until", "2020-01-31T06:00").code == 2


def test_a_time_of_day_is_the_next_one():
    now = datetime.now()
    for minutes in (-1, 1):
        given = (now + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        meant = next_time(given.replace(year=1900, month=1, day=1))
        assert meant.replace(tzinfo=None).time() == given.time()
        assert now.astimezone() < meant <= now.astimezone() + timedelta(days=1, hours=2)


def test_a_dry_run_that_would_stop_says_what_would_be_done(capsys):
    last_words(Outcome(End.STOPPED, "it is late", 2, left={"a": "would not end by 06:00"}), None)
    said = capsys.readouterr()
    assert "Dry run: 2 actions would be done, 1 VM is left; none was done." in said.out
    assert said.err == "vmplan: stopped: it is late\n"


@pytest.mark.parametrize("cloud", ["simulated", "simulated:{}/cloud"])
def test_a_folder_whose_name_is_no_utf_8_is_told_and_nothing_is_left_there(vmplan, files, cloud):
    """The first journal names its cloud, which is beside it; of the second it is the lock that names it."""
    folder = vmplan.folder / os.fsdecode(b"j\xfcrgen")
    folder.mkdir()
    way = ("--cloud", cloud.format(vmplan.folder), "--journal", folder / "j.jsonl")
    ran = vmplan("run", *files, *way, "--yes")
    assert ran.code == 2
    assert "rgen/j.jsonl" in ran.err
    assert ran.err.endswith("is no UTF-8, and no journal and no lock can name it\n")
    assert not files_in(folder)
