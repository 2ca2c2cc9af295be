"""Which hosts must be asked by themselves: one of each kind, and those that are used in an unclear way."""

from __future__ import annotations

import pytest

from planner.clouds.openstack.placement import (
    Summary,
    comes_to,
    models_of,
    read_summaries,
    read_summary,
    unclear,
)

HOSTS = [{"id": f"id-{name}", "hypervisor_hostname": name} for name in ("h0", "h1", "h2")]
NOTHING = {"ram_mib": 0, "vcpus": 0, "disk_gib": 0}
ONE = {"ram_mib": 512, "vcpus": 1, "disk_gib": 1}


def server(name, host, **flavor):
    sizes = {"ram": 512, "vcpus": 1, "disk": 1, "ephemeral": 0, "swap": 0, "extra_specs": {}, **flavor}
    return {"id": name, "OS-EXT-SRV-ATTR:hypervisor_hostname": host, "image": {"id": "i"}, "flavor": sizes}


def summaries(**used):
    return {f"id-{host}": Summary(amounts, {}, ()) for host, amounts in used.items()}


def test_hosts_whose_servers_come_to_what_is_used_are_clear():
    used = summaries(h0=ONE, h1=NOTHING, h2={"ram_mib": 1024, "vcpus": 2, "disk_gib": 2})
    servers = [server("a", "h0"), server("b", "h2"), server("c", "h2"), server("shelved", None)]
    assert unclear(used, HOSTS, servers, {}) == []


@pytest.mark.parametrize(
    "used",
    [
        {**ONE, "ram_mib": 513},
        {**ONE, "vcpus": 0},
        {**ONE, "vgpu": 1},
        {"ram_mib": 512, "vcpus": 1},  # its disk is on shared storage
    ],
)
def test_a_host_where_one_resource_differs_is_asked(used):
    told = summaries(h0=used, h1=NOTHING, h2=NOTHING)
    assert unclear(told, HOSTS, [server("a", "h0")], {}) == ["id-h0"]


def test_a_host_that_is_full_is_not_told_of_and_is_asked():
    assert unclear(summaries(h0=NOTHING, h2=NOTHING), HOSTS, [], {}) == ["id-h1"]


def test_a_server_in_flight_is_allocated_on_both_hosts():
    flight = {"a": {"source_node": "h0", "dest_node": "h1"}}
    told = summaries(h0=ONE, h1=ONE, h2=NOTHING)
    assert unclear(told, HOSTS, [server("a", "h0")], flight) == []
    assert unclear(told, HOSTS, [server("a", "h0")], {}) == ["id-h1"]


def test_hosts_of_one_name_are_told_apart_by_asking():
    twins = [HOSTS[0], {**HOSTS[1], "hypervisor_hostname": "h0"}]
    assert unclear(summaries(h0=ONE, h1=NOTHING), twins, [server("a", "h0")], {}) == ["id-h1"]


def test_a_host_without_a_processor_left_is_found_by_its_memory():
    class Room:
        def with_room(self, resource_class, provider=None):
            asked.append(resource_class)
            host = {"VCPU": "id-h0", "MEMORY_MB": "id-h1"}[resource_class]
            return {host: {"resources": {"VCPU": {"capacity": 4, "used": 3}}, "traits": ["T"]}}

    asked = []
    assert read_summaries(Room(), ["id-h0"]) == {"id-h0": Summary({"vcpus": 3}, {"vcpus": 4}, ["T"])}
    assert asked == ["VCPU"]
    assert read_summaries(Room(), ["id-h0", "id-h1"]).keys() == {"id-h0", "id-h1"}


def machine(name, ram=8192):
    return {"id": name, "memory_mb": ram, "vcpus": 16, "local_gb": 100}


def test_of_hosts_of_one_kind_one_is_asked_for_its_inventory():
    machines = [machine("a"), machine("b"), machine("small", ram=4096), machine("kept"), machine("full")]
    told = {host: Summary({}, {"ram_mib": room}, ()) for host, room in (("a", 7), ("b", 7), ("kept", 6))}
    told["small"] = told["a"]
    same = {host: host for host in ("a", "small", "kept", "full")}
    assert models_of(machines, told) == {**same, "b": "a"}


@pytest.mark.parametrize(
    ("usable", "is_so"),
    [
        ({"vcpus": 21, "ram_mib": 7680}, True),
        ({"vcpus": 22, "ram_mib": 7680}, False),
        ({"vcpus": 21, "ram_mib": 8192}, False),  # less is reserved now
        ({"vcpus": 21}, False),
        ({"vcpus": 21, "ram_mib": 7680, "vgpu": 1}, False),
    ],
)
def test_an_inventory_seen_before_holds_where_it_comes_to_what_can_be_used(usable, is_so):
    cpus = {"total": 16, "reserved": 2, "allocation_ratio": 1.55}  # 21.7 come to 21
    ram = {"total": 8192, "reserved": 512, "allocation_ratio": 1.0}
    assert comes_to({"VCPU": cpus, "MEMORY_MB": ram}, usable) is is_so


def test_nothing_is_told_of_a_host_without_a_processor_left():
    class Full:
        def with_room(self, resource_class, provider):
            assert (resource_class, provider) == ("VCPU", "id-h0")
            return {}

    assert read_summary(Full(), "id-h0") is None
