"""Ganeti's remote API, read and asked for migrations: what a real Ganeti 3.0.2 answered, said again.

See ``conftest.py`` for how it was recorded, and how to hold the same tests against a real one.
"""

from __future__ import annotations

import pytest

from models import Migration, Pool, Start, Stop
from planner.clouds.ganeti import connect, read
from planner.clouds.protocol import CloudError, Phase, RefusedError, Running
from planner.clouds.seen import Power, SeenMigration
from planner.execution import prepare, prepare_resume
from planner.execution.watching import Watcher
from tests.planner.clouds.ganeti.cluster import URL
from tests.planner.execution.rig import plan_of


@pytest.fixture
def cloud(ganeti):
    cloud = connect(URL, None)
    cloud.poll_s = 0.3
    yield cloud
    cloud.close()


def end_of(ganeti, cloud, action, handle):
    """Follow an action to its end; give every phase on the way, and the last progress."""
    phases = []
    while True:
        progress = cloud.follow([Running(action, handle)])[handle]
        phases.append(progress.phase)
        if progress.phase in (Phase.DONE, Phase.FAILED):
            return phases, progress
        ganeti.sleep(0.3)


def test_nodes_and_instances_are_read(ganeti):
    state = read(URL).state
    assert [host.name for host in state.hosts] == ["node1", "node2", "node3"]
    for host in state.hosts:
        assert host.capacity["ram_mib"] > host.reserved["ram_mib"] > 256
        assert (host.overcommit, host.traits, host.accepts) == ({"vcpus": 4.0}, ("group:default",), True)
    assert state.placement == {"one": "node1", "two": "node1", "three": "node2", "four": "node3"}
    assert state.vm("two").demand == {"ram_mib": 512, "vcpus": 1}
    assert state.vm("two").movable


def test_what_is_drained_or_offline_takes_nobody_and_what_is_down_is_not_movable(ganeti):
    ganeti.run("gnt-node", "modify", "--drained=yes", "node2")
    ganeti.run("gnt-node", "modify", "--offline=yes", "node3")
    ganeti.run("gnt-instance", "shutdown", "two")
    state = read(URL).state
    assert [host.accepts for host in state.hosts] == [True, False, False]
    assert [host.labels.get("why") for host in state.hosts] == [None, "drained", "offline"]
    assert (state.vm("two").movable, state.vm("two").labels["why"]) == (False, "ADMIN_down")
    assert (state.vm("four").movable, state.vm("four").labels["why"]) == (False, "ERROR_nodeoffline")


def test_exclusion_tags_of_the_cluster_keep_instances_apart(ganeti):
    ganeti.run("gnt-cluster", "add-tags", "htools:iextags:service")
    for name in ("one", "three"):
        ganeti.run("gnt-instance", "add-tags", name, "service:web")
    state = read(URL).state
    ganeti.run("gnt-cluster", "remove-tags", "htools:iextags:service")
    assert state.anti_affinity == (("one", "three"),)
    assert state.vm("one").labels["tags"] == "service:web"


def test_a_migration_is_done_when_its_instance_is_seen_on_its_node(ganeti, cloud):
    action = Migration("one", "node1", "node2")
    handle = cloud.start(action)
    seen = cloud.look("one")
    assert (seen.host, seen.goes_to, seen.handle) == ("node1", "node2", handle)
    assert seen.busy == f"job {handle} (OP_INSTANCE_MIGRATE)"
    assert cloud.migrations() == (SeenMigration("one", "node1", "node2"),)
    with pytest.raises(RefusedError, match="busy") as refused:
        cloud.start(action)
    assert refused.value.transient
    phases, last = end_of(ganeti, cloud, action, handle)
    assert Phase.RUNNING in phases
    assert last.phase is Phase.DONE
    assert (cloud.look("one").host, cloud.look("one").busy) == ("node2", "")
    assert not cloud.migrations()


def test_who_is_not_there_is_refused_or_none(ganeti, cloud):
    assert cloud.look("nobody") is None
    assert cloud.look_at_host("node9") is None
    with pytest.raises(RefusedError, match="no instance nobody"):
        cloud.start(Migration("nobody", "node1", "node2"))
    with pytest.raises(RefusedError, match="it runs on node1, and does not run on node2"):
        cloud.start(Migration("one", "node2", "node3"))


def test_a_migration_that_fails_says_why_in_ganetis_words_and_has_moved_nothing(ganeti, cloud):
    action = Migration("one", "node1", "node9")
    handle = cloud.start(action)
    _, last = end_of(ganeti, cloud, action, handle)
    assert last.phase is Phase.FAILED
    assert last.why == f"job {handle} failed: Node 'node9' not known; it runs on node1"
    assert not last.is_transient


def test_a_lack_of_room_may_pass_in_a_moment(ganeti, cloud):
    size = cloud.api.get("/2/nodes/node2")["mfree"] * 6 // 10
    for name, node in (("big", "node1"), ("bigger", "node2")):
        ganeti.add(name, node, size)
    action = Migration("big", "node1", "node2")
    _, last = end_of(ganeti, cloud, action, cloud.start(action))
    assert (last.phase, last.is_transient) == (Phase.FAILED, True)
    assert "memory" in last.why


def test_a_job_that_waits_is_cancelled_and_one_that_runs_is_not(ganeti, cloud):
    first = Migration("one", "node1", "node2")
    runs = Running(first, cloud.start(first))
    stop = Stop("one", "node2")
    waits = Running(stop, str(cloud.api.ask("PUT", "/2/instances/one/shutdown", {})))
    ganeti.sleep(1.5)
    cloud.abort(waits)
    with pytest.raises(RefusedError):
        cloud.abort(runs)
    _, last = end_of(ganeti, cloud, stop, waits.handle)
    assert last.phase is Phase.FAILED
    assert f"job {waits.handle} was canceled" in last.why
    assert end_of(ganeti, cloud, first, runs.handle)[1].phase is Phase.DONE


def test_an_instance_that_is_stopped_starts_on_another_node(ganeti, cloud):
    stop, start = Stop("one", "node1"), Start("one", "node3")
    assert end_of(ganeti, cloud, stop, cloud.start(stop))[1].phase is Phase.DONE
    assert (cloud.look("one").host, cloud.look("one").power) == ("node1", Power.OFF)
    assert end_of(ganeti, cloud, start, cloud.start(start))[1].phase is Phase.DONE
    assert (cloud.look("one").host, cloud.look("one").power) == ("node3", Power.ON)


def test_a_wrong_password_is_one_line_without_it(ganeti, monkeypatch):
    monkeypatch.setenv("GANETI_RAPI_PASSWORD", "pw-leak")
    with pytest.raises(CloudError, match="wrong user or password") as error:
        read(URL)
    assert "pw-leak" not in str(error.value)


def test_who_may_only_read_is_refused(ganeti, monkeypatch):
    monkeypatch.setenv("GANETI_RAPI_USER", "reader")
    cloud = connect(URL, None)
    with pytest.raises(RefusedError):
        cloud.start(Migration("one", "node1", "node2"))
    assert cloud.look("one").busy == ""
    cloud.close()


UNHURRIED_S = 10.0
"""Seconds between two looks: so many that the time of requests does not count, which those recorded lack."""


class KilledError(Exception):
    """What ends a run in place of SIGKILL."""


class KillAt(Watcher):
    """Ends the run right after an event."""

    def __init__(self, kind):
        self.kind = kind

    def event(self, event):
        if event.event == self.kind:
            raise KilledError


def test_a_run_that_is_killed_is_gone_on_with_and_no_job_is_sent_twice(ganeti, cloud, tmp_path):
    state = read(URL).state
    target = {"one": "node2", "two": "node3", "three": "node3", "four": "node1"}
    pool = Pool(state, state.placed(target))
    # Written down, not searched for: the requests must come in the order in which they were recorded.
    moves = [Migration(vm, state.placement[vm], target[vm]) for vm in ("four", "one", "three", "two")]
    file = plan_of(pool, moves, [(), (), (), ()])
    journal = tmp_path / "j.jsonl"
    cloud.poll_s = UNHURRIED_S
    with (
        pytest.raises(KilledError),
        prepare(cloud, pool, file, journal=journal, clock=ganeti.clock, watcher=KillAt("accepted")) as ready,
    ):
        ready.go()
    with prepare_resume(journal, cloud=cloud, clock=ganeti.clock, break_lock=True) as ready:
        assert ready.go().end == "finished"
    assert read(URL).state.placement == target
    moved = [it for it in cloud.api.get("/2/jobs?bulk=1") if it["ops"][0]["OP_ID"] == "OP_INSTANCE_MIGRATE"]
    assert len(moved) == len(file.actions) == 4
