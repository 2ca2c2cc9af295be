"""A real nova, one for the tests of a module."""

from __future__ import annotations

import time

import pytest

from tests.planner.clouds.openstack.running import Nova

HOSTS = 4


@pytest.fixture(scope="module")
def running_nova(tmp_path_factory):
    """Start a nova of four hosts."""
    nova = Nova(tmp_path_factory.mktemp("nova"), HOSTS)
    yield nova
    nova.close()


@pytest.fixture
def nova(running_nova, monkeypatch):
    """Give a nova without servers, named ``test`` in ``clouds.yaml``."""
    for variable in ("OS_CLOUD", "OS_AUTH_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(running_nova.config))
    running_nova.connect()
    yield running_nova
    running_nova.settle()
    for host in range(HOSTS):
        running_nova.tell(f"up h{host}")
        running_nova.tell(f"enable h{host}")
    for server in running_nova.api.servers():
        running_nova.send("DELETE", f"/servers/{server['id']}")
    while running_nova.api.servers():
        time.sleep(0.05)
    for group in running_nova.api.server_groups():
        running_nova.send("DELETE", f"/os-server-groups/{group['id']}")
    running_nova.api.close()
