"""A server in the words of a pool: what nova does not tell follows from where it is."""

from __future__ import annotations

import pytest

from planner.clouds.openstack.servers import Context, found_vm, warnings_of


def a_server(host, **extra_specs):
    """Give an idle one."""
    flavor = {"ram": 512, "vcpus": 1, "disk": 1, "extra_specs": extra_specs}
    return {
        "id": "1",
        "name": "a",
        "status": "ACTIVE",
        "tenant_id": "t",
        "flavor": flavor,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": host,
        "OS-EXT-STS:task_state": None,
    }


@pytest.mark.parametrize(
    ("arches", "host", "arch"),
    [
        ({"h1": "aarch64", "h2": "x86_64"}, "h1", "aarch64"),
        ({"h1": "aarch64", "h2": "x86_64"}, "h2", "x86_64"),
        ({"h1": "aarch64", "h2": "aarch64"}, None, "aarch64"),
        ({"h1": "aarch64", "h2": "x86_64"}, None, "x86_64"),
        ({}, None, "x86_64"),
    ],
)
def test_a_server_is_of_the_architecture_of_its_host(arches, host, arch):
    context = Context({name: name for name in arches}, {}, {}, {}, {}, arches)
    assert found_vm(a_server(host), context).arch == arch


@pytest.mark.parametrize("value", ["ssd", "s", "standard", "1", "sand and glass", "=="])
def test_what_a_flavor_asks_of_aggregates_is_required_unless_its_first_word_compares(value):
    server = a_server("h1", **{"aggregate_instance_extra_specs:storage": value})
    required = found_vm(server, Context({}, {}, {}, {}, {}, {})).requires
    if value == "==":
        assert (required, len(list(warnings_of([server])))) == ([], 1)
    else:
        assert (required, list(warnings_of([server]))) == ([f"aggregate:storage={value}"], [])


@pytest.mark.parametrize(
    ("specs", "why"),
    [
        ({"resources:VGPU": "1"}, ("takes VGPU of a part of its host",)),
        ({"resources2:CUSTOM_FPGA": "3"}, ("takes CUSTOM_FPGA of a part of its host",)),
        ({"resources:VGPU": "0", "resources:VCPU": "2", "resources:CUSTOM_GOLD": "1"}, ()),
    ],
)
def test_a_server_that_takes_of_a_provider_below_its_host_is_not_moved(specs, why):
    demand = {"vcpus": 2, "ram_mib": 512, "custom_gold": 1}
    assert found_vm(a_server("h1", **specs), Context({}, {"1": demand}, {}, {}, {}, {})).fixed == why


@pytest.mark.parametrize(
    ("specs", "why"),
    [
        ({"hw:mem_encryption": "True"}, ("has its memory encrypted",)),
        ({"hw:mem_encryption": "false"}, ()),
        ({"hw:tpm_version": "2.0"}, ("has a TPM whose secret its host does not keep",)),
        (
            {"hw:tpm_version": "2.0", "hw:tpm_secret_security": "user"},
            ("has a TPM whose secret its host does not keep",),
        ),
        ({"hw:tpm_version": "2.0", "hw:tpm_secret_security": "host"}, ()),
    ],
)
def test_a_server_that_nova_migrates_in_no_case_is_not_moved(specs, why):
    assert found_vm(a_server("h1", **specs), Context({}, {}, {}, {}, {}, {})).fixed == why


@pytest.mark.parametrize(
    ("properties", "specs", "why"),
    [
        ({"hw_mem_encryption": "true"}, {}, ("has its memory encrypted",)),
        ({"hw_mem_encryption": "true"}, {"hw:mem_encryption": "false"}, ()),
        ({"hw_tpm_version": "2.0"}, {}, ("has a TPM whose secret its host does not keep",)),
        ({"hw_tpm_version": "2.0"}, {"hw:tpm_secret_security": "host"}, ()),
        (
            {"hw_tpm_version": "2.0", "hw_tpm_secret_security": "host"},
            {},
            ("has a TPM whose secret its host does not keep",),
        ),
        ({"hw_disk_bus": "virtio", "os_distro": "debian"}, {}, ()),
    ],
)
def test_one_whose_image_asks_for_what_nova_never_migrates_is_not_moved_either(properties, specs, why):
    """Where the host keeps the secret of a TPM is for the flavor alone to say."""
    server = {**a_server("h1", **specs), "image": {"id": "i", "properties": properties}}
    assert found_vm(server, Context({}, {}, {}, {}, {}, {})).fixed == why


def test_one_that_boots_from_a_volume_has_no_image():
    assert found_vm({**a_server("h1"), "image": ""}, Context({}, {}, {}, {}, {}, {})).fixed == ()


def a_migration(status):
    return {"uuid": "m1", "status": status, "source_node": "h1", "dest_node": "h2", "dest_compute": "h2"}


@pytest.mark.parametrize("status", ["accepted", "queued", "preparing"])
def test_a_migration_that_nova_has_lost_keeps_no_server_busy_for_good(status):
    """A server gets the task before there is a migration, and lost it with the compute service."""
    context = Context({"h2": "2"}, {}, {"1": a_migration(status)}, {}, {}, {})
    idle = found_vm(a_server("h3"), context)
    assert (idle.host, idle.busy, idle.goes_to, idle.handle) == ("h3", "", None, None)
    busy = found_vm({**a_server("h1"), "OS-EXT-STS:task_state": "migrating"}, context)
    assert (busy.host, busy.busy, busy.goes_to, busy.handle) == ("h1", "migrating", "2", "m1")


def test_a_server_without_a_task_whose_migration_runs_is_busy():
    found = found_vm(a_server("h2"), Context({"h2": "2"}, {}, {"1": a_migration("running")}, {}, {}, {}))
    assert (found.host, found.busy, found.goes_to) == ("h1", "migration running", "2")
