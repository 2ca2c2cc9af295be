"""A real nova, asked for live migrations: what it refuses, what fails later, and when something is done."""

from __future__ import annotations

import time
import uuid

import pytest

from models import Migration, Provision, Shutdown, Start, Stop
from planner.clouds.openstack import connect, read
from planner.clouds.openstack.api import IN_FLIGHT
from planner.clouds.protocol import Phase, RefusedError, Running
from planner.clouds.seen import Power, SeenMigration
from tests.planner.clouds.openstack.again import LOSES_ONE
from tests.waiting import until

pytestmark = pytest.mark.nova

TRIES = 20
"""How often a busy nova is asked for what nothing stands in the way of."""


@pytest.fixture
def cloud(nova):
    cloud = connect("test", None)
    yield cloud
    cloud.close()


def end_of(cloud, action, handle):
    """Follow an action to its end; give the last progress."""

    def ended():
        progress = cloud.follow([Running(action, handle)])[handle]
        return progress if progress.phase in (Phase.DONE, Phase.FAILED) else None

    return until(ended, "an end")


def patiently(request):
    """Ask until nova takes it: a busy one may refuse for a moment what it would take in the next."""
    for _ in range(TRIES):
        try:
            return request()
        except RefusedError as refused:
            if not refused.transient:
                raise
            time.sleep(0.5)
    return request()


def begun(cloud, action):
    """Start an action; give its handle."""
    return patiently(lambda: cloud.start(action))


def in_flight(nova, cloud, action):
    """Start a migration and wait until it runs, again where it was refused late; give its handle."""
    for _ in range(TRIES):
        running = Running(action, begun(cloud, action))
        if until(lambda it=running: _phase(nova, cloud, it), "a migration runs") is not Phase.FAILED:
            return running.handle
    raise AssertionError(f"refused {TRIES} times")


def _phase(nova, cloud, running):
    phase = cloud.follow([running])[running.handle].phase
    return phase if phase is Phase.FAILED or nova.migrations("running") else None


def carried_out(cloud, action):
    """Start an action and follow it to its end, again where it was refused late, and may not be now."""
    for _ in range(TRIES):
        last = end_of(cloud, action, begun(cloud, action))
        if not last.is_transient:
            break
        time.sleep(0.5)
    return last


def test_a_migration_is_done_only_when_its_server_is_idle_on_its_target(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    action = Migration(vm, "h0", "h1")
    with nova.holding():
        handle = begun(cloud, action)
        busy = cloud.look(vm)
        assert (busy.host, busy.goes_to, busy.handle) == ("h0", "h1", handle)
        assert busy.busy
        assert cloud.follow([Running(action, handle)])[handle].phase in (Phase.QUEUED, Phase.RUNNING)
    assert end_of(cloud, action, handle).phase is Phase.DONE
    seen = cloud.look(vm)
    assert (seen.host, seen.busy, seen.goes_to) == ("h1", "", None)
    assert nova.migrations("completed")


def test_a_migration_that_fails_later_leaves_the_server_on_its_source_and_says_so(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    nova.send("POST", f"/servers/{vm}/metadata", {"metadata": {"fail": "yes"}})
    action = Migration(vm, "h0", "h1")
    last = carried_out(cloud, action)
    assert last.phase is Phase.FAILED
    assert last.why
    assert cloud.look(vm).host == "h0"


def test_a_server_that_arrives_paused_is_done(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    nova.act(vm, {"pause": None})
    nova.wait_status(vm, "PAUSED")
    action = Migration(vm, "h0", "h1")
    last = carried_out(cloud, action)
    assert (last.phase, last.seen.host, last.seen.power) == (Phase.DONE, "h1", Power.PAUSED)
    assert (cloud.look(vm).host, cloud.look(vm).power) == ("h1", Power.PAUSED)


def test_a_server_that_is_suspended_where_it_has_arrived_is_done(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    action = Migration(vm, "h0", "h1")
    handle = begun(cloud, action)
    nova.settle()
    nova.act(vm, {"suspend": None})
    nova.wait_status(vm, "SUSPENDED")
    last = end_of(cloud, action, handle)
    assert (last.phase, last.seen.power) == (Phase.DONE, Power.PAUSED)


def test_a_server_that_has_arrived_in_error_has_failed(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    action = Migration(vm, "h0", "h1")
    handle = begun(cloud, action)
    nova.settle()
    nova.act(vm, {"os-resetState": {"state": "error"}})
    last = end_of(cloud, action, handle)
    assert (last.phase, last.seen.host, last.seen.power) == (Phase.FAILED, "h1", Power.OTHER)


def test_a_completed_migration_whose_server_is_seen_on_its_source_is_looked_at_again(
    nova, cloud, monkeypatch
):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    before = cloud.api.server(vm)
    action = Migration(vm, "h0", "h1")
    handle = begun(cloud, action)
    nova.settle()
    told = {}
    for status in ("ACTIVE", "ERROR"):
        with monkeypatch.context() as patched:
            patched.setattr(cloud.api, "server", lambda *_, as_of={**before, "status": status}, **__: as_of)
            told[status] = cloud.follow([Running(action, handle)])[handle].phase
    assert told == {"ACTIVE": Phase.UNKNOWN, "ERROR": Phase.FAILED}
    assert end_of(cloud, action, handle).phase is Phase.DONE


def test_an_aborted_migration_has_failed_on_its_source(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    action = Migration(vm, "h0", "h1")
    with nova.holding():
        running = Running(action, in_flight(nova, cloud, action))
        cloud.abort(running)
        last = end_of(cloud, *(running.action, running.handle))
    assert last.phase is Phase.FAILED
    assert "cancelled" in last.why
    assert (cloud.look(vm).host, cloud.look(vm).power) == ("h0", Power.ON)


@pytest.mark.filterwarnings(LOSES_ONE)
def test_a_migration_that_nova_has_lost_is_in_nobody_s_way_once_its_server_is_freed(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    action = Migration(vm, "h0", "h1")
    with nova.losing():
        lost = Running(action, begun(cloud, action))
        waiting = cloud.follow([lost])[lost.handle]
        assert (waiting.phase, waiting.why[:29]) == (Phase.QUEUED, "nova calls it accepted since ")
        with pytest.raises(RefusedError, match=f"is accepted.*set --state active {vm} frees the server"):
            cloud.abort(lost)
        assert [(it.vm, it.destination) for it in cloud.migrations()] == [(vm, "h1")]
        nova.act(vm, {"os-resetState": {"state": "active"}})
        assert cloud.follow([lost])[lost.handle].phase is Phase.FAILED
        assert not cloud.migrations()
        assert (cloud.look(vm).busy, read("test").state.vm("a").movable) == ("", True)
        assert carried_out(cloud, action).phase is Phase.DONE
        assert read("test").state.placement == {"a": "h1"}


def test_a_cold_migration_of_others_is_seen_while_it_copies_and_its_server_is_left_alone(nova, cloud):
    """By an import, too; and the room that it keeps where it comes from is nobody's until it is confirmed."""
    vm, other = nova.boot("a", "h0"), nova.boot("b", "h0")
    nova.wait_active([vm, other])
    before = read("test").state
    with nova.holding():
        nova.act(vm, {"migrate": {"host": "h1"}})
        until(lambda: nova.migrations("migrating"), "it copies")
        assert [(it.vm, it.source, it.destination) for it in cloud.migrations()] == [(vm, "h0", "h1")]
        seen, meanwhile = cloud.look(vm), read("test").state
        assert (seen.host, seen.busy, seen.goes_to) == ("h0", "resize_migrating", None)
        assert not meanwhile.vm("a").movable
        with pytest.raises(RefusedError, match="task_state resize_migrating"):
            cloud.start(Migration(vm, "h0", "h1"))
    nova.wait_status(vm, "VERIFY_RESIZE")
    assert cloud.migrations() == []
    assert cloud.look(vm).why_not == "does not run properly (VERIFY_RESIZE)"
    after = read("test").state
    states = (before, meanwhile, after)
    assert [(it.placement["a"], it.vm("a").movable) for it in states] == [
        ("h0", True),
        ("h0", False),
        ("h1", False),
    ]
    # What it takes of the host that it is not on is reserved there.
    lacks = [
        [before.host(host).usable("ram_mib") - it.host(host).usable("ram_mib") for host in ("h0", "h1")]
        for it in states
    ]
    takes = before.vm("a").demand["ram_mib"]
    assert lacks == [[0, 0], [0, takes], [takes, 0]]
    with pytest.raises(RefusedError, match="vm_state resized"):
        cloud.start(Migration(vm, "h1", "h0"))
    nova.act(vm, {"confirmResize": None})
    nova.wait_status(vm, "ACTIVE")
    until(lambda: read("test").state.hosts == before.hosts, "its room is given back")


def test_a_cold_migration_that_nova_has_lost_is_asked_about_once_and_counts_for_nothing(
    nova, cloud, monkeypatch
):
    """Nova never ends its record, whatever its server does next."""
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    with nova.holding():
        nova.act(vm, {"migrate": {"host": "h1"}})
        until(lambda: nova.migrations("migrating"), "it copies")
        (lost,) = cloud.api.cold_migrations()
        assert len(cloud.migrations()) == 1
    nova.wait_status(vm, "VERIFY_RESIZE")
    nova.act(vm, {"confirmResize": None})
    nova.wait_status(vm, "ACTIVE")
    monkeypatch.setattr(cloud.api, "cold_migrations", lambda: [lost])
    with nova.holding():
        nova.send_off(vm, "h2")
        assert [(it.source, it.destination) for it in cloud.migrations()] == [("h1", "h2")]
        before = cloud.api.requests
        assert len(cloud.migrations()) == 1
        assert cloud.api.requests == before + len(IN_FLIGHT)


def test_a_server_whose_image_asks_for_a_tpm_is_not_movable_and_nova_refuses_it(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    assert read("test").state.vm("a").movable
    nova.tell(f"image {vm} hw_tpm_version 2.0")
    with pytest.raises(RefusedError, match="vTPM"):
        cloud.start(Migration(vm, "h0", "h1"))
    found = read("test").state.vm("a")
    assert (found.movable, found.labels["why"]) == (False, "has a TPM whose secret its host does not keep")


def test_a_resize_in_place_is_nothing_that_migrates(nova, cloud):
    record = {"uuid": "1", "instance_uuid": "vm", "migration_type": "resize", "status": "migrating"}
    away, here = ({**record, "source_compute": "h0", "dest_compute": host} for host in ("h1", "h0"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cloud.api, "_pages", lambda *_: iter([away, here]))
        assert cloud.api.cold_migrations() == [away] * 3


def test_a_full_host_refuses_and_may_not_in_a_moment(nova, cloud):
    ids = [nova.boot("big", "h1", 4096), nova.boot("big2", "h1", 2048), nova.boot("a", "h0", 2048)]
    nova.wait_active(ids)
    with pytest.raises(RefusedError, match="No valid host") as refused:
        cloud.start(Migration(ids[2], "h0", "h1"))
    assert refused.value.transient
    assert not nova.migrations("completed", "running")


def test_a_locked_server_is_not_touched_though_an_administrator_could(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    nova.act(vm, {"lock": {"locked_reason": "audit"}})
    with pytest.raises(RefusedError, match="locked: audit") as refused:
        cloud.start(Migration(vm, "h0", "h1"))
    assert not refused.value.transient
    assert cloud.look(vm).locked
    assert not nova.migrations()


def test_what_was_seen_right_before_a_request_is_not_asked_for_again(nova, cloud, monkeypatch):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    monkeypatch.setattr("planner.clouds.openstack.adapter.FRESH_S", 600)
    action, costs = Migration(vm, "h0", "h1"), []

    def look_and_start():
        cloud.look(vm)
        before = cloud.api.requests
        handle = cloud.start(action)
        costs.append(cloud.api.requests - before)
        return handle

    assert end_of(cloud, action, patiently(look_and_start)).seen.host == "h1"
    assert costs == [2]  # the request, and its handle


def test_what_was_seen_long_before_a_request_is_asked_for_again(nova, cloud, monkeypatch):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    cloud.look(vm)
    nova.act(vm, {"lock": None})
    monkeypatch.setattr("planner.clouds.openstack.adapter.FRESH_S", 0)
    with pytest.raises(RefusedError, match="locked"):
        cloud.start(Migration(vm, "h0", "h1"))


def test_what_is_moving_already_refuses_a_second_migration(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    action = Migration(vm, "h0", "h1")
    with nova.holding():
        handle = begun(cloud, action)
        with pytest.raises(RefusedError):
            cloud.start(Migration(vm, "h0", "h2"))
        assert len(nova.migrations(*IN_FLIGHT)) == 1
    assert end_of(cloud, action, handle).phase is Phase.DONE


def test_a_host_that_is_down_refuses_and_is_seen_as_down(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    nova.tell("down h1")
    host, _ = cloud.look_at_host("h1")
    assert (host.up, host.host.accepts) == (False, False)
    with pytest.raises(RefusedError):
        cloud.start(Migration(vm, "h0", "h1"))


def test_a_host_is_seen_with_those_on_it_and_those_on_their_way(nova, cloud):
    there, coming = nova.boot("there", "h1"), nova.boot("coming", "h0")
    nova.wait_active([there, coming])
    action = Migration(coming, "h0", "h1")
    with nova.holding():
        handle = in_flight(nova, cloud, action)
        before = cloud.api.requests
        host, vms = cloud.look_at_host("h1")
        _, leaving = cloud.look_at_host("h0")
        suspects, servers_again, who_comes = 1 + 2, 2, 1
        assert cloud.api.requests == before + 2 * 4 + suspects + servers_again + who_comes
    assert {(vm.name, vm.host, vm.goes_to) for vm in vms} == {("there", "h1", None), ("coming", "h0", "h1")}
    assert [(vm.name, vm.goes_to, bool(vm.busy)) for vm in leaving] == [("coming", "h1", True)]
    assert host.host.reserved == {"ram_mib": 512}
    end_of(cloud, action, handle)


def test_a_host_where_nothing_flies_costs_four_requests(nova, cloud):
    nova.wait_active([nova.boot("a", "h0")])
    cloud.observe()
    before = cloud.api.requests
    assert [vm.name for vm in cloud.look_at_host("h0")[1]] == ["a"]
    assert cloud.api.requests == before + 4


def test_a_host_without_a_processor_left_is_asked_for_its_inventory_again(nova, cloud):
    cloud.observe()
    before = cloud.look_at_host("h1")[0].host
    strangers = [str(uuid.uuid4()) for _ in range(4)]
    for stranger in strangers:
        nova.allocate(stranger, {before.labels["id"]: {"VCPU": 16}})
    try:
        asked = cloud.api.requests
        host = cloud.look_at_host("h1")[0].host
        suspects_and_who_is_there = len(strangers) + len(IN_FLIGHT) + 1
        assert cloud.api.requests == asked + 4 + 2 + suspects_and_who_is_there
    finally:
        for stranger in strangers:
            nova.allocate(stranger, {})
    assert host.capacity == before.capacity
    assert host.traits == before.traits
    assert (before.reserved, host.reserved) == ({"ram_mib": 512}, {"ram_mib": 512, "vcpus": 16})


def test_who_is_not_there_is_refused_or_none(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    assert cloud.look("no-such-server") is None
    assert cloud.look_at_host("h9") is None
    with pytest.raises(RefusedError, match="no-such-server"):
        cloud.start(Migration("no-such-server", "h0", "h1"))
    with pytest.raises(RefusedError, match="h9"):
        cloud.start(Migration(vm, "h0", "h9"))


def test_of_two_that_are_stopped_at_a_time_each_is_followed_by_itself(nova, cloud):
    vms = [nova.boot("a", "h0"), nova.boot("b", "h0")]
    nova.wait_active(vms)
    gone, stopped = (Stop(vm, "h0") for vm in vms)
    running = [Running(action, begun(cloud, action)) for action in (gone, stopped)]
    nova.send("DELETE", f"/servers/{gone.vm}")

    def phases():
        found = [it.phase for it in cloud.follow(running).values()]
        return None if Phase.RUNNING in found else found

    assert until(phases, "both ends") == [Phase.FAILED, Phase.DONE]


def test_a_stopped_vm_gives_its_room_back_and_starts_elsewhere(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    stop = Stop(vm, "h0")
    assert carried_out(cloud, stop).phase is Phase.DONE
    seen = cloud.look(vm)
    assert (seen.host, seen.power) == (None, Power.OFF)
    assert cloud.look_at_host("h0")[1] == ()
    assert carried_out(cloud, Start(vm, "h2")).phase is Phase.DONE
    assert (cloud.look(vm).host, cloud.look(vm).power) == ("h2", Power.ON)


def test_a_start_that_finds_no_room_has_done_nothing_and_may_be_tried_again(nova, cloud):
    vm = nova.boot("a", "h0", 4096)
    nova.wait_active([vm])
    stop, start = Stop(vm, "h0"), Start(vm, "h2")
    carried_out(cloud, stop)
    big = nova.boot("big", "h2", 4096)
    nova.wait_active([big])
    last = end_of(cloud, start, cloud.start(start))
    assert (last.phase, last.is_transient) == (Phase.FAILED, True)
    assert (cloud.look(vm).host, cloud.look(vm).power) == (None, Power.OFF)


def test_a_shutdown_deletes_nothing_and_what_does_not_exist_is_not_provisioned(nova, cloud):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    shutdown = Shutdown(vm, "h0")
    assert carried_out(cloud, shutdown).phase is Phase.DONE
    assert nova.api.server(vm)["status"] == "SHELVED_OFFLOADED"
    with pytest.raises(RefusedError, match="new"):
        cloud.start(Provision("new", "h0"))


def test_a_migration_beyond_the_limit_of_nova_is_queued(nova, cloud):
    ids = [nova.boot(name, "h0") for name in "ab"]
    nova.wait_active(ids)
    actions = [Migration(ids[0], "h0", "h1"), Migration(ids[1], "h0", "h2")]
    with nova.holding():
        running = [Running(action, begun(cloud, action)) for action in actions]
        until(lambda: nova.migrations("running"), "a migration runs")
        seen = {progress.phase for progress in cloud.follow(running).values()}
        assert seen == {Phase.QUEUED, Phase.RUNNING}
    assert [end_of(cloud, it.action, it.handle).phase for it in running] == [Phase.DONE, Phase.DONE]


def test_all_that_migrates_is_seen_whoever_asked_for_it_and_what_is_queued_too(nova, cloud):
    ids = [nova.boot(name, "h0") for name in "ab"]
    nova.wait_active(ids)
    assert cloud.migrations() == []
    with nova.holding():
        nova.send_off(ids[0], "h1")
        nova.act(ids[1], {"os-migrateLive": {"host": "h2", "block_migration": "auto"}})
        until(lambda: nova.migrations("queued"), "one of them is queued")
        seen = cloud.migrations()
        assert sorted(seen, key=ids_of) == sorted(
            [SeenMigration(ids[0], "h0", "h1"), SeenMigration(ids[1], "h0", "h2")], key=ids_of
        )
    nova.settle()
    assert cloud.migrations() == []


def ids_of(seen):
    return seen.vm


def test_a_server_takes_what_it_is_allocated_on_its_own_host_alone(nova, cloud):
    """One that was evacuated keeps what it had on its old host too until that comes back."""
    vm = nova.boot("a", "h0", 2048)
    nova.wait_active([vm])
    ids = {host.name: host.host.labels["id"] for host in cloud.observe().hosts}
    taken = {"MEMORY_MB": 2048, "VCPU": 1}
    nova.allocate(vm, {ids["h0"]: taken, ids["h1"]: taken})
    assert cloud.look(vm).vm.demand["ram_mib"] == 2048
