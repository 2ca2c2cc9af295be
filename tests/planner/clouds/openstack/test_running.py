"""Plans carried out on a real nova: killed with -9 after every write to the journal, stale, failing."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from models import Migration, Pool
from planner import plan
from planner.clouds.openstack import connect, read
from planner.clouds.openstack.api import IN_FLIGHT
from planner.clouds.protocol import RefusedError
from planner.execution import Options, StaleError, Watcher, prepare, prepare_resume
from planner.execution.journal import Journal
from tests.planner.clouds.openstack.again import LOSES_ONE
from tests.planner.execution.rig import plan_of
from tests.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.nova, pytest.mark.long]

POLL_S, SETTLE_S = 0.05, 0.5
HOSTS = 2
PATIENCE = 10
"""Tries: polled so much more often than in earnest, a run is through with its usual ones in two seconds.

A busy nova may take longer to give room back.
"""


def opened() -> Any:
    """Give the cloud, looked at more often than in earnest; nothing waits in front of this nova."""
    cloud = connect("test", None)
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


def in_a_process_killed_at_news(go: Any, known: set[Any]) -> int | None:
    """Run in a process that gets SIGKILL right after the first write to its journal that is news.

    News is a kind of event about an action that is not among ``known``: so every process gets further than
    those before it, and each write of a run is the last of one. Give how it ended; None where it was killed.
    """

    def run() -> None:
        write = Journal._write

        def killing(journal: Journal, line: bytes) -> None:
            write(journal, line)
            if _news(line) not in known:
                os.kill(os.getpid(), signal.SIGKILL)

        Journal._write = killing
        os._exit(0 if go() else 5)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(PATIENCE_S)
    if process.exitcode is None:
        # It would be waited for at the end of this process, and keep what it writes to open.
        process.kill()
        process.join(PATIENCE_S)
        raise AssertionError(f"a run did not end in {PATIENCE_S:g} s")
    return None if process.exitcode == -signal.SIGKILL else process.exitcode


def _news(line: bytes) -> tuple[str, int | None]:
    """Say what a line of a journal tells, and of which action."""
    told = json.loads(line)
    return told.get("event", "head"), told.get("action")


def killed_and_resumed(pool: Pool, file: Any, journal: Path, **options: Any) -> set[Any]:
    """Run a plan in processes that are killed one after the other; give what each of them wrote last."""

    def begin() -> bool:
        patient = Options(max_tries=PATIENCE, **options)
        with prepare(opened(), pool, file, journal=journal, options=patient) as ready:
            return ready.go().end == "finished"

    def go_on() -> bool:
        with prepare_resume(journal, cloud=opened()) as ready:
            return ready.go().end == "finished"

    known: set[Any] = set()
    code = in_a_process_killed_at_news(begin, known)
    while code is None:
        last = _news(journal.read_bytes().splitlines()[-1])
        assert last not in known
        known.add(last)
        code = in_a_process_killed_at_news(go_on, known)
    assert code == 0
    return known


def lines_of(journal: Path) -> list[Any]:
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def all_home_and_none_moved_twice(nova: Any, pool: Pool, file: Any) -> None:
    """Hold what a run must come to, by nova's own records.

    A record in error without a destination is a request that nova refused before anything moved: room that
    was not given back yet, or, where nova took longer over a request than ``SETTLE_S``, one sent once more.
    """
    nova.settle()
    assert nova.placement() == dict(pool.target.placement)
    ids = {vm.name: vm.labels["id"] for vm in pool.vms}
    records = [it for it in nova.migrations() if it["instance_uuid"] in ids.values()]
    ends = [(it["instance_uuid"], it["dest_compute"], it["status"]) for it in records]
    moved = [it for it in ends if it[1:] != (None, "error")]
    assert sorted(moved) == sorted((ids[it.vm], it.destination, "completed") for it in file.steps())


def test_killed_after_every_write_of_ten_vms_each_gets_home_and_nothing_moves_twice(nova, tmp_path):
    pool = a_shuffle(nova, 10)
    file = a_plan(pool)
    last_writes = killed_and_resumed(pool, file, tmp_path / "j.jsonl")
    all_home_and_none_moved_twice(nova, pool, file)
    # Whoever was killed behind an intent finds that nothing was sent; so it is for every action. Before an
    # answer comes, the process is killed by what it writes of another action at the same time.
    wanted = {(kind, it.id) for it in file.actions for kind in ("intent", "observed", "done")}
    assert last_writes >= {("head", None), ("finished", None), *wanted}


def test_killed_after_every_write_of_four_vms_one_by_one_each_gets_home_and_nothing_moves_twice(
    nova, tmp_path
):
    pool = a_shuffle(nova, 4)
    file = a_plan(pool)
    last_writes = killed_and_resumed(pool, file, tmp_path / "j.jsonl", max_parallel=1)
    all_home_and_none_moved_twice(nova, pool, file)
    kinds = ("intent", "observed", "accepted", "done")
    assert last_writes >= {(kind, it.id) for it in file.actions for kind in kinds}


def test_a_plan_that_the_cloud_has_left_behind_is_refused_and_touches_nothing(nova, tmp_path):
    pool = a_shuffle(nova, 4)
    file = a_plan(pool)
    vm = nova.api.servers()[0]
    there = {"h0": "h1", "h1": "h0"}[vm["OS-EXT-SRV-ATTR:host"]]
    with nova.holding():
        nova.send_off(vm["id"], there)
    nova.settle()
    before = len(nova.migrations())
    with pytest.raises(StaleError, match=vm["name"]):
        prepare(opened(), pool, file, journal=tmp_path / "j.jsonl")
    assert len(nova.migrations()) == before


def test_a_migration_that_fails_stops_the_run_safely_and_says_who(nova, tmp_path):
    pool = a_shuffle(nova, 4)
    victim = pool.vms[0]
    nova.send("POST", f"/servers/{victim.labels['id']}/metadata", {"metadata": {"fail": "yes"}})
    patient = Options(max_tries=PATIENCE)
    with prepare(opened(), pool, a_plan(pool), journal=tmp_path / "j.jsonl", options=patient) as ready:
        outcome = ready.go()
    assert outcome.end == "stopped"
    failed = [line for line in lines_of(tmp_path / "j.jsonl") if line.get("event") == "failed"]
    # A busy nova may refuse for a moment, and is asked again: that is no failure yet.
    lasting = [line for line in failed if line.get("again_in_s") is None]
    assert [line["vm"] for line in lasting] == [victim.name], failed
    assert not nova.api.migrations()


def test_a_server_that_is_paused_right_before_it_moves_arrives_paused_and_all_is_well(nova, tmp_path):
    pool = a_shuffle(nova, 4)
    victim = pool.vms[0].labels["id"]
    cloud = opened()
    start = cloud.start

    def pause_and_start(action):
        if action.vm != victim:
            return start(action)
        nova.act(victim, {"pause": None})
        nova.wait_status(victim, "PAUSED")
        try:
            return start(action)
        except RefusedError:  # a busy nova: it runs again when it is looked at before the next try
            nova.act(victim, {"unpause": None})
            nova.wait_status(victim, "ACTIVE")
            raise

    cloud.start = pause_and_start
    patient = Options(max_tries=PATIENCE)
    with prepare(cloud, pool, a_plan(pool), journal=tmp_path / "j.jsonl", options=patient) as ready:
        outcome = ready.go()
    assert (outcome.end, outcome.left) == ("finished", {})
    assert nova.placement() == dict(pool.target.placement)
    assert nova.api.server(victim)["status"] == "PAUSED"


TRIES: list[Any] = []


@pytest.mark.filterwarnings(LOSES_ONE)
def test_a_test_whose_nova_loses_a_migration_has_a_second_try_on_another_nova(nova, tmp_path):
    TRIES.append(nova.api.servers())
    pool = a_shuffle(nova, 2)
    if len(TRIES) == 1:
        nova.tell("patience 1")
        nova.tell("lose")
    patient = Options(max_tries=PATIENCE)
    with prepare(opened(), pool, a_plan(pool), journal=tmp_path / "j.jsonl", options=patient) as ready:
        assert ready.go().end == "finished"
    assert TRIES == [[], []]


def test_a_dry_run_asks_nova_for_nothing(nova):
    pool = a_shuffle(nova, 4)
    with prepare(opened(), pool, a_plan(pool), dry_run=True) as ready:
        assert ready.go().end == "finished"
    assert nova.placement() == dict(pool.current.placement)
    assert not nova.migrations()


def test_what_others_migrate_cold_counts_in_the_limit_of_its_host_and_is_home_once_it_is_confirmed(
    nova, tmp_path
):
    nova.wait_active([nova.boot(name, "h0", secs=0.1) for name in ("first", "second")])
    state = read("test").state
    pool = Pool(state, state.placed(dict.fromkeys(state.placement, "h1")))
    file = plan_of(pool, [Migration(name, "h0", "h1") for name in ("first", "second")], [(), (1,)])
    second = state.vm("second").labels["id"]
    watcher = LetsThemLand(nova)

    def confirmed() -> None:
        nova.wait_status(second, "VERIFY_RESIZE")
        nova.act(second, {"confirmResize": None})
        nova.wait_status(second, "ACTIVE")

    def sent() -> None:
        nova.act(second, {"migrate": {"host": "h1"}})
        until(lambda: nova.migrations("migrating"), "it copies")

    watcher.then = confirmed
    the_first_waits_for_the_second(watcher, pool, file, tmp_path, sent)


class LetsThemLand(Watcher):
    """Lets what others migrate land once the run says that it waits; keeps who migrated at each request."""

    def __init__(self, nova: Any) -> None:
        self.nova, self.waited, self.in_flight = nova, [], {}
        self.then: Callable[[], object] = lambda: None

    def event(self, event: Any) -> None:
        if event.event == "observed" and "which others asked for" in event.text:
            self.waited.append(event.vm)
            self.nova.tell("land")
            self.then()
        elif event.event == "intent":
            self.in_flight[event.vm] = [it["instance_uuid"] for it in self.nova.migrations(*IN_FLIGHT)]


def the_first_waits_for_the_second(watcher, pool, file, tmp_path, sent):
    """Run a plan while others migrate the second, which is held until the run says that it waits."""
    with prepare(opened(), pool, file, journal=tmp_path / "j.jsonl", watcher=watcher) as ready:
        watcher.nova.tell("hold")
        try:
            sent()
            outcome = ready.go()
        finally:
            watcher.nova.tell("land")
    assert (outcome.end, outcome.left) == ("finished", {})
    assert watcher.waited == ["second"]
    assert watcher.in_flight == {"first": []}


def test_what_others_migrate_into_a_host_counts_in_its_limit(nova, tmp_path):
    """Both are to leave h0 for h1, one at a time; somebody else sends the second before its turn."""
    nova.wait_active([nova.boot(name, "h0", secs=0.1) for name in ("first", "second")])
    state = read("test").state
    pool = Pool(state, state.placed(dict.fromkeys(state.placement, "h1")))
    file = plan_of(pool, [Migration(name, "h0", "h1") for name in ("first", "second")], [(), (1,)])

    def sent() -> None:
        nova.send_off(state.vm("second").labels["id"], "h1")

    the_first_waits_for_the_second(LetsThemLand(nova), pool, file, tmp_path, sent)
