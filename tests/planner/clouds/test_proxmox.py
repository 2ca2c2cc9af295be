"""What ``pvesh`` prints, read as a pool. The lists follow the API's documentation: no cluster was at hand."""

from __future__ import annotations

import json

import pytest

from models import PoolError
from planner.clouds.reading.proxmox import found, read_proxmox
from planner.clouds.seen import Power
from tests.planner.clouds.proxmox_lists import GIB, NODES, guest


@pytest.fixture
def read(tmp_path):
    def read(*guests, rules=(), **options):
        (tmp_path / "resources.json").write_text(
            json.dumps([*NODES, *guests, {"type": "storage", "id": "s"}])
        )
        (tmp_path / "rules.json").write_text(json.dumps(rules))
        return read_proxmox(str(tmp_path / "resources.json"), str(tmp_path / "rules.json"), **options)

    return read


def test_nodes_are_hosts_and_one_that_is_offline_does_not_accept(read):
    state = read(reserved_mib=2048).state
    assert state.host("pve1").capacity == {"ram_mib": 65536}
    assert state.host("pve1").usable("ram_mib") == 63488
    assert (state.host("pve3").accepts, state.host("pve3").labels["why"]) == (False, "node is offline")


def test_a_guest_takes_its_maximum_of_memory_rounded_up(read):
    state = read(guest(100, maxmem=4 * GIB + 1)).state
    assert state.vm("vm100").demand == {"ram_mib": 4097}
    assert (state.placement["vm100"], state.vm("vm100").labels["id"]) == ("pve1", "qemu/100")


def test_cpus_count_only_where_a_ratio_is_asked_for(read):
    state = read(guest(100), cpu_ratio=4.0).state
    assert (state.host("pve1").usable("vcpus"), state.vm("vm100").demand["vcpus"]) == (64, 2)


@pytest.mark.parametrize("node", ["pve3", "pve2"])
def test_a_guest_of_unknown_size_keeps_its_place_and_its_node_takes_nothing(read, node):
    """As one of a node that is down: of it no more is told than this."""
    told = {"id": "qemu/101", "type": "qemu", "vmid": 101, "node": node, "status": "unknown"}
    found = read(guest(100), told, cpu_ratio=4.0)
    vm = found.state.vm("qemu/101")
    assert (vm.demand, vm.movable, found.state.placement[vm.name]) == (
        {"ram_mib": 0, "vcpus": 0},
        False,
        node,
    )
    assert "its size is not known" in vm.labels["why"]
    assert not found.state.host(node).accepts
    assert "the size of 1 guest is not known" in found.state.host(node).labels["why"]
    assert f"node {node} takes nothing: the size of 1 guest is not known" in found.warnings
    assert found.state.host("pve1").accepts


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "stopped"}, "stopped"),
        ({"status": "paused"}, "paused"),
        ({"lock": "backup"}, "lock: backup"),
        ({"hastate": "migrate"}, "HA: migrate"),
        ({"kind": "lxc"}, "a container, which cannot migrate live"),
    ],
)
def test_what_cannot_be_migrated_now_is_not_movable_and_says_why(read, fields, why):
    vm = read(guest(100, **fields)).state.vm("vm100")
    assert (vm.movable, vm.labels["why"]) == (False, why)


@pytest.mark.parametrize(
    ("status", "power"),
    [
        ("running", Power.ON),
        ("stopped", Power.OFF),
        ("paused", Power.PAUSED),
        ("suspended", Power.PAUSED),
        ("io-error", Power.OTHER),
    ],
)
def test_who_is_paused_is_told_from_who_is_in_error(status, power):
    assert [vm.power for vm in found([*NODES, guest(100, status=status)]).vms] == [power]


def test_templates_are_left_out_and_counted(read):
    found = read(guest(100), guest(9000, template=1))
    assert [vm.name for vm in found.state.vms] == ["vm100"]
    assert "1 template is left out" in found.warnings


def test_stopped_guests_are_left_out_on_demand_and_counted(read):
    found = read(guest(100), guest(101, status="stopped"), stopped=False)
    assert [vm.name for vm in found.state.vms] == ["vm100"]
    assert "1 VM that is off is left out" in found.warnings


def test_two_guests_of_one_name_are_told_apart(read):
    assert [vm.name for vm in read(guest(1, name="x"), guest(2, name="x")).state.vms] == [
        "x (qemu/1)",
        "x (qemu/2)",
    ]


def test_negative_resource_affinity_is_anti_affinity(read):
    rule = {
        "rule": "apart",
        "type": "resource-affinity",
        "affinity": "negative",
        "resources": "vm:100,vm:101,ct:7",
    }
    found = read(guest(100), guest(101, "pve2"), guest(102), rules=[rule])
    assert found.state.anti_affinity == (("vm100", "vm101"),)


def test_strict_node_affinity_is_a_trait_and_a_preference_is_a_warning(read):
    rules = [
        {"rule": "ssd", "type": "node-affinity", "resources": "vm:100", "nodes": "pve1:2,pve3", "strict": 1},
        {"rule": "soft", "type": "node-affinity", "resources": "vm:100", "nodes": "pve2"},
        {
            "rule": "gone",
            "type": "node-affinity",
            "resources": "vm:100",
            "nodes": "pve2",
            "strict": 1,
            "disable": 1,
        },
    ]
    found = read(guest(100), rules=rules)
    assert found.state.vm("vm100").requires == ("ha:ssd",)
    assert [host.traits for host in found.state.hosts] == [("ha:ssd",), (), ("ha:ssd",)]
    assert any("soft prefers nodes" in text for text in found.warnings)
    assert any("ssd prefers some of its nodes" in text for text in found.warnings)
    assert not any("gone" in text for text in found.warnings)


def test_a_flag_that_is_printed_as_a_text_is_what_it_says(read):
    rules = [
        {
            "rule": "on",
            "type": "node-affinity",
            "resources": "vm:100",
            "nodes": "pve1:1,pve2:1",
            "strict": "1",
        },
        {"rule": "off", "type": "node-affinity", "resources": "vm:100", "nodes": "pve1", "disable": "1"},
        {
            "rule": "apart",
            "type": "resource-affinity",
            "affinity": "negative",
            "resources": "vm:100,vm:101",
            "disable": "0",
        },
    ]
    found = read(guest(100, template="0"), guest(101, "pve2"), rules=rules)
    assert found.state.anti_affinity == (("vm100", "vm101"),)
    assert found.state.vm("vm100").requires == ("ha:on",)
    assert not any("HA rule" in text for text in found.warnings)


def test_positive_resource_affinity_keeps_vms_where_they_are_and_warns(read):
    rule = {"rule": "near", "type": "resource-affinity", "affinity": "positive", "resources": "vm:100,vm:101"}
    found = read(guest(100), guest(101), rules=[rule])
    assert not found.state.vm("vm100").movable
    assert any("near keeps 2 VMs together" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not JSON"),
        ("{}", "list"),
        (json.dumps([*NODES, {"type": "qemu", "id": "qemu/1"}]), "maxmem"),
        ("[]", "x.json: no node is in it; pvesh get /cluster/resources "),
        (json.dumps([guest(1)]), "no node is in it; .*, without --type"),
        ('[{"rule": "apart"}]', "no node"),
        ("[1]", "list"),
        ("[NaN]", "not JSON"),
        ('["\\ud800"]', "not JSON"),
    ],
)
def test_what_pvesh_does_not_print_is_an_error_that_names_the_place(tmp_path, text, word):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(PoolError, match=word):
        read_proxmox(str(tmp_path / "x.json"))


def test_another_list_in_place_of_the_rules_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(NODES))
    with pytest.raises(PoolError, match=r"x.json: not every entry is a rule; pvesh get /cluster/ha/rules"):
        read_proxmox(str(tmp_path / "x.json"), str(tmp_path / "x.json"))


def test_a_node_whose_size_is_hidden_takes_nothing_and_it_is_said_why():
    """As it is told to a token without the role."""
    hidden = {key: NODES[0][key] for key in ("id", "type", "node", "status")}
    source = found([hidden, *NODES[1:]])
    assert source.hosts[0].closed == ("its size is not told",)
    assert not any(host.closed == ("its size is not told",) for host in source.hosts[1:])
    assert [text for text in source.warnings if "Sys.Audit" in text] == [
        "node pve1 takes nothing: its size is not told, which the right Sys.Audit on it shows"
    ]
