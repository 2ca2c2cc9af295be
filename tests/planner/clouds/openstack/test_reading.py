"""A real nova and placement, read as a pool."""

from __future__ import annotations

import json
import os
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from planner.clouds.openstack import connect, read
from planner.clouds.openstack.api import IN_FLIGHT, Api
from planner.clouds.protocol import CloudError, UnknownError

pytestmark = pytest.mark.nova

FIXED = 7 + len(IN_FLIGHT)
"""Requests that every cloud costs: hypervisors, providers, room, a kind of host, aggregates, servers, groups;
migrations."""


def test_hosts_are_what_placement_says_of_them(nova):
    state = read("test").state
    assert [host.name for host in state.hosts] == ["h0", "h1", "h2", "h3"]
    for host in state.hosts:
        assert host.capacity == {"ram_mib": 8192, "vcpus": 16, "disk_gib": 1000}
        assert host.reserved == {"ram_mib": 512}
        assert host.overcommit == {"vcpus": 4.0}
        assert host.accepts
        assert "COMPUTE_NODE" in host.traits
        assert len(host.labels["id"]) == 36


def test_servers_take_what_placement_allocated_and_are_where_they_are(nova):
    ids = [nova.boot("a", "h0", 512), nova.boot("b", "h1", 2048)]
    nova.wait_active(ids)
    state = read("test").state
    assert state.placement == {"a": "h0", "b": "h1"}
    assert [vm.labels["id"] for vm in state.vms] == ids
    assert state.vm("b").demand == {"ram_mib": 2048, "vcpus": 1, "disk_gib": 20}
    assert state.vm("b").movable


def test_two_servers_of_one_name_are_told_apart_by_their_ids(nova):
    ids = [nova.boot("twin", "h0"), nova.boot("twin", "h1"), nova.boot("only", "h1")]
    nova.wait_active(ids)
    names = {vm.labels["id"]: vm.name for vm in read("test").state.vms}
    assert names == {ids[0]: f"twin ({ids[0][:8]})", ids[1]: f"twin ({ids[1][:8]})", ids[2]: "only"}


def test_what_is_stopped_or_locked_is_not_movable_and_says_why(nova):
    off, locked = nova.boot("off", "h0"), nova.boot("locked", "h0")
    nova.wait_active([off, locked])
    nova.act(off, {"os-stop": None})
    nova.act(locked, {"lock": {"locked_reason": "audit"}})
    nova.wait_status(off, "SHUTOFF")
    state = read("test").state
    assert (state.vm("off").movable, state.vm("off").labels["why"]) == (False, "SHUTOFF")
    assert (state.vm("locked").movable, state.vm("locked").labels["why"]) == (False, "locked")


def test_the_room_of_a_stopped_server_that_is_left_out_stays_taken(nova):
    off = nova.boot("off", "h0", 2048)
    nova.wait_active([off])
    nova.act(off, {"os-stop": None})
    nova.wait_status(off, "SHUTOFF")
    found = read("test", stopped=False)
    assert found.state.vms == ()
    assert found.state.host("h0").reserved["ram_mib"] == 512 + 2048
    assert any("1 VM that is off" in text for text in found.warnings)


def test_a_server_in_flight_is_on_its_source_and_not_movable(nova):
    vm = nova.boot("a", "h0")
    nova.wait_active([vm])
    cloud = connect("test", None)
    state = read("test").state
    assert state.vm("a").movable
    with nova.holding():
        nova.send_off(vm, "h1")
        found, seen = read("test"), cloud.look(vm)
    assert found.state.placement == {"a": "h0"}
    assert not found.state.vm("a").movable
    assert "migrating" in found.state.vm("a").labels["why"]
    assert (seen.host, seen.goes_to) == ("h0", "h1")
    assert found.state.host("h1").reserved == {"ram_mib": 512}
    cloud.close()


def test_a_host_that_is_down_or_disabled_does_not_accept_and_says_why(nova):
    nova.tell("down h0")
    nova.tell("disable h1")
    state = read("test").state
    assert [host.accepts for host in state.hosts] == [False, False, True, True]
    assert state.host("h0").labels["why"] == "its compute service is down"
    assert state.host("h1").labels["why"] == "disabled: maintenance"


def test_anti_affinity_is_a_rule_and_what_a_pool_cannot_say_a_warning(nova):
    apart, soft, together = (nova.group(it, it) for it in ("anti-affinity", "soft-affinity", "affinity"))
    ids = [
        nova.boot(f"{name}{n}", f"h{n if name != 'beside' else 3}", group=group)
        for name, group in (("apart", apart), ("soft", soft), ("beside", together))
        for n in (0, 1)
    ]
    nova.wait_active(ids)
    found = read("test")
    assert [sorted(group) for group in found.state.anti_affinity] == [["apart0", "apart1"]]
    assert any("soft-affinity" in text for text in found.warnings)
    assert not found.state.vm("beside0").movable
    assert "'affinity'" in found.state.vm("beside0").labels["why"]
    assert any("'affinity' (2 servers): affinity" in text for text in found.warnings)


def test_zones_bind_the_servers_that_were_asked_into_them(nova):
    made = nova.send("POST", "/os-aggregates", {"aggregate": {"name": "east", "availability_zone": "east"}})
    aggregate = made["aggregate"]["id"]
    nova.send("POST", f"/os-aggregates/{aggregate}/action", {"add_host": {"host": "h0"}})
    try:
        vm = nova.boot("a", "h1")
        nova.wait_active([vm])
        state = read("test").state
        assert "az:east" in state.host("h0").traits
        assert "az:nova" in state.host("h1").traits
        assert state.vm("a").requires == ("az:nova",)
        assert state.refusals("a", "h0")
    finally:
        nova.send("POST", f"/os-aggregates/{aggregate}/action", {"remove_host": {"host": "h0"}})
        nova.send("DELETE", f"/os-aggregates/{aggregate}")


def test_a_server_goes_to_no_hypervisor_of_another_type(nova, monkeypatch):
    nova.wait_active([nova.boot("a", "h0")])
    assert not read("test").state.vm("a").requires
    hypervisors = Api.hypervisors

    def mixed(api):
        return [
            {**it, "hypervisor_type": "VMware" if it["hypervisor_hostname"] == "h1" else "QEMU"}
            for it in hypervisors(api)
        ]

    monkeypatch.setattr(Api, "hypervisors", mixed)
    state = read("test").state
    assert state.vm("a").requires == ("hypervisor:QEMU",)
    assert [bool(state.refusals("a", host)) for host in ("h1", "h2")] == [True, False]


def test_what_an_aggregate_says_between_commas_is_each_of_it(nova):
    made = nova.send("POST", "/os-aggregates", {"aggregate": {"name": "fast"}})
    path = f"/os-aggregates/{made['aggregate']['id']}/action"
    nova.send("POST", path, {"add_host": {"host": "h0"}})
    nova.send("POST", path, {"set_metadata": {"metadata": {"storage": "nvme, ssd"}}})
    specs = {"aggregate_instance_extra_specs:storage": "ssd"}
    try:
        with nova.flavor(512, specs) as flavor:
            nova.wait_active([nova.boot("a", "h0", flavor=flavor)])
            state = read("test").state
    finally:
        nova.send("POST", path, {"remove_host": {"host": "h0"}})
        nova.send("DELETE", f"/os-aggregates/{made['aggregate']['id']}")
    assert state.vm("a").requires == ("aggregate:storage=ssd",)
    assert not state.refusals("a", "h0")
    assert state.refusals("a", "h1")


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"filter_tenant_id2": "p"}, "keeps its hosts for some projects"),
        (
            {"trait:CUSTOM_B": "required", "trait:CUSTOM_A": "required", "trait:CUSTOM_C": "no"},
            "may keep its hosts for servers that require CUSTOM_A and CUSTOM_B, which",
        ),
    ],
)
def test_hosts_that_are_kept_for_some_servers_are_told(metadata, told, nova):
    made = nova.send("POST", "/os-aggregates", {"aggregate": {"name": "gold"}})
    path = f"/os-aggregates/{made['aggregate']['id']}/action"
    nova.send("POST", path, {"set_metadata": {"metadata": metadata}})
    try:
        assert not read("test").warnings
        nova.send("POST", path, {"add_host": {"host": "h0"}})
        (warning,) = read("test").warnings
    finally:
        nova.send("POST", path, {"remove_host": {"host": "h0"}})
        nova.send("DELETE", f"/os-aggregates/{made['aggregate']['id']}")
    assert warning.startswith(f"aggregate 'gold' {told}")


def test_the_number_of_requests_grows_neither_with_hosts_that_are_alike_nor_with_servers(nova):
    cloud = connect("test", None)
    cloud.observe()
    empty, cloud.api.requests = cloud.api.requests, 0
    nova.wait_active([nova.boot(f"v{n}", f"h{n % 4}") for n in range(4)])
    cloud.observe()
    assert (empty, cloud.api.requests) == (cloud.api.requests, FIXED)
    cloud.close()


def test_a_page_that_nova_cannot_give_in_time_is_asked_for_by_halves(nova, monkeypatch):
    from keystoneauth1.exceptions import ConnectTimeout

    ids = [nova.boot(f"v{n}", f"h{n % 4}") for n in range(3)]
    nova.wait_active(ids)
    cloud = connect("test", None)
    get, limits = cloud.api._nova.get, []

    def slow(path, **options):
        limits.append(int(parse_qs(urlsplit(path).query)["limit"][0]))
        if limits[-1] > 250:
            raise ConnectTimeout("timed out")
        return get(path, **options)

    monkeypatch.setattr(cloud.api._nova, "get", slow)
    assert sorted(server["id"] for server in cloud.api.servers()) == sorted(ids)
    assert limits == [1000, 500, 250]
    monkeypatch.setattr("planner.clouds.openstack.api.LEAST_PAGE", 500)
    with pytest.raises(UnknownError, match="timed out"):
        cloud.api.servers()
    cloud.close()


def test_what_is_allocated_to_no_server_counts_as_reserved_and_costs_a_request_for_its_host(nova):
    vm = nova.boot("a", "h1", 2048)
    nova.wait_active([vm])
    host = read("test").state.host("h1")
    stranger = str(uuid.uuid4())
    nova.allocate(stranger, {host.labels["id"]: {"MEMORY_MB": 1000, "VCPU": 6}})
    cloud = connect("test", None)
    try:
        seen = cloud.observe()
        asked = cloud.api.requests
    finally:
        nova.allocate(stranger, {})
        cloud.close()
    reserved = {it.name: it.host.reserved for it in seen.hosts}
    assert reserved["h1"] == {"ram_mib": 512 + 1000, "vcpus": 2}  # four VCPUs a processor: 6 take two
    assert reserved["h0"] == {"ram_mib": 512}
    assert [it.vm.demand["ram_mib"] for it in seen.vms] == [2048]
    assert [text for text in seen.warnings if "h1" in text and "1000 ram_mib" in text]
    assert asked == FIXED + 1 + len(IN_FLIGHT)


def test_what_a_server_is_allocated_on_a_host_where_it_is_not_counts_as_reserved(nova):
    vm = nova.boot("a", "h0", 2048)
    nova.wait_active([vm])
    ids = {host.name: host.labels["id"] for host in read("test").state.hosts}
    taken = {"MEMORY_MB": 2048, "VCPU": 1}
    nova.allocate(vm, {ids["h0"]: taken, ids["h1"]: taken})
    found = read("test")
    assert found.state.placement == {"a": "h0"}
    assert found.state.host("h0").reserved == {"ram_mib": 512}
    assert found.state.host("h1").reserved == {"ram_mib": 512 + 2048, "vcpus": 1}
    assert [text for text in found.warnings if "h1" in text and "2048 ram_mib" in text]


def test_a_server_goes_to_no_host_that_gives_so_much_to_none_however_it_overcommits(nova):
    small, big = nova.boot("small", "h0", 512), nova.boot("big", "h0", 2048)
    nova.wait_active([small, big])
    ids = {host.name: host.labels["id"] for host in read("test").state.hosts}
    with nova.changing(ids["h1"], "MEMORY_MB", total=1500, max_unit=1500, allocation_ratio=4.0):
        state = read("test").state
        cloud = connect("test", None)
        cloud.observe()
        seen = cloud.look_at_host("h1")
        cloud.close()
        refused = [nova.refuses(vm, "h1") for vm in (small, big)]
        nova.settle()
    assert [bool(state.refusals(vm, "h1")) for vm in ("small", "big")] == refused == [False, True]
    assert not state.refusals("big", "h2")
    assert state.host("h1").traits == seen[0].host.traits


def test_a_host_that_shall_take_nothing_more_may_have_a_ratio_of_0(nova):
    stopped = nova.boot("a", "h1", 512)
    nova.wait_active([stopped])
    nova.act(stopped, {"os-stop": None})
    nova.wait_status(stopped, "SHUTOFF")
    host = read("test").state.host("h1").labels["id"]
    with nova.overcommitting(host, "VCPU", 0.0):
        assert read("test").state.host("h1").usable("vcpus") == 0
        assert read("test", stopped=False).state.host("h1").usable("vcpus") == 0
    assert read("test").state.host("h1").usable("vcpus") == 64


def test_a_server_takes_what_placement_allocated_where_its_flavor_says_otherwise(nova):
    vm = nova.boot("a", "h1", 2048)
    nova.wait_active([vm])
    host = read("test").state.host("h1").labels["id"]
    nova.allocate(vm, {host: {"MEMORY_MB": 3000, "VCPU": 2}})
    found = read("test")
    assert found.state.vm("a").demand == {"ram_mib": 3000, "vcpus": 2}
    assert found.state.host("h1").reserved == {"ram_mib": 512}


def test_vmplan_import_writes_a_pool_file_of_a_real_cloud(nova, tmp_path, capfd):
    from planner.cli.main import main

    nova.wait_active([nova.boot("a", "h0")])
    with pytest.raises(SystemExit) as stopped:
        main(["import", "openstack", "--cloud", "test", "-o", str(tmp_path / "pool.json")])
    assert stopped.value.code == 0
    pool = json.loads((tmp_path / "pool.json").read_text())
    assert pool["current"] == {"a": "h0"}
    assert "target" not in pool


def test_a_cloud_that_does_not_answer_is_one_line_without_secrets(tmp_path, monkeypatch):
    config = tmp_path / "clouds.yaml"
    config.write_text(
        "clouds: {gone: {auth: {auth_url: 'http://127.0.0.1:9/v3', username: u, password: pw-leak,"
        " project_name: p, user_domain_name: d, project_domain_name: d}}}"
    )
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(config))
    with pytest.raises(CloudError) as error:
        read("gone")
    assert "pw-leak" not in str(error.value)
    assert "gone" in str(error.value)
    with pytest.raises(CloudError, match=r"nosuch.*; clouds are looked for in clouds\.yaml of this folder"):
        read("nosuch")


def test_who_has_said_nothing_of_a_cloud_is_told_where_it_is_looked_for(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "nowhere.yaml"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CloudError, match=r"auth_url; clouds .* OS_\* of the environment"):
        read("")
