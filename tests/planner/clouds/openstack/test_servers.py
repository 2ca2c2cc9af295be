"""A server in the words of a pool: what nova does not tell follows from where it is."""

from __future__ import annotations

import pytest

from planner.clouds.openstack.servers import Context, found_vm


def a_server(host):
    flavor = {"ram": 512, "vcpus": 1, "disk": 1, "extra_specs": {}}
    return {
        "id": "1",
        "name": "a",
        "status": "ACTIVE",
        "tenant_id": "t",
        "flavor": flavor,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": host,
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
