"""Instances of BtrPlace, read as pools."""

from __future__ import annotations

import json

import pytest

from models import PoolError
from planner.clouds.reading.btrplace import read_btrplace


def instance(*constraints, views=(), **mapping):
    nodes = {"0": {"runningVMs": [1, 2], "sleepingVMs": []}, "1": {"runningVMs": [3], "sleepingVMs": [4]}}
    resource = {"id": "shareableResource", "rcId": "mem", "defCapacity": 8, "defConsumption": 2}
    mapped = {"readyVMs": [5], "onlineNodes": nodes, "offlineNodes": [2], **mapping}
    model = {
        "mapping": mapped,
        "attributes": {},
        "views": [{**resource, "nodes": {"1": 16}, "vms": {"3": 4}}, *views],
    }
    return {"model": model, "constraints": list(constraints), "objective": {"id": "minimizeMTTR"}}


@pytest.fixture
def read(tmp_path):
    def read(content):
        (tmp_path / "x.json").write_text(json.dumps(content))
        return read_btrplace(str(tmp_path / "x.json"))

    return read


def test_nodes_vms_and_resources_are_those_of_the_instance(read):
    found = read(instance())
    state = found.state
    assert {host.name: host.capacity["ram_mib"] for host in state.hosts} == {
        "node0": 8,
        "node1": 16,
        "node2": 8,
    }
    assert {vm.name: vm.demand["ram_mib"] for vm in state.vms} == {"vm1": 2, "vm2": 2, "vm3": 4, "vm4": 2}
    assert state.placement == {"vm1": "node0", "vm2": "node0", "vm3": "node1", "vm4": "node1"}
    assert not state.host("node2").accepts
    assert (state.vm("vm4").movable, state.vm("vm4").labels["why"]) == (False, "sleeping")
    assert any("on no host" in text for text in found.warnings)


def test_names_come_from_the_naming_service(read):
    views = [{"id": "ns", "type": "vm", "map": {"web": 1}}, {"id": "ns", "type": "node", "map": {"alpha": 0}}]
    assert read(instance(views=views)).state.placement["web"] == "alpha"


def test_fence_and_ban_are_traits_that_say_where_a_vm_may_run(read):
    state = read(
        instance(
            {"id": "fence", "vm": 1, "nodes": [0, 1], "continuous": True},
            {"id": "ban", "vm": 2, "nodes": [1], "continuous": True},
        )
    ).state
    here = {
        vm: {host.name for host in state.hosts if set(state.vm(vm).requires) <= set(host.traits)}
        for vm in ("vm1", "vm2", "vm3")
    }
    assert here == {"vm1": {"node0", "node1"}, "vm2": {"node0", "node2"}, "vm3": {"node0", "node1", "node2"}}


def test_spread_keeps_apart_offline_closes_and_root_pins(read):
    state = read(
        instance(
            {"id": "spread", "vms": [1, 3], "continuous": True},
            {"id": "offline", "node": 1, "continuous": False},
            {"id": "root", "vm": 2, "continuous": True},
        )
    ).state
    assert state.anti_affinity == (("vm1", "vm3"),)
    assert (state.host("node1").accepts, state.host("node1").labels["why"]) == (False, "to be offline")
    assert not state.vm("vm2").movable


def test_what_a_pool_cannot_say_is_named(read):
    gather = {"id": "gather", "vms": [1, 2], "continuous": False}
    warnings = read(instance(gather, gather, {"id": "lonely", "vms": [1]}, views=[{"id": "net"}])).warnings
    assert "2 constraints 'gather': a pool cannot say them" in warnings
    assert "1 constraints 'lonely': a pool cannot say them" in warnings
    assert "1 views 'net': a pool cannot say them" in warnings


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ([], "object"),
        ({}, "model"),
        ({"model": {"mapping": {}}}, "onlineNodes"),
        ({"model": {"mapping": {"onlineNodes": {"0": {}}}}}, "runningVMs"),
        (instance({"id": "fence", "vm": 1}), "nodes"),
        (instance({"vms": []}), "id"),
        (instance(offlineNodes=2), "offlineNodes"),
        (instance(readyVMs=None), "readyVMs"),
        (instance({"id": "spread", "vms": 1}), "vms"),
        (instance(views=["net"]), r"views\[1\]"),
        (instance(views=[{"id": "ns", "type": "vm", "map": []}]), "map"),
        (instance(views=[{"id": "shareableResource", "rcId": "cpu", "nodes": 3}]), "cpu.nodes"),
        ({**instance(), "constraints": 1}, "constraints"),
        (instance(views=[{"id": "shareableResource", "rcId": "cpu", "defCapacity": 2**60}]), "node0.*cpu"),
    ],
)
def test_what_is_no_instance_is_an_error_that_names_the_place(read, content, word):
    with pytest.raises(PoolError, match=word):
        read(content)
