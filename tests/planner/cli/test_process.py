"""``vmplan`` as a process of its own: the module, pipes that break, and Ctrl-C."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from threading import Event

import pytest

from planner.cli.main import main, vmplan
from tests.places import EXAMPLES, ROOT
from tests.planner.ctrl_c import ran_with_sigint
from tests.planner.solving import LIMIT_S
from tests.waiting import PATIENCE_S

SWAP = str(EXAMPLES / "swap.json")
COMMAND = [sys.executable, "-m", "planner"]


def run(*args: str, **options):
    """Run the module."""
    told = {"capture_output": True, "text": True, "cwd": ROOT, "check": False, "timeout": PATIENCE_S}
    return subprocess.run([*COMMAND, *args], **told, **options)


def test_the_module_is_the_command():
    ran = run("plan", SWAP, "--json")
    assert (ran.returncode, ran.stderr, json.loads(ran.stdout)["cost"]) == (0, "", 3)


def test_verbose_says_what_the_stages_do():
    ran = run("--verbose", "plan", SWAP, "--json", "--workers", "1")
    said = [line.removeprefix("planner.search.stage: ") for line in ran.stderr.splitlines()]
    assert (ran.returncode, json.loads(ran.stdout)["cost"]) == (0, 3)
    assert said[0] == "Mandatory moves: cost None, bound 2"
    assert said[-1].endswith(": cost 3, bound 3")


def test_bad_input_shows_no_traceback():
    ran = run("plan", "-", input="[")
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (2, "", 1)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_gives_the_best_plan_so_far(tmp_path):
    """A pool that takes a while, interrupted once its first plan is known to be there."""
    hosts = [{"name": f"h{n}", "capacity": {"ram_mib": 100}} for n in range(30)]
    sizes = [(n * 7) % 23 + 5 for n in range(30 * 6)]
    free, vms, current = [100] * 30, [], {}
    for number, size in enumerate(sizes):
        host = max(range(30), key=lambda h: free[h])
        if free[host] >= size + 3:
            free[host] -= size
            vms.append({"name": f"v{number}", "demand": {"ram_mib": size}})
            current[f"v{number}"] = f"h{host}"
    target = {name: f"h{(int(host[1:]) + 7) % 30}" for name, host in current.items()}
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current, "target": target}
    path = tmp_path / "pool.json"
    path.write_text(json.dumps(pool))
    # The child interrupts itself when it hears of the first plan: no clock decides when.
    script = """
import os, signal, sys
import planner.plan
from planner.cli import main, progress
from contextlib import contextmanager

@contextmanager
def interrupting():
    def tell(state):
        if state.cost is not None and state.stage != "check":
            os.kill(os.getpid(), signal.SIGINT)
    yield tell

import planner.cli.plan
planner.cli.plan.progress_line = interrupting
main.main(["plan", sys.argv[1], "--json", "--workers", "1", "-o", sys.argv[2]])
"""
    written = tmp_path / "plan.json"
    ran = ran_with_sigint(script, str(path), str(written))
    assert ran.returncode == 130, ran.stderr
    assert "Traceback" not in ran.stderr
    assert written.read_text() == ran.stdout
    assert run("check", str(path), str(written)).returncode == 0


@pytest.mark.parametrize("pressed", [True, False])
def test_what_ctrl_c_does_to_a_library_that_is_loaded_is_an_interruption(monkeypatch, pressed):
    """A library of C++ makes an ``ImportError`` of it; one that nobody has caused is as loud as ever."""

    def load(*_args, **_named):
        try:
            if pressed:
                signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            pass
        raise ImportError("initialization failed")

    monkeypatch.setattr(vmplan, "main", load)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit if pressed else ImportError) as caught:
        main([])
    assert getattr(caught.value, "code", 130) == 130
    assert signal.getsignal(signal.SIGINT) is before


INTERRUPTED_AT = """
import re, signal, sys  # as the script does that pip installs

class Lost:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

class Interrupting:
    seen = 0

    def find_spec(self, name, path, target=None):
        self.seen += not name.startswith(("planner", "typing", "_typing", "collections.abc"))
        if self.seen == NUMBER:
            HOW

sys.meta_path.insert(0, Interrupting())
sys.argv[0] = "vmplan"
from planner.__main__ import main
main()
"""
"""Runs the command, interrupted as it imports the first, second... module."""


@pytest.mark.parametrize("number", [1, 2, 3, 10, 30])
@pytest.mark.parametrize("how", ["signal.raise_signal(signal.SIGINT)", "Lost()"])
def test_ctrl_c_while_the_command_is_loaded_is_an_interruption(number, how):
    """Nearly nothing is imported before somebody catches it."""
    script = INTERRUPTED_AT.replace("NUMBER", str(number)).replace("HOW", how)
    ran = ran_with_sigint(script, "--version")
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


class Last:
    """Is interrupted as it goes: no exception leaves what Python calls by the way, such as this."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_that_is_lost_in_a_callback_is_an_interruption_all_the_same(monkeypatch, capfd):
    """Compiled code that is loaded calls back by ctypes: Python told of it in a traceback, and went on."""

    def go_on(*_args, **_named):
        Last()
        Event().wait(LIMIT_S)

    monkeypatch.setattr(vmplan, "main", go_on)
    before = sys.unraisablehook
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 130
    assert capfd.readouterr() == ("", "")
    assert sys.unraisablehook is before


def test_a_ctrl_c_ends_the_wait_for_who_does_not_read_the_last_lines(monkeypatch, tmp_path):
    """The first ends the write, and what is left of it is written once more as the command ends."""
    with (tmp_path / "unread").open("w") as unread:

        class Waiting(io.StringIO):
            fileno = unread.fileno

            def flush(self):
                raise KeyboardInterrupt

        monkeypatch.setattr(sys, "stdout", Waiting())
        with pytest.raises(SystemExit) as stopped:
            main(["--version"])
        unread.write("what Python writes as it ends")
    assert stopped.value.code == 130
    assert (tmp_path / "unread").read_text() == ""
