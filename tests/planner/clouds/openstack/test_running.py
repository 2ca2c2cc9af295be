"""Plans carried out on a real nova: killed with -9 after every write to the journal, stale, failing."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from models import Pool
from planner import plan
from planner.clouds.openstack import connect, read
from planner.execution import StaleError, prepare, prepare_resume
from planner.execution.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.nova

POLL_S, SETTLE_S = 0.05, 0.5
HOSTS = 2
MOST_WRITES = 7
"""The longest that a process lives, in writes: more than a migration has, so that each round gets further."""


def opened() -> Any:
    """Give the cloud, looked at more often than in earnest; nothing waits in front of this nova."""
    cloud = connect("test")
    cloud.poll_s, cloud.settle_s = POLL_S, SETTLE_S
    return cloud


def a_shuffle(nova: Any, count: int, *, secs: float = 0.1) -> Pool:
    """Boot servers on two hosts, each of which shall go to the other host."""
    hosts = [f"h{number % HOSTS}" for number in range(count)]
    nova.wait_active([nova.boot(f"vm{number:02d}", host, secs=secs) for number, host in enumerate(hosts)])
    state = read("test").state
    target = {vm: f"h{(int(host[1]) + 1) % HOSTS}" for vm, host in state.placement.items()}
    return Pool(state, state.placed(target))


def a_plan(pool: Pool) -> Any:
    """Plan, and say what waits for what."""
    return plan(pool.current, pool.target, schedule=True, workers=1, seed=0, time_limit_s=20).file()


def in_a_process_killed_at_write(number: int, go: Any) -> int | None:
    """Run in a process that gets SIGKILL after so many writes to its journal; give how it ended otherwise."""

    def run() -> None:
        written = 0
        write = Journal._write

        def counted(journal: Journal, line: bytes) -> None:
            nonlocal written
            write(journal, line)
            written += 1
            if written == number:
                os.kill(os.getpid(), signal.SIGKILL)

        Journal._write = counted
        os._exit(0 if go() else 5)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return None if process.exitcode == -signal.SIGKILL else process.exitcode


def lines_of(journal: Path) -> list[Any]:
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def test_twenty_vms_get_home_though_the_executor_is_killed_after_each_kind_of_write(nova, tmp_path):
    """Each process is killed after another number of writes: each kind of write is the last of one."""
    pool, journal = a_shuffle(nova, 20), tmp_path / "j.jsonl"
    file = a_plan(pool)

    def begin() -> bool:
        with prepare(opened(), pool, file, journal=journal) as ready:
            return ready.go().end == "finished"

    def go_on() -> bool:
        with prepare_resume(journal, cloud=opened()) as ready:
            return ready.go().end == "finished"

    assert in_a_process_killed_at_write(1, begin) is None
    last_writes = {"head"}
    for at in itertools.cycle(range(1, MOST_WRITES + 1)):
        code = in_a_process_killed_at_write(at, go_on)
        if code is not None:
            break
        last_writes.add(lines_of(journal)[-1]["event"])
    assert code == 0
    assert nova.placement() == dict(pool.target.placement)
    assert len(nova.migrations("completed")) == len(file.actions)
    assert len(nova.migrations()) == len(file.actions)
    assert last_writes >= {"head", "intent", "accepted", "done"}


def test_a_plan_that_the_cloud_has_left_behind_is_refused_and_touches_nothing(nova, tmp_path):
    pool = a_shuffle(nova, 4)
    file = a_plan(pool)
    vm = nova.api.servers()[0]
    there = {"h0": "h1", "h1": "h0"}[vm["OS-EXT-SRV-ATTR:host"]]
    nova.act(vm["id"], {"os-migrateLive": {"host": there, "block_migration": "auto"}})
    nova.settle()
    with pytest.raises(StaleError, match=vm["name"]):
        prepare(opened(), pool, file, journal=tmp_path / "j.jsonl")
    assert len(nova.migrations()) == 1


def test_a_migration_that_fails_stops_the_run_safely_and_says_who(nova, tmp_path):
    pool = a_shuffle(nova, 4)
    victim = pool.vms[0]
    nova.send("POST", f"/servers/{victim.labels['id']}/metadata", {"metadata": {"fail": "yes"}})
    with prepare(opened(), pool, a_plan(pool), journal=tmp_path / "j.jsonl") as ready:
        outcome = ready.go()
    assert outcome.end == "stopped"
    failed = [line for line in lines_of(tmp_path / "j.jsonl") if line.get("event") == "failed"]
    assert [line["vm"] for line in failed] == [victim.name]
    assert not nova.api.migrations()


def test_a_dry_run_asks_nova_for_nothing(nova):
    pool = a_shuffle(nova, 4)
    with prepare(opened(), pool, a_plan(pool), dry_run=True) as ready:
        assert ready.go().end == "finished"
    assert nova.placement() == dict(pool.current.placement)
    assert not nova.migrations()
