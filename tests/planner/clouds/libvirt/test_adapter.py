"""Real memory moved between two libvirtd; a libvirtd killed on the way; what is seen, and never assumed."""

from __future__ import annotations

import signal
import threading
import uuid
from contextlib import suppress

import pytest

from models import Migration, Pool, Start, Stop
from planner import plan
from planner.clouds.libvirt import Libvirt, read
from planner.clouds.protocol import Phase, RefusedError, Running, UnknownError
from planner.clouds.seen import Power, SeenMigration
from planner.execution import Watcher, prepare, prepare_resume
from tests.planner.clouds.libvirt.pair import GUEST_MIB, NAMES, SLOW
from tests.planner.execution.rig import plan_of
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.libvirt

A, B = NAMES


def end_of(cloud, action, handle):
    """Follow an action to its end, through times in which nobody answers."""
    phases = []

    def ended():
        try:
            progress = cloud.follow([Running(action, handle)])[handle]
        except UnknownError:
            return None
        phases.append(progress.phase)
        return progress if progress.phase in (Phase.DONE, Phase.FAILED) else None

    progress = until(ended, "an end", 0.1)
    return phases, progress


def test_memory_moves_and_done_means_running_there_and_gone_here(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    seen = cloud.look(vm)
    assert (seen.host, seen.power, seen.vm.demand) == (A, Power.ON, {"ram_mib": GUEST_MIB})
    action = Migration(vm, A, B)
    _, last = end_of(cloud, action, cloud.start(action))
    assert last.phase is Phase.DONE
    assert [(it.ref, it.host, it.power, it.busy) for it in cloud.observe().vms] == [(vm, B, Power.ON, "")]


def test_in_flight_it_is_one_vm_on_its_source_and_an_abort_leaves_it_there(pair, opened):
    cloud = opened(**SLOW)
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    action = Migration(vm, A, B)
    running = Running(action, cloud.start(action))
    (seen,) = cloud.observe().vms
    assert (seen.host, seen.goes_to, seen.busy, seen.handle) == (A, B, "migrating", running.handle)
    assert not read(pair.uris).state.vms[0].movable
    with pytest.raises(RefusedError, match="busy") as refused:
        cloud.start(action)
    assert refused.value.transient
    cloud.abort(running)
    _, last = end_of(cloud, action, running.handle)
    assert last.phase is Phase.FAILED
    assert (cloud.look(vm).host, cloud.look(vm).power) == (A, Power.ON)


def test_another_process_follows_a_migration_by_its_handle(pair, opened):
    cloud, other = opened(**SLOW), opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    action = Migration(vm, A, B)
    handle = cloud.start(action)
    assert other.follow([Running(action, handle)])[handle].phase is Phase.RUNNING
    other.abort(Running(action, handle))
    assert end_of(other, action, handle)[1].phase is Phase.FAILED


@pytest.mark.parametrize("killed", [0, 1], ids=NAMES)
def test_a_libvirtd_killed_on_the_way_loses_no_vm_and_the_end_is_what_is_seen(pair, opened, killed):
    cloud = opened(**SLOW)
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    action = Migration(vm, A, B)
    handle = cloud.start(action)
    pair.kill_libvirtd(killed)
    _, last = end_of(cloud, action, handle)
    (seen,) = cloud.observe().vms
    assert seen.power is Power.ON
    assert seen.host == (B if last.phase is Phase.DONE else A)


def test_a_libvirtd_that_falls_silent_is_not_waited_for_for_ever(pair, opened, monkeypatch):
    monkeypatch.setattr("planner.clouds.libvirt.alive.KEEPALIVE_S", 1)
    monkeypatch.setattr("planner.clouds.libvirt.hosts.OPEN_S", 1)
    cloud = opened()
    assert len(cloud.observe().hosts) == 2
    pair.signal_libvirtd(1, signal.SIGSTOP)
    try:
        with pytest.raises(UnknownError, match="keepalive"):
            cloud.observe()
        with pytest.raises(UnknownError, match="no connection within"):
            cloud.observe()
    finally:
        pair.signal_libvirtd(1, signal.SIGCONT)
    monkeypatch.undo()
    pair.wait(cloud.hosts)
    assert len(cloud.observe().hosts) == 2


def test_a_vm_that_is_stopped_starts_on_the_other_host(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm).destroy()
    assert cloud.follow([Running(Stop(vm, A), vm)])[vm].phase is Phase.DONE
    start = Start(vm, B)
    assert end_of(cloud, start, cloud.start(start))[1].phase is Phase.DONE
    assert cloud.look(vm).host == B


def test_a_vm_whose_memory_is_saved_is_not_carried_over_without_it_and_starts_where_it_is(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    domain = cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm)
    domain.managedSave()
    with pytest.raises(RefusedError, match=f"memory is saved on {A}") as refused:
        cloud.start(Start(vm, B))
    assert not refused.value.transient
    assert domain.hasManagedSaveImage()
    here = Start(vm, A)
    _, last = end_of(cloud, here, cloud.start(here))
    assert last.phase is Phase.DONE
    assert not domain.hasManagedSaveImage()  # it goes on from there


def test_who_is_not_where_the_plan_has_it_is_refused(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    with pytest.raises(RefusedError, match=f"not running on {B}"):
        cloud.start(Migration(vm, B, A))
    with pytest.raises(RefusedError, match="a domain 0000"):
        cloud.start(Migration("00000000-0000-0000-0000-000000000000", A, B))


def test_a_vm_that_libvirt_would_forget_is_not_turned_off(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm).undefine()  # it runs on, and is transient
    with pytest.raises(RefusedError, match="it is transient"):
        cloud.start(Stop(vm, A))
    assert cloud.look(vm).power is Power.ON


def test_a_vm_that_starts_with_its_host_does_so_where_it_has_gone(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    here, there = (cloud.hosts.at(uri) for uri in pair.uris)
    here.lookupByUUIDString(vm).setAutostart(1)
    away, back = Migration(vm, A, B), Start(vm, A)
    assert end_of(cloud, away, cloud.start(away))[1].phase is Phase.DONE
    assert there.lookupByUUIDString(vm).autostart()
    there.lookupByUUIDString(vm).destroy()
    assert end_of(cloud, back, cloud.start(back))[1].phase is Phase.DONE
    assert here.lookupByUUIDString(vm).autostart()


class KilledError(BaseException):
    """The process is gone."""


def test_a_resume_lets_a_vm_start_with_its_host_that_has_arrived_since_the_run_was_killed(
    pair, opened, tmp_path, monkeypatch
):
    """Killed between the request and its answer; libvirt carries the migration on without it."""
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path))
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm).setAutostart(1)
    state = read(pair.uris).state
    pool = Pool(state, state.placed({"one": B}))
    file, journal = plan_of(pool, [Migration("one", A, B)]), tmp_path / "j.jsonl"

    def killed(_):
        pair.migrate(cloud.hosts.lib, vm)
        raise KilledError

    monkeypatch.setattr(cloud, "start", killed)
    with prepare(cloud, pool, file, journal=journal) as ready, pytest.raises(KilledError):
        ready.go()
    there = opened().hosts.at(pair.uris[1])
    assert not there.lookupByUUIDString(vm).autostart()  # libvirt does not take that along
    with prepare_resume(journal, cloud=opened()) as ready:
        assert ready.go().end == "finished"
    assert there.lookupByUUIDString(vm).autostart()


def test_what_libvirt_does_not_migrate_is_not_movable(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    domain = cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm)
    xml = f"<name>s</name><state>shutoff</state><creationTime>1</creationTime>{domain.XMLDesc()}"
    redefine = cloud.hosts.lib.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE
    snapshot = domain.snapshotCreateXML(f"<domainsnapshot>{xml}</domainsnapshot>", redefine)
    try:
        with pytest.raises(RefusedError, match="cannot migrate domain with 1 snapshots"):
            cloud.start(Migration(vm, A, B))
        found = read(pair.uris).state.vm("one")
    finally:
        snapshot.delete(cloud.hosts.lib.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
    assert (found.movable, found.labels["why"].startswith("has snapshots")) == (False, True)
    assert read(pair.uris).state.vm("one").movable


def test_two_of_one_name_are_kept_apart_since_no_host_takes_both(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    here, there = (cloud.hosts.at(uri) for uri in pair.uris)
    xml = here.lookupByUUIDString(vm).XMLDesc(cloud.hosts.lib.VIR_DOMAIN_XML_INACTIVE)
    other = str(uuid.uuid4())
    there.defineXML(xml.replace(vm, other))  # it is off
    with pytest.raises(RefusedError, match="domain 'one' already exists with uuid"):
        cloud.start(Migration(vm, A, B))
    state = read(pair.uris).state
    (group,) = state.anti_affinity
    assert {state.vm(name).labels["id"] for name in group} == {vm, other}


def test_a_vm_that_runs_on_both_hosts_is_not_movable_and_told(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    here, there = (cloud.hosts.at(uri) for uri in pair.uris)
    there.defineXML(here.lookupByUUIDString(vm).XMLDesc(cloud.hosts.lib.VIR_DOMAIN_XML_MIGRATABLE)).create()
    found = read(pair.uris)
    assert (found.state.placement, found.state.vm("one").movable) == ({"one": A}, False)
    assert any("vm one: runs at" in text for text in found.warnings)


def test_a_plan_is_carried_out_from_what_was_read(pair, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path))
    cloud = opened()
    for name in ("one", "two"):
        pair.boot(cloud.hosts, pair.uris[0], name)
    state = read(pair.uris).state
    assert state.placement == {"one": A, "two": A}
    pool = Pool(state, state.placed({"one": B, "two": B}))
    file = plan(pool.current, pool.target, schedule=True, workers=1, time_limit_s=10).file()
    with prepare(cloud, pool, file, journal=tmp_path / "j.jsonl") as ready:
        assert ready.go().end == "finished"
    assert read(pair.uris).state.placement == {"one": B, "two": B}


def test_a_vm_that_was_paused_arrives_paused_and_that_is_done(pair, opened):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm).suspend()
    seen = cloud.look(vm)
    assert (seen.host, seen.power, seen.vm.labels["state"]) == (A, Power.PAUSED, "paused")
    action = Migration(vm, A, B)
    with pytest.raises(RefusedError, match=f"paused on {A}"):
        cloud.start(action)
    others = threading.Thread(target=pair.migrate, args=(cloud.hosts.lib, vm), daemon=True)
    others.start()
    until(lambda: not others.is_alive() or cloud.look(vm).busy, "a migration")
    assert end_of(cloud, action, vm)[1].phase is Phase.DONE
    others.join(PATIENCE_S)
    assert not others.is_alive()
    assert [(it.host, it.power, it.busy) for it in cloud.observe().vms] == [(B, Power.PAUSED, "")]


def test_what_others_migrate_is_seen_and_counts_in_the_limit_of_its_host(pair, opened, tmp_path, monkeypatch):
    """Both are to go to b, one at a time; somebody else sends the second before its turn."""
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path))
    others, cloud = opened(**SLOW), opened()
    ids = {name: pair.boot(cloud.hosts, pair.uris[0], name) for name in ("one", "two")}
    state = read(pair.uris).state
    pool = Pool(state, state.placed({"one": B, "two": B}))
    file = plan_of(pool, [Migration(name, A, B) for name in ("one", "two")], [(), (1,)])
    theirs = Running(Migration(ids["two"], A, B), ids["two"])
    watcher = EndsTheirs(others, theirs)
    with prepare(cloud, pool, file, journal=tmp_path / "j.jsonl", watcher=watcher) as ready:
        others.start(theirs.action)
        # The destination hears of it later than the source.
        seen = (SeenMigration(ids["two"], A, B),)
        until(lambda: cloud.migrations() == seen, "both ends know of the migration")
        assert opened_alone(pair, 0).migrations() == (SeenMigration(ids["two"], A, None),)
        assert opened_alone(pair, 1).migrations() == (SeenMigration(ids["two"], None, B),)
        assert ready.go().end == "finished"
    assert watcher.told == ["two", "one"]
    assert cloud.migrations() == ()


def opened_alone(pair, host):
    """Give a cloud of one of the two hosts."""
    return Libvirt([pair.uris[host]])


class EndsTheirs(Watcher):
    """Ends what others migrate once the run says that it waits; keeps that, and who is asked for."""

    def __init__(self, others, theirs):
        self.others, self.theirs, self.told = others, theirs, []

    def event(self, event):
        if event.event == "observed" and "which others asked for" in event.text:
            self.told.append(event.vm)
            with suppress(RefusedError):  # it has got there by itself
                self.others.abort(self.theirs)
        elif event.event == "intent" and event.vm == "one":
            self.told.append(event.vm)
