"""What people see while a plan runs."""

from __future__ import annotations

import errno
import io
import time

import pytest
from rich.console import Console

from models import Migration
from planner.execution import End, Event, prepare
from planner.views.running import LiveView, board, duration, headline, line_of
from tests.builders import host, pool, vm
from tests.planner.execution.rig import Rig, plan_of, two_pairs


def printed(it):
    console = Console(width=100, force_terminal=False)
    with console.capture() as capture:
        console.print(it)
    return capture.get()


def test_the_table_says_what_runs_and_who_waits_for_whom(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        ready.step()
        text = printed(board(ready.runner, 100))
        assert "0 of 4 done, 3 running, about 6 s left" in text
        assert "migrate a: h1 -> h2" in text
        assert "waits for a" in text
        ready.runner.interrupt()
        assert "Ctrl-C again leaves what runs" in headline(ready.runner)
        ready.go()


def test_each_action_of_the_table_is_in_a_line_with_both_its_hosts(tmp_path):
    here, there, other = (f"compute-node-rack07-unit-{n}.dc1.example.net" for n in (1, 2, 3))
    hosts = [host(name, max_in=2, max_out=2) for name in (here, there, other)]
    a, b = "a-database-with-a-long-name-1", "a-database-with-a-long-name-2"
    of = pool(hosts, [vm(a, 4), vm(b, 4)], {a: here, b: here}, {a: there, b: other})
    plan = plan_of(of, [Migration(a, here, there), Migration(b, here, other)], [(), (1,)])
    rig = Rig(of, plan, tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        ready.step()
        _, *lines = printed(board(ready.runner, 80)).splitlines()
        assert [line.split("  ")[0] for line in lines] == [
            "migrate a-dat…me-1: compu…nit-1 -> compu…nit-2",
            "migrate a-dat…me-2: compu…nit-1 -> compu…nit-3",
        ]
        ready.go()


def test_the_live_view_keeps_what_went_wrong(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    console = Console(width=100, force_terminal=True)
    view = LiveView(console)
    with console.capture() as capture, view:
        view.event(Event("2026-01-31T12:00:00.000Z", "failed", 1, "a", "the hypervisor says no"))
        with prepare(
            rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=view
        ) as ready:
            ready.go()
    assert "FAILED    a: the hypervisor says no" in capture.get()


class Hangup(io.StringIO):
    """A terminal that is gone after its first words."""

    def write(self, text):
        if self.getvalue():
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


def test_a_run_goes_on_in_silence_when_its_terminal_is_gone(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    view = LiveView(Console(file=Hangup(), width=100, force_terminal=True))
    with (
        view,
        prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=view) as ready,
    ):
        view.event(Event("2026-01-31T12:00:00.000Z", "failed", 1, "a", "the hypervisor says no"))
        assert ready.go().end is End.FINISHED


def test_a_name_moves_no_cursor():
    line = line_of(Event("2026-01-31T12:00:00.000Z", "held", 1, "a\x1b[2J", "is on h\r1"))
    assert line is not None
    assert "\x1b" not in line
    assert "\r" not in line


@pytest.fixture
def far_east(monkeypatch):
    """Be nine hours ahead of UTC."""
    monkeypatch.setenv("TZ", "XST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_lines_tell_the_local_time_by_which_a_run_is_told_to_end(far_east):
    line = line_of(Event("2026-01-31T12:00:00.000Z", "held", 1, "a", "would not end by 21:30"))
    assert line == "21:00:00  held      a: would not end by 21:30"


def test_a_clock_that_begins_at_midnight_is_told_as_it_is(far_east):
    event = Event("1970-01-01T00:00:07.000Z", "done", 1, "a", "is on h1")
    assert line_of(event, from_zero=True) == "00:00:07  done      a: is on h1"


def test_durations_are_for_people():
    assert [duration(it) for it in (-1, 5, 65, 3700)] == ["0 s", "5 s", "1:05 min", "1:01 h"]
